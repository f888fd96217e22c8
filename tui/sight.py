"""Say in words what detectors can see: armed, degraded or blind, why, and what would help; for screens and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.figures import SIGNS, clock, plural, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from operations.coverage_rows import CellRow, Coverage, CoverageRow
    from store.detection_records import Sight

WORDS: Final[dict[Sight, str]] = {"armed": "armed", "degraded": "part", "blind": "BLIND"}
"""One word a state, the one that matters in capitals."""


def sentence(found: Coverage) -> str:
    """Sum the coverage up: what is seen of all that can fail, and the false alarms that this may cost."""
    cells = plural(found.cells, "cell")
    return f"{cells}: {found.armed} armed, {found.degraded} degraded, {found.blind} blind; {_budget(found)}"


def counts(row: CoverageRow) -> str:
    """Count the cells of a system by what their detectors see."""
    return f"{row.count('armed')} armed, {row.count('degraded')} degraded, {row.count('blind')} blind"


def heading(row: CoverageRow) -> str:
    """Sum a system's cells up, with who answers for it."""
    return f"{row.system}: {counts(row)}; owner {row.owner}, tier {row.tier}"


def _budget(found: Coverage) -> str:
    if found.alarms_per_week is None:
        return "expected false alarms a week: not known before a collection"
    alarms = f"expected false alarms a week: {found.alarms_per_week:.2g}"
    return f"{alarms} (limit {found.limit:.3g} nats, {found.series} series){_told(found)}"


def _told(found: Coverage) -> str:
    """Hold the promise against what operators said of the alarms; nothing while nobody has said anything."""
    told = found.told
    if not told.true + told.false + told.useless:
        return ""
    parts = [
        f"{count} {word}"
        for count, word in ((told.true, "true"), (told.false, "false"), (told.useless, "useless"))
        if count
    ]
    return f", of {plural(told.alarms, 'alarm')} in 90 days operators called {', '.join(parts)}"


def sign(cell: CellRow) -> str:
    """Give the sign of the breach that is open for a cell; nothing without one."""
    return SIGNS[cell.severity] if cell.severity else ""


def word(cell: CellRow) -> str:
    """Say what the detector sees in one word, behind the sign of its breach."""
    return f"{sign(cell)} {WORDS[cell.state]}".lstrip()


def titled(cell: CellRow) -> str:
    """Name a failure mode by its id and title."""
    return f"{cell.mode} {cell.mode_title}".rstrip()


def then(moment: datetime | None, now: datetime) -> str:
    """Say when something happened, and how long ago that is."""
    return "never" if moment is None else f"{clock(moment)}, {spoken(moment, now)} ago"


def facts(cell: CellRow, now: datetime) -> Iterator[tuple[str, str]]:
    """Give everything known of a cell by name; what has nothing to say is left out."""
    yield "sees", cell.signals or "nothing"
    if cell.state != "armed":
        yield "why", cell.reason
    if cell.remedy:
        yield "remedy", cell.remedy
    yield "data to", "no day" if cell.newest is None else cell.newest.isoformat()
    yield "last fired", then(cell.last_fired, now)
    yield "last tested", then(cell.last_tested, now)
    if cell.detection:
        yield "noticed by", cell.detection
    if cell.response:
        yield "response", cell.response
