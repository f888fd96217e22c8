"""``llmops-tui status``: say how each system is in one line, and in the exit code how the worst one is."""

import argparse
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store.accounts import own_name
from store.errors import EXIT_CRITICAL, EXIT_OK, EXIT_UNKNOWN, EXIT_WARNING
from tui.figures import money, plural, shared, spoken
from tui.text import pad, printable, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from operations.rows import Summary, SystemRow
    from operations.vendors import SharedEvent
    from store.records import State
    from tui.viewing import View

_CODES: "Final[dict[State, int]]" = {
    "critical": EXIT_CRITICAL,
    "warning": EXIT_WARNING,
    "unknown": EXIT_UNKNOWN,
    "ok": EXIT_OK,
}
_WORST_FIRST: "Final[tuple[State, ...]]" = ("critical", "warning", "unknown", "ok")
_WIDEST: Final = 40
_SENTENCE: Final = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="as JSON: every figure of every system, and the summary")


def run(args: argparse.Namespace) -> int:
    """Print the status; end with 0 ok, 1 warning, 2 critical, 3 cannot tell."""
    view = _checked(args.config)
    now = datetime.now(UTC)
    found = _read(view.folder, now)
    if found is None:
        words = f"nothing is collected yet in {view.folder}; run 'llmops-tui collect'"
        _print(_json((), None, "unknown", words) if args.json else f"unknown  {printable(words, _SENTENCE)}")
        return EXIT_UNKNOWN
    rows, summary, events = found
    state = worst(row.state for row in rows)
    if args.json:
        _print(_json(rows, summary, state, sentence(summary, now), events))
    else:
        told = (printable(shared(each), _SENTENCE) for each in events)
        for line in (*lines(rows), *told, sentence(summary, now)):
            _print(line)
    return _CODES[state]


def worst(states: "Iterable[State]") -> "State":
    """Give the state that the exit code stands for: no system at all is unknown."""
    there = set(states)
    return next((state for state in _WORST_FIRST if state in there), "unknown")


def lines(rows: "Sequence[SystemRow]") -> list[str]:
    """Write one line a system, worst first: state, name, failure mode, what is wrong, who answers."""
    names = [printable(row.system, _WIDEST) for row in rows]
    column = max((width(name) for name in names), default=0)
    return [_line(row, pad(name, column)) for row, name in zip(rows, names, strict=True)]


def sentence(summary: "Summary", now: datetime) -> str:
    """Sum the portfolio up: what burns, what waits, and whether this can be believed."""
    states = f"{summary.critical} critical, {summary.warning} warning, {summary.unknown} unknown, {summary.ok} ok"
    silenced = f" ({summary.silenced} silenced)" if summary.silenced else ""
    parts = [f"{plural(summary.open_breaches, 'breach', 'breaches')}{silenced}{_oldest(summary, now)}"]
    if summary.open_incidents:
        parts.append(f"{plural(summary.open_incidents, 'incident')} open in other tools")
    mine = summary.waiting_for.get(own_name(), 0)
    parts.append(f"{plural(summary.pending_changes, 'change')} waiting{f', {mine} for you' if mine else ''}")
    if summary.cost_month is not None:
        budget = "" if summary.budget is None else f" of {money(summary.budget, summary.currency)}"
        parts.append(f"month {money(summary.cost_month, summary.currency)}{budget}")
    parts.append(_believed(summary, now))
    return printable(f"{summary.portfolio or 'portfolio'}: {states}; {'; '.join(parts)}", 2 * _SENTENCE)


def _checked(named: "Path | None") -> "View":
    """Read where the store is; check the whole configuration unless a collection has accepted this very file.

    Checking it all loads every kind of source, which would cost a status more than the status itself.
    """
    from tui.viewing import load_view

    view = load_view(named, os.environ)
    copy = _newest(view.folder)
    if copy is None or not copy.exists() or copy.stat().st_mtime <= view.path.stat().st_mtime:
        from tui.settings import load  # late: see above

        load(named, os.environ)
    return view


def _newest(folder: "Path") -> "Path | None":
    from store.folder import Folder
    from store.publish import current

    return current(Folder(folder))


def _read(folder: "Path", now: datetime) -> "tuple[tuple[SystemRow, ...], Summary, tuple[SharedEvent, ...]] | None":
    """Read the newest published copy; ``None`` when there is none."""
    if _newest(folder) is None:
        return None
    from operations.portfolio import board  # late: nothing collected needs no database
    from operations.vendors import shared_events
    from store.viewer import Viewer

    viewer = Viewer(folder)
    try:
        return *board(viewer, now), shared_events(viewer)
    finally:
        viewer.close()


def _line(row: "SystemRow", name: str) -> str:
    mode = f"[{row.mode}] " if row.mode else ""
    owner = f" (owner {printable(row.owner, _WIDEST)})" if row.owner else ""
    return f"{row.state:<9}{name}  {mode}{printable(row.headline, _SENTENCE)}{owner}"


def _oldest(summary: "Summary", now: datetime) -> str:
    if summary.oldest_unacknowledged is None:
        return ""
    age = spoken(summary.oldest_unacknowledged, now)
    return f" (oldest not acknowledged for {age}: {summary.oldest_unacknowledged_of})"


def _believed(summary: "Summary", now: datetime) -> str:
    """Say how far the picture can be believed: failed sources, blind rules and cells, age of the data."""
    doubts = []
    if summary.sources_failed:
        doubts.append(f"{summary.sources_failed} of {plural(summary.sources, 'source')} failed"
                      f" ({', '.join(summary.failed_names)})")  # fmt: skip
    if summary.sources_partial:
        doubts.append(f"{plural(summary.sources_partial, 'source')} partial")
    if summary.unknown_rules:
        doubts.append(f"{plural(summary.unknown_rules, 'rule')} blind")
    if summary.blind_cells:
        doubts.append(f"{summary.blind_cells} of {plural(summary.cells, 'cell')} blind")
    doubts.append("no data" if summary.oldest_data is None else f"oldest data {spoken(summary.oldest_data, now)} old")
    return ", ".join(doubts)


def _json(
    rows: "Sequence[SystemRow]",
    summary: "Summary | None",
    state: "State",
    words: str,
    events: "Sequence[SharedEvent]" = (),
) -> str:
    from tui.plain import as_json

    told = {"state": state, "exit_code": _CODES[state], "sentence": words, "summary": summary}
    return as_json({**told, "events": list(events), "systems": list(rows)})


def _print(line: str) -> None:
    print(line)  # noqa: T201 - stdout is data
