"""Read the runs of systems from one file of ours or others' making: a row a system, day, metric and dimension.

The columns are ``system``, ``day``, ``metric``, ``value``, ``n``, ``dim`` and ``text``; nothing else is read. What the
file should not hold is told with the first row that does and with the remedy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from store.database import Session, open_paths, quoted
from store.errors import InputError, StoreError
from store.foreign import READERS

CHANGE: Final = "change"
"""The metric under which a file holds recorded changes."""

_NUMBER: Final = "a number"
_WANTED: Final[Mapping[str, str]] = {
    "system": "text", "day": "a date", "metric": "text", "value": _NUMBER, "n": _NUMBER, "dim": "text", "text": "text",
}  # fmt: skip
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("VARCHAR", "BIGINT", "INTEGER", "ENUM"),
    "a date": ("DATE", "TIMESTAMP"),
    _NUMBER: (
        "DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER",
        "USMALLINT", "UTINYINT",
    ),
}  # fmt: skip
_MEMORY: Final = "2GB"

# What a row must not be: when it is, what it then holds, and what to do.
_FAULTS: Final = (
    ("system is null or day is null or metric is null", "name no system, day or metric", "fill them in"),
    ("not isfinite(value) or not isfinite(n)", "hold NaN or infinity", "leave out what was not measured"),
    ("form in ('log', 'plain', 'count') and value is null", "hold no value", "leave out what was not measured"),
    ("form = 'count' and n is null", "count something and hold no n", "put how many there were into n"),
    ("form = 'count' and (value < 0 or value > n)", "count less than 0 or more than n", "value is how many of n"),
    ("form = 'name' and coalesce(text, '') = ''", "should hold a name in text", "put the id into text"),
)

_ROWS: Final = """
    create temp table rows as
    select
        system::varchar as system, day::date as day, metric::varchar as metric, value::double as value,
        n::double as n, coalesce(dim::varchar, '') as dim, text::varchar as text, form
    from samples
    left join (select unnest($names::varchar[]) as name, unnest($forms::varchar[]) as form) on metric::varchar = name
"""

_SPOT: Final = "concat_ws(' ', system, metric, nullif(dim, ''), day::varchar)"
_TWICE: Final = f"""
    select count(*), min(spot)
    from (
        select {_SPOT} as spot from rows where form is not null group by system, metric, dim, day having count(*) > 1
    )
"""  # noqa: S608 - constants only

_RUNS: Final = """
    select
        system, metric, dim, list(day order by day) as days, list(value order by day) as values,
        list(n order by day) as counts, list(text order by day) as texts
    from rows
    where form is not null and (form <> 'count' or n > 0)
    group by all
    order by all
"""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one metric and dimension of one system, oldest first; of a count only those with items."""

    system: str
    metric: str
    dim: str
    days: Sequence[date]
    values: Sequence[float]
    counts: Sequence[float]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunsFile:
    """What a file holds: runs of known metrics, the days of recorded changes by system, rows of unknown metrics."""

    runs: Sequence[Runs]
    changes: Mapping[str, Sequence[date]]
    others: Mapping[str, int]


def read_runs(path: Path, forms: Mapping[str, str]) -> RunsFile:
    """Read a file or raise ``InputError``; ``forms`` says of each known metric how its rows are read."""
    end = next((end for end in READERS if path.name.lower().endswith(end)), None)
    if not path.is_file():
        raise InputError(f"{path}: no such file; name a Parquet or CSV file")
    if end is None:
        raise InputError(f"{path}: its name says no format; it should end in one of {', '.join(READERS)}")
    view = f"create view samples as select * from {READERS[end]}([{quoted(path.absolute())}])"  # noqa: S608 - quoted
    try:
        with open_paths([path.absolute()], [view], memory=_MEMORY) as session:
            _check_columns(path, session)
            session.execute(_ROWS, {"names": list(forms), "forms": list(forms.values())})
            _check_rows(path, session)
            return _read(session)
    except StoreError as error:
        words = str(error).partition(": ")[2]
        raise InputError(f"{path}: it cannot be read ({words}); is it whole, and what its name says?") from error


def _check_columns(path: Path, session: Session) -> None:
    found = session.columns("select * from samples")
    if missing := [name for name in _WANTED if name not in found]:
        raise InputError(f"{path}: lacks {', '.join(missing)}; the columns should be {', '.join(_WANTED)}")
    for name, wanted in _WANTED.items():
        if not found[name].startswith(_KINDS[wanted]) and _holds(session, name):
            raise InputError(f"{path}: column {name} is {found[name]}, {wanted} is wanted; cast it")


def _holds(session: Session, column: str) -> bool:
    """Say whether a column holds anything: one without any value has a type by chance, in CSV."""
    return bool(session.execute(f"select count({column}) from samples")[0][0])  # noqa: S608 - a constant


def _check_rows(path: Path, session: Session) -> None:
    if not session.execute("select count(form) from rows")[0][0]:
        raise InputError(f"{path}: holds no row of a metric that is known; see the names in docs/detection.md")
    for fault, words, remedy in _FAULTS:
        ((count, first),) = session.execute(f"select count(*), min({_SPOT}) from rows where {fault}")  # noqa: S608 - constants
        if count:
            raise InputError(f"{path}: {count} rows {words}, the first {first}; {remedy}")
    ((count, first),) = session.execute(_TWICE)
    if count:
        raise InputError(f"{path}: {count} runs stand there more than once, the first {first}; keep one row a day")


def _read(session: Session) -> RunsFile:
    changes = session.execute(
        "select system, list(distinct day order by day) from rows where metric = $change group by all",
        {"change": CHANGE},
    )
    others = session.execute(
        "select metric, count(*) from rows where form is null and metric <> $change group by all order by all",
        {"change": CHANGE},
    )
    return RunsFile(session.rows(Runs, _RUNS), dict(changes), dict(others))
