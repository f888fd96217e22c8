"""Read Parquet, CSV or JSON files, or another DuckDB file, by one select and a declared mapping of its rows.

``files`` gives each pattern a name to select from, ``database`` is attached read only as ``other``. The select reads
these and nothing else, writes nothing and is bounded in rows, memory and time. ``$start`` and ``$end`` are the window.
A list of changes is taken as all that is pending now.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Final

from collectors.answers import Doubtful, parse_json, raw, rows, table
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.mapping import RowMap, labels_of, record_of
from collectors.shape import written
from collectors.words import plain
from store.errors import SourceError
from store.foreign import DATABASE, READERS, Question, ask
from store.records import Parsed, Rejected, Unrouted
from store.values import Duration

KIND: Final = Kind(
    "whatever its mapping says",
    needs="to read the files",
    limits="100,000 rows, 256 MB of memory and 30 seconds unless set otherwise; a database that another program writes "
    "cannot be opened: read a copy",
    finality="two days are asked again at each run; set `restate` to what the files correct",
    restate=timedelta(days=2),
    snapshot=True,
)

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MEMORY: Final = re.compile(r"[1-9][0-9]*(?:MB|GB)")
_MOST_FILES: Final = 10_000
_SECONDS: Final = Duration(30)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the select, what it may read, its limits, and what its rows mean.

    The columns of the select are what the paths of ``map`` name. Paths and patterns start from the folder of the
    configuration.
    """

    sql: str
    map: RowMap
    files: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    rows: int = 100_000
    memory: str = "256MB"
    seconds: Duration = _SECONDS

    def __post_init__(self) -> None:
        """Refuse what cannot be read, and to take a stretch of a list of changes for the whole of it."""
        if not self.files and not self.database:
            raise ValueError("expected files or a database to read")
        if bad := [name for name in self.files if not _NAME.fullmatch(name) or name == DATABASE]:
            raise ValueError(f"expected names of letters, digits and _ (not {DATABASE}), found {bad[0]!r}")
        if bad := [path for path in self.files.values() if not path.lower().endswith(tuple(READERS))]:
            raise ValueError(f"expected files that end in {', '.join(READERS)}, found {bad[0]!r}")
        if not _MEMORY.fullmatch(self.memory) or self.rows < 1 or self.seconds.seconds < 1:
            raise ValueError('expected memory such as "256MB", and rows and seconds above 0')
        if self.map.record == "change" and ("$start" in self.sql or "$end" in self.sql):
            raise ValueError("expected a select of all pending changes, found $start or $end in it")


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Run the select, in a thread, and write its rows down."""
    base = reach.files.base
    found = await asyncio.to_thread(_rows, settings, base, window)
    yield Answer(written({"rows": found}), window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one record a row; a row that cannot be believed is set aside and the others are not."""
    for row in rows(table(parse_json(answer.body), "the answer").get("rows"), "rows"):
        labels = labels_of(row, settings.map)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        try:
            yield from record_of(row, system, settings.map, answer.window.start, answer.window.end)
        except Doubtful as error:
            yield Rejected(str(error), raw(row))


def _rows(settings: Settings, base: Path, window: Window) -> list[dict[str, object]]:
    tables = {name: _matching(base, pattern) for name, pattern in settings.files.items()}
    database = _matching(base, settings.database)[0] if settings.database else None
    question = Question(settings.sql, tables, database, settings.rows, settings.memory, float(settings.seconds.seconds))
    return [{name: _known(value) for name, value in row.items()} for row in ask(question, window.start, window.end)]


def _matching(base: Path, pattern: str) -> list[Path]:
    """Give the files of a pattern, whole paths; none is an error: no files is not the same as files without rows."""
    whole = (base / pattern).expanduser().absolute()
    place = whole.parents[-1]
    found = list(islice(place.glob(str(whole.relative_to(place))), _MOST_FILES + 1))
    files = sorted(path.resolve() for path in found if path.is_file())
    if not files or len(found) > _MOST_FILES:
        raise SourceError("file", f"{plain(pattern)}: expected 1 to {_MOST_FILES} files, found {len(files)}")
    return files


def _known(value: object) -> object:
    """Take a number that is none as not known."""
    return None if isinstance(value, float) and not isfinite(value) else value
