"""The table of models that a system uses: how, since when they exist, when they end and what follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.figures import NOT_KNOWN, SEVERITY, SIGNS, ago, plural, spoken
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from operations.rows import ModelRow
    from tui.spans import Span
    from tui.widgets.row_filter import Cell


def sentence(row: ModelRow, now: datetime) -> Sequence[Span]:
    """Say where a model stands, by whose word, what others say, how it is used and what follows it."""
    used = [*(["declared"] if row.is_declared else []), *([f"seen {spoken(row.seen, now)} ago"] if row.seen else [])]
    parts = [f"{_standing(row)}; {', '.join(used)}"]
    parts += ["alias, may move"] if row.is_alias else []
    parts += [f"replaced by {row.replacement}"] if row.replacement else []
    return [(row.model, row.state if row.state != "ok" else "strong"), (f": {'; '.join(parts)}", "plain")]


def _standing(row: ModelRow) -> str:
    """Say the word with its day and source; of sources that disagree the latest day is told too."""
    if not row.source:
        return "nothing announced by any source"
    by = f"by {row.source}{f' ({row.provider})' if row.provider else ''}"
    if row.retires_on is None:
        deprecated = f"deprecated from {row.deprecated_on}, no day of retirement" if row.deprecated_on else row.standing
        return f"{deprecated} {by}"
    others = row.last_retires_on if row.last_retires_on != row.retires_on else None
    latest = f", others up to {others}" if others else ""
    return f"{_left(row)} on {row.retires_on} {by}{latest}"


def _left(row: ModelRow) -> str:
    days = row.days_left or 0
    return f"retires in {plural(days, 'day')}" if days > 0 else "retired"


def used(row: ModelRow) -> str:
    """Say how a model is used: declared in the configuration, seen in what was collected, or both."""
    return ", ".join(word for word, holds in (("declared", row.is_declared), ("seen", row.seen is not None)) if holds)


def _day(name: str, drop: int, day: Callable[[ModelRow], date | None]) -> Field[ModelRow]:
    """Make a column of days; one that is not announced is a dash and sorts last."""

    def cell(row: ModelRow, _: datetime) -> Cell:
        found = day(row)
        return (NOT_KNOWN, "muted") if found is None else (f"{found}", "")

    return Field(Column(name, 10, drop=drop), cell, day)


def _state(row: ModelRow, _: datetime) -> Cell:
    sign = SIGNS[row.state] if row.state != "ok" else ""
    return (f"{sign:<2} {row.standing}", row.state if row.state != "ok" else "")


def _days_left(row: ModelRow, _: datetime) -> Cell:
    return (NOT_KNOWN if row.days_left is None else str(row.days_left), row.state if row.state != "ok" else "")


def _source(row: ModelRow, _: datetime) -> Cell:
    return (row.source or NOT_KNOWN, "muted")


MODELS: Final[Listing[ModelRow]] = Listing(
    name="models",
    natural="first to end",
    fields=(
        Field(Column("STATE", 20), _state, lambda row: -SEVERITY[row.state]),
        Field(Column("MODEL", 18, grow=3, most=48), lambda row, _: (row.model, "strong"), lambda row: row.model),
        Field(Column("USED", 14, drop=1), lambda row, _: (used(row), ""), used),
        _day("RETIRES", 0, lambda row: row.retires_on),
        Field(Column("DAYS", 5, "right", name="days"), _days_left, lambda row: row.days_left),
        _day("DEPRECATED", 4, lambda row: row.deprecated_on),
        Field(
            Column("REPLACEMENT", 14, drop=3, grow=1, most=36),
            lambda row, _: (row.replacement or NOT_KNOWN, "muted"),
            lambda row: row.replacement or None,
        ),
        Field(Column("SOURCE", 12, drop=2, grow=1, most=24), _source, lambda row: row.source or None),
        _day("RELEASED", 5, lambda row: row.released_on),
        Field(Column("SEEN", 4, "right", drop=6), lambda row, now: (ago(row.seen, now), "muted"), lambda row: row.seen),
        Field(
            Column("NAME", 15, drop=7, name="alias"),
            lambda row, _: ("alias, may move" if row.is_alias else "", "muted"),
            lambda row: not row.is_alias,
        ),
    ),
    key=lambda row: row.model,
    sentence=sentence,
    is_problem=lambda row: row.state != "ok",
    empty="no model is declared for this system, and none was seen in the last thirty days",
)
