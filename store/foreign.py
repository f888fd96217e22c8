"""Run one select over files that are not ours: Parquet, CSV, JSON and another DuckDB file, read only and bounded.

Only the files named are within reach, nothing is written, no extension is loaded, the configuration is locked. An error
says what to change; of what stands in the files it says nothing.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from store.database import Session, open_paths, quoted
from store.errors import SourceError, StoreBusyError, StoreError

DATABASE: Final = "other"
"""The name under which another DuckDB file is attached."""

READERS: Final[Mapping[str, str]] = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".csv.gz": "read_csv",
    ".tsv": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
    ".json.gz": "read_json",
}
"""How a file is read, by the end of its name."""

_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_OF_THE_QUERY: Final = frozenset({"ParserException", "SyntaxException", "BinderException", "CatalogException"})
_REMEDIES: Final[Mapping[str, str]] = {
    "PermissionException": "it reads what is not named; name every file under files or database",
    "OutOfMemoryException": "it needs more memory than it may have; select less, or raise memory",
    "ConversionException": "a value is not of the type wanted; use try_cast",
    "InvalidInputException": "a file or value has no form that can be told; select plain columns, cast times in lists",
    "IOException": "a file cannot be read; is it whole, and of the form that its name says?",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One select, the files that it may read by the name of their table, and its limits."""

    sql: str
    tables: Mapping[str, Sequence[Path]]
    database: Path | None
    rows: int
    memory: str
    seconds: float


def ask(question: Question, start: datetime, end: datetime) -> list[dict[str, object]]:
    """Give the rows of the select by column name; times with a zone are text in UTC, ``$start`` and ``$end`` are bound.

    Runs in the thread of the caller until done, refused or out of time; raises ``SourceError``.
    """
    with _told(), _opened(question) as session, _timed(session, question.seconds):
        params = _checked(session, question.sql, {"start": start, "end": end})
        sql = question.sql.strip().rstrip(";")
        columns = session.columns(sql, params)
        shown = ", ".join(_shown(name, kind) for name, kind in columns.items())
        found = session.execute(f"select {shown} from (\n{sql}\n) limit {question.rows + 1}", params)  # noqa: S608 - the query was checked to be one select
    if len(found) > question.rows:
        raise SourceError("too_large", f"query: more than {question.rows} rows; select less, or raise rows")
    return [dict(zip(columns, row, strict=True)) for row in found]


def _opened(question: Question) -> Session:
    paths = [path for each in question.tables.values() for path in each]
    views = [_view(name, files) for name, files in question.tables.items()]
    if question.database is None:
        return open_paths(paths, views, memory=question.memory)
    attach = f"attach {quoted(question.database)} as {DATABASE} (read_only)"
    return open_paths([*paths, question.database], [attach, *views], memory=question.memory)


def _view(name: str, files: Sequence[Path]) -> str:
    ends = [end for end in READERS if files[0].name.lower().endswith(end)]
    listed = ", ".join(quoted(path) for path in files)
    return f"create view {_identifier(name)} as select * from {READERS[ends[0]]}([{listed}])"  # noqa: S608 - quoted


def _checked(session: Session, sql: str, values: Mapping[str, object]) -> dict[str, object]:
    """Refuse all but one select with the parameters that exist; give those that it uses."""
    kinds = session.statements(sql)
    if [kind for kind, _ in kinds] != ["SELECT"]:
        found = ", ".join(kind.lower() for kind, _ in kinds) or "nothing"
        raise SourceError("shape", f"query: expected one select, found {found}")
    if unknown := sorted(kinds[0][1] - values.keys()):
        raise SourceError("shape", f"query: expected no parameters but $start and $end, found ${', $'.join(unknown)}")
    return {name: values[name] for name in kinds[0][1]}


def _shown(name: str, kind: str) -> str:
    """Write a time with a zone as text: Python's own need a library that we do not have."""
    column = _identifier(name)
    if kind != _ZONED:
        return column
    return f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%S.%fZ') as {column}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _timed(session: Session, seconds: float) -> Iterator[None]:
    """Stop the query when its time is over."""
    timer = threading.Timer(seconds, session.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong in words that carry no value of the files."""
    try:
        yield
    except StoreBusyError as error:
        raise SourceError("file", "query: another program holds the database; read a copy of it") from error
    except StoreError as error:
        name = type(error.__cause__).__name__
        if name == "InterruptException":
            raise SourceError("timeout", "query: not done in its time; select less, or raise seconds") from error
        words = str(error).partition(": ")[2] if name in _OF_THE_QUERY else _REMEDIES.get(name, f"it failed ({name})")
        raise SourceError("shape", f"query: {words}") from error
