"""Lay out the log for an audit: the population with its counts and gaps, each change, and what was done about it.

A change belongs to a span of time when it was first asked for in it, or when the log has something of it in that span;
its trail is then given whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from store.database import Reader

Stage = Literal["request", "evidence", "decision", "application", "other"]
Value = str | int | bool | datetime | None
Row = Mapping[str, Value]

STAGES: Final[Mapping[str, Stage]] = {
    "request": "request", "submit": "request", "withdraw": "request",
    "ask": "evidence", "evidence": "evidence", "attach": "evidence",
    "approve": "decision", "reject": "decision", "waive": "decision", "acknowledge": "decision", "review": "decision",
    "applied": "application", "delivery": "application", "verified": "application", "rollback": "application",
}  # fmt: skip
"""What part of a change's life an action is of, by the word for it."""

_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, open where nothing is said."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def values(self) -> dict[str, datetime | None]:
        """Give both ends for a query."""
        return {"start": self.start, "stop": self.end}


@dataclass(frozen=True, slots=True)
class Trail:
    """Four tables by their names, rows made as they are read."""

    tables: Mapping[str, Iterable[Row]]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of the log."""

    sequence: int
    written: datetime
    actor: str
    action: str
    subject: str
    detail: str
    result: str
    why: str
    content_hash: str
    owner_uid: int
    login_uid: int
    signature: str
    form: int
    store_id: str
    previous_hash: str
    hash: str
    is_of_change: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change and how much the log has of it."""

    change_id: str
    system: str
    change_class: str
    title: str
    state: str
    author: str
    requested: datetime | None
    source: str
    url: str
    from_ref: str
    to_ref: str
    content_hash: str
    first_seen: datetime
    settled: datetime | None
    waiting_since: datetime
    entries: int
    first_entry: datetime | None
    last_entry: datetime | None
    of_other_content: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of one thing."""

    what: str
    many: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that no entry of the log has."""

    low: int
    high: int


_IN_SPAN: Final = "($start::timestamp is null or {0} >= $start) and ($stop::timestamp is null or {0} < $stop)"
_EVENTS: Final = "select kind as what, count(*) as many from events"
_CHANGES: Final = f"""
    from audited_changes c
    where ({_IN_SPAN.format("c.waiting_since")})
        or c.change_id in (select subject from audit_list where {_IN_SPAN.format("written")})
"""  # noqa: S608 - constants of this module


def trail(reader: Reader, span: Span, verified: Mapping[str, str], now: datetime) -> Trail:
    """Read what an audit of this span asks for; ``verified`` is what verifying the log found."""
    changes = reader.rows(ChangeRow, f"select * {_CHANGES} order by c.waiting_since, c.change_id", span.values)
    return Trail(
        {
            "population": list(_population(reader, span, changes, verified, now)),
            "changes": [_change(change) for change in changes],
            "trail": _trails(reader, span),
            "entries": _entries(reader, span),
        }
    )


def stage(action: str) -> Stage:
    """Tell which part of a change's life an action is of."""
    words = action.replace("-", " ").replace("_", " ").replace(":", " ").split()
    return next((STAGES[word] for word in reversed(words) if word in STAGES), "other")


def _population(
    reader: Reader, span: Span, changes: Sequence[ChangeRow], verified: Mapping[str, str], now: datetime
) -> Iterator[Row]:
    """Count everything, so that what is missing from the other tables would show."""
    facts: list[tuple[str, Value]] = [("exported", now), ("from", span.start), ("to", span.end), *verified.items()]
    yield from ({"what": what, "value": value} for what, value in facts)
    where = f"from audit_list where {_IN_SPAN.format('written')}"
    counted = {
        "entries": f"select 'all' as what, count(*) as many {where}",
        "entries by action": f"select action as what, count(*) as many {where} group by all order by what",
        "entries by result": f"select result as what, count(*) as many {where} group by all order by what",
        "changes": f"select 'all' as what, count(*) as many {_CHANGES}",
        "changes by state": f"select state as what, count(*) as many {_CHANGES} group by all order by what",
        "changes by class": f"select change_class as what, count(*) as many {_CHANGES} group by all order by what",
        "events by kind": f"{_EVENTS} where {_IN_SPAN.format('written')} group by all order by what",
    }
    for what, sql in counted.items():
        for count in reader.rows(Count, sql, span.values):
            yield {"what": f"{what}: {count.what}", "value": count.many}
    for gap in _gaps(reader):
        yield {"what": "gap: numbers that no entry has", "value": f"{gap.low} to {gap.high}"}
    for change in changes:
        for words in _lacks(change):
            yield {"what": f"gap: {words}", "value": change.change_id}


def _gaps(reader: Reader) -> list[Gap]:
    sql = """
        select before + 1 as low, sequence - 1 as high
        from (select sequence, lag(sequence, 1, 0) over (order by sequence) as before from audit_list)
        where sequence > before + 1
        order by low
    """
    return reader.rows(Gap, sql)


def _lacks(change: ChangeRow) -> Iterator[str]:
    """Name what the log should have of a change and has not."""
    if change.entries == 0:
        yield f"{change.state} change that the log does not know"
    if change.of_other_content:
        yield "entries on other content than the change has now"


def _change(change: ChangeRow) -> Row:
    return {**{name: getattr(change, name) for name in change.__slots__}, "lacks": "; ".join(_lacks(change))}


def _trails(reader: Reader, span: Span) -> Iterator[Row]:
    """Give the whole trail of each change in the span, one change after the other."""
    sql = f"""
        select e.* from audit_list e
        where e.subject in (select c.change_id {_CHANGES})
        order by e.subject, e.sequence
    """  # noqa: S608 - constants of this module
    for row in reader.rows(LogRow, sql, span.values):
        entry = _entry(row)
        yield {"change_id": row.subject, "stage": stage(row.action), **entry}


def _entries(reader: Reader, span: Span) -> Iterator[Row]:
    """Give the log itself, a page at a time."""
    sql = f"""
        select * from audit_list
        where sequence > $after and {_IN_SPAN.format("written")}
        order by sequence limit {_PAGE}
    """  # noqa: S608 - constants of this module
    after = 0
    while page := reader.rows(LogRow, sql, {**span.values, "after": after}):
        yield from map(_entry, page)
        after = page[-1].sequence


def _entry(row: LogRow) -> dict[str, Value]:
    return {name: getattr(row, name) for name in row.__slots__}
