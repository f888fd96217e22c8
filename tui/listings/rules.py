"""The table of a system's rules: what each says now, on what value, against which limits, with how much data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.figures import NOT_KNOWN, SEVERITY, SHORT, ago, bound, count, quantity, short, spoken
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.records import Verdict
    from tui.spans import Span
    from tui.widgets.row_filter import Cell


def sentence(row: Verdict, now: datetime) -> Sequence[Span]:
    """Say what a rule found and how old what it judged is."""
    interval = (
        f", interval {short(row.low)} to {short(row.high)}" if row.low is not None and row.high is not None else ""
    )
    age = f"; judged on data {spoken(row.seen, now)} old" if row.seen is not None else ""
    return [(row.rule, "strong" if row.state == "ok" else row.state), (f": {row.note}{interval}{age}", "plain")]


def _limits(row: Verdict, _: datetime) -> Cell:
    sign = ">" if row.direction == "above" else "<"
    known = [bound(limit, "", row.unit) for limit in (row.warning, row.critical) if limit is not None]
    return (f"{sign} {'/'.join(known)}" if known else NOT_KNOWN, "muted")


RULES: Final[Listing[Verdict]] = Listing(
    name="rules",
    natural="worst first",
    fields=(
        Field(Column("STATE", 7), lambda row, _: (SHORT[row.state], row.state), lambda row: -SEVERITY[row.state]),
        Field(Column("RULE", 14, grow=2, most=30), lambda row, _: (row.rule, "strong"), lambda row: row.rule),
        Field(Column("FM", 3, drop=3, name="mode"), lambda row, _: (row.mode, ""), lambda row: row.mode or None),
        Field(Column("VALUE", 7, "right"), lambda row, _: (quantity(row.value, row.unit), ""), lambda row: row.value),
        Field(Column("LIMITS", 16, "right"), _limits, lambda row: row.warning),
        Field(Column("N", 5, "right", drop=2), lambda row, _: (count(row.n), "muted"), lambda row: row.n),
        Field(Column("AGE", 4, "right"), lambda row, now: (ago(row.seen, now), "muted"), lambda row: row.seen),
        Field(Column("WHY", 12, grow=3), lambda row, _: (row.note, ""), lambda row: row.note),
        Field(Column("DOMAIN", 10, drop=4), lambda row, _: (row.domain, "muted"), lambda row: row.domain),
    ),
    key=lambda row: row.rule,
    sentence=sentence,
    is_problem=lambda row: row.state != "ok",
    empty="no rule judges this system, so nothing is known of it",
)
