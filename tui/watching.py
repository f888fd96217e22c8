"""Let others notice how collections go: pings to a watching service, and a file of metrics for a node exporter."""

import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collectors.metrics_page import page
from collectors.ping import Ping
from collectors.settings import Watch
from operations.vitals import Vitals, vitals
from store.errors import EXIT_INTERNAL, EXIT_OK, EXIT_WARNING, LlmopsError, StoreError
from store.folder import Folder, write_atomic
from store.records import Outcome
from store.viewer import Viewer
from tui.reporting import Voice, exit_code, summed
from tui.settings import Config
from tui.text import printable
from tui.vital_signs import Ended, gauges

log = logging.getLogger(__name__)

_WORDS: Final = 1_000
# The node exporter is another user; the file holds names and numbers, no secret.
_MODE: Final = 0o644


@dataclass(slots=True)
class Ending:
    """How a collection ended, as far as it came; a fault of the program leaves it as it began."""

    code: int = EXIT_INTERNAL
    words: str = "a fault of the program ended the collection"
    is_success: bool = False

    def went(self, outcomes: Sequence[Outcome], checkpoint: str = "") -> None:
        """Take how the sources went; one that fails is told in words, and the collection has done what it could.

        A checkpoint of the log that is due goes along: the watching service keeps it elsewhere.
        """
        self.code = exit_code(outcomes)
        words = "" if self.code == EXIT_OK else summed(outcomes)
        self.words = "; ".join(filter(None, (checkpoint, words)))
        was_stopped = any(outcome.run.state == "interrupted" for outcome in outcomes)
        self.is_success = self.code in (EXIT_OK, EXIT_WARNING) and not was_stopped


@asynccontextmanager
async def watched(
    config: Config, folder: Folder, voice: Voice, now: datetime, *, has_sources: bool
) -> AsyncIterator[Ending]:
    """Tell that a collection begins and, however it ends, how; one that only takes in decisions is no news.

    Whatever goes wrong here is a warning: the collection is what counts.
    """
    watch = config.watch if has_sources else Watch()
    ping = Ping(watch.ping, os.environ, now, voice.redact) if watch.ping else None
    began = datetime.now(UTC)
    if ping:
        await ping.send("start")
    ending = Ending()
    try:
        yield ending
    except LlmopsError as error:
        ending.code, ending.words = error.exit_code, str(error)
        raise
    finally:
        if watch.textfile:
            _leave(watch.textfile, folder, Ended(config.portfolio.name, ending.code, began, datetime.now(UTC)))
        if ping:
            words = printable(voice.redact(ending.words), _WORDS)
            await ping.send("success" if ending.is_success else "fail", words)


def _leave(path: Path, folder: Folder, ended: Ended) -> None:
    """Write the metrics; where the store cannot be read, those of the collection alone."""
    try:
        size = folder.primary.stat().st_size if folder.primary.exists() else 0
        write_atomic(path, page(gauges(ended, _vitals(folder, ended.finished), size)), _MODE)
    except OSError as error:
        log.warning("the metrics file was not written", extra={"file": str(path), "fault": error.strerror})


def _vitals(folder: Folder, now: datetime) -> Vitals | None:
    viewer = Viewer(folder.root)
    try:
        return vitals(viewer, now)
    except StoreError as error:
        log.warning("the metrics of the store are not known", extra={"fault": str(error)})
        return None
    finally:
        viewer.close()
