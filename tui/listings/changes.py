"""The table of changes: what kind, for which system, what, by whom, waiting how long, and where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui.figures import NOT_KNOWN, length
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.rows import ChangeRow
    from tui.spans import Span
    from tui.widgets.row_filter import Cell

_RISKS: Final = {"critical": "critical", "high": "critical", "medium": "warning", "moderate": "warning"}
_LONG: Final = 5
"""Days after which a waiting change warns."""


def sentence(row: ChangeRow, _: datetime) -> Sequence[Span]:
    """Say what changes from what to what, who asks, and where it is to be seen."""
    refs = (
        f" {row.from_ref} to {row.to_ref}" if row.from_ref and row.to_ref else f" to {row.to_ref}" if row.to_ref else ""
    )
    author = f" by {row.author}" if row.author else ", author not known"
    link = f"; {row.url}" if row.url else ""
    return [(row.system, "strong"), (f": {row.change_class}{refs}{author}: {row.title}{link}", "plain")]


def _risk(row: ChangeRow, _: datetime) -> Cell:
    return (row.risk or NOT_KNOWN, _RISKS.get(row.risk.strip().lower(), "" if row.risk else "muted"))


def _age(row: ChangeRow, _: datetime) -> Cell:
    is_late = row.age is not None and row.age.days >= _LONG and row.state == "pending"
    return (NOT_KNOWN if row.age is None else length(row.age), "warning" if is_late else "")


def host(url: str) -> str:
    """Give the host of a link; a link that is none is shown as it is."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


CHANGES: Final[Listing[ChangeRow]] = Listing(
    name="changes",
    natural="risk, then age",
    fields=(
        Field(Column("RISK", 8), _risk, lambda row: row.risk or None),
        Field(Column("CLASS", 9), lambda row, _: (row.change_class, ""), lambda row: row.change_class),
        Field(Column("SYSTEM", 14, grow=2, most=28), lambda row, _: (row.system, "strong"), lambda row: row.system),
        Field(Column("TITLE", 19, grow=4, most=70), lambda row, _: (row.title, ""), lambda row: row.title),
        Field(Column("AUTHOR", 9, drop=2, grow=1, most=20), lambda row, _: (row.author, ""), lambda row: row.author),
        Field(Column("AGE", 4, "right"), _age, lambda row: row.age),
        Field(Column("STATE", 8, drop=3), lambda row, _: (row.state, "muted"), lambda row: row.state),
        Field(Column("T", 1, drop=1, name="tier"), lambda row, _: (str(row.tier), "muted"), lambda row: row.tier),
        Field(
            Column("LINK", 14, drop=4, grow=1, most=30), lambda row, _: (host(row.url), "muted"), lambda row: row.url
        ),
        Field(Column("OWNER", 8, drop=5, grow=1, most=20), lambda row, _: (row.owner, ""), lambda row: row.owner),
    ),
    key=lambda row: row.change_id,
    sentence=sentence,
    is_problem=lambda row: row.state == "pending",
    empty="no change waits for a decision",
)
