"""Define the ``[store]`` section: where the store is, who may see it and how long it keeps what."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from store.values import Duration

_DAYS_90: Final = Duration(90 * 86_400)
_DAYS_1095: Final = Duration(1_095 * 86_400)


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Options under ``[audit]``: whether checkpoints of the log go to the system's log, and after how many entries.

    They do unless it is said otherwise: a log beside its store can be written anew with it, and the system's log is the
    one place outside that every host has. A checkpoint holds numbers and hashes, no name and no text.
    """

    syslog: bool = True
    syslog_entries: int = 1_000


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Options under ``[store]``; without a folder the store is put in the user's data folder, by portfolio."""

    folder: Path = Path()
    mode: Literal["single", "group"] = "single"
    group: str = ""
    keep_samples: Duration = _DAYS_90
    keep_rollups: Duration = _DAYS_1095
    split_above_mb: int = 2_000
    published: int = 3
    backups: int = 7
