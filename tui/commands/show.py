"""``llmops-tui show SYSTEM``: everything about one system as text to read, send or keep."""

import argparse
import difflib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_OK, ConfigError
from tui.figures import NOT_KNOWN, ago, clock, length, measure, money, plural, share, spoken
from tui.outlooks import outlook
from tui.silencing import silenced
from tui.tables import CELL, section
from tui.text import printable

if TYPE_CHECKING:
    from operations.coverage_rows import CellRow
    from operations.rows import (
        BasisRow,
        BreachRow,
        ChangeRow,
        CostRow,
        EvaluationRow,
        IncidentRow,
        MetricRow,
        ModelRow,
        SystemPage,
        SystemRow,
    )
    from store.records import Verdict

_NOTE: Final = 300
_DAYS: Final = 14
_INCIDENT: Final = ("level", "severity", "state", "title", "since", "age", "source", "link")
_SCORE: Final = ("suite", "scorer", "slice", "value", "95% interval", "n", "errors", "judge", "version", "age")
_BASIS: Final = ("basis", "", "amount", "of the judged", "lines")
_MODEL: Final = ("state", "model", "used", "released", "deprecated", "retires", "days", "replacement", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("system", metavar="SYSTEM", help="its name in the configuration")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the page of one system."""
    from operations.systems import system
    from store.viewer import Viewer
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    check_name(args.system, [known.name for known in config.systems])
    viewer = Viewer(config.store.folder)
    try:
        page = system(viewer, args.system, now)
    finally:
        viewer.close()
    if page is None:
        raise ConfigError([f"{args.system}: configured since the last collection; run 'llmops-tui collect'"])
    if args.json:
        from tui.plain import as_json

        print(as_json(page))  # noqa: T201 - stdout is data
        return EXIT_OK
    for line in lines(page, now):
        print(line)  # noqa: T201 - stdout is data
    return EXIT_OK


def check_name(name: str, known: Iterable[str]) -> None:
    """Refuse a system that the configuration does not name, with the nearest one that it does."""
    names = list(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names) or 'none'}"
        raise ConfigError([f"{name}: no such system; {hint}"])


def lines(page: "SystemPage", now: datetime) -> Iterator[str]:
    """Write the page: who answers, how it is by domain, then each kind of fact under its heading."""
    yield from _head(page.row, now)
    yield from section("breaches", ("severity", "state", "rule", "since", "note"), map(_breach, page.breaches))
    yield from section("detectors", ("cell", "mode", "newest", "reason", "what would help"), map(_cell, page.cells))
    yield from section("incidents of other tools", _INCIDENT, map(_incident, page.incidents))
    yield from section("rules", ("state", "rule", "domain", "mode", "note"), map(_verdict, page.verdicts))
    metrics = (_metric(row, now) for row in page.metrics)
    yield from section("metrics", ("state", "metric", "stat", "of", "value", "n", "age", "source"), metrics)
    scores = (_evaluation(row, now) for row in page.evaluations)
    yield from section("evaluations", _SCORE, scores)
    yield from section("month to date by basis, never added", _BASIS, map(_basis, page.bases))
    yield from section("costs by day", ("day", "basis", "", "amount", "lines"), map(_cost, page.costs[:_DAYS]))
    yield from section("models", _MODEL, (_model(row, now) for row in page.models))
    changes = (_change(row, now) for row in page.changes)
    yield from section("changes", ("state", "class", "title", "author", "risk", "age", "link"), changes)


def _head(row: "SystemRow", now: datetime) -> Iterator[str]:
    title = f" - {printable(row.title, CELL)}" if row.title else ""
    yield f"{printable(row.system, CELL)}{title}: {row.state}"
    yield printable(row.headline, _NOTE)
    deputy = f", deputy {row.deputy}" if row.deputy else ""
    yield printable(f"owner {row.owner}{deputy}; tier {row.tier}, {row.environment}, {row.stage}", _NOTE)
    cost = money(row.cost_month, row.currency)
    budget = "no budget" if row.budget is None else f"of {money(row.budget, row.currency)}"
    yield f"month {cost} {budget}, {outlook(row)} {f'({row.provenance})' if row.provenance else ''}".rstrip()
    if row.open_incidents:
        yield f"{plural(row.open_incidents, 'incident')} open in other tools"
    yield f"newest data {ago(row.newest, now)}; {row.rules} rules, {row.unknown_rules} cannot tell"
    yield ""
    for domain, state in row.domains.items():
        yield f"  {domain:<12}{state:<10}{printable(row.reasons[domain], _NOTE)}"


def _breach(row: "BreachRow") -> tuple[str, ...]:
    under = f" (with {plural(row.children, 'breach', 'breaches')} under it)" if row.children else ""
    where = f" in {row.event_systems}" if row.event_systems else ""
    shared = f" (one event: {row.event}{where})" if row.event else ""
    by = f" (acknowledged by {row.acknowledged_by})" if row.acknowledged_by else ""
    still = f" ({silenced(row)})" if row.silenced_by else ""
    state = f"{row.state}, silenced" if row.silenced_by else row.state
    return row.severity, state, row.rule, clock(row.since), row.note + under + shared + by + still


def _cell(row: "CellRow") -> tuple[str, ...]:
    newest = NOT_KNOWN if row.newest is None else row.newest.isoformat()
    return row.state, row.mode, newest, row.reason, row.remedy


def _incident(row: "IncidentRow") -> tuple[str, ...]:
    age = length(row.age)
    return row.level, row.severity, row.state, row.title, clock(row.started), age, row.source, row.url


def _verdict(row: "Verdict") -> tuple[str, ...]:
    return row.state, row.rule, row.domain, row.mode, row.note


def _metric(row: "MetricRow", now: datetime) -> tuple[str, ...]:
    dims = ", ".join(f"{name}={value}" for name, value in row.dims.items())
    value = measure(row.value, row.stat, row.unit)
    return row.state or NOT_KNOWN, row.metric, row.stat, dims, value, _count(row.n), ago(row.seen, now), row.source


def _evaluation(row: "EvaluationRow", now: datetime) -> tuple[str, ...]:
    interval = NOT_KNOWN if row.low is None or row.high is None else f"{row.low:.3g} to {row.high:.3g}"
    value = NOT_KNOWN if row.value is None else f"{row.value:.4g}"
    scored = value if row.status == "ok" else f"{value} ({row.status})"
    suite = f"{row.suite} {row.suite_version}".rstrip()
    return (suite, row.scorer, row.slice, scored, interval, _count(row.n), _count(row.errors), row.judge,
            row.system_version, ago(row.seen, now))  # fmt: skip


def _cost(row: "CostRow") -> tuple[str, ...]:
    return row.day.isoformat(), row.basis, row.provenance, money(row.amount, row.currency), str(row.lines)


def _basis(row: "BasisRow") -> tuple[str, ...]:
    compared = "judged" if row.is_judged else share(row.ratio)
    return row.basis, row.provenance, money(row.total, row.currency), compared, str(row.lines)


def _model(row: "ModelRow", now: datetime) -> tuple[str, ...]:
    seen = [f"seen {spoken(row.seen, now)} ago"] if row.seen else []
    used = ", ".join([*(["declared"] if row.is_declared else []), *seen])
    days = (row.released_on, row.deprecated_on, row.retires_on)
    name = f"{row.model} (alias, may move)" if row.is_alias else row.model
    return (row.standing, name, used, *(NOT_KNOWN if day is None else day.isoformat() for day in days),
            _count(row.days_left), row.replacement or NOT_KNOWN, row.source or NOT_KNOWN)  # fmt: skip


def _change(row: "ChangeRow", now: datetime) -> tuple[str, ...]:
    age = NOT_KNOWN if row.age is None else ago(now - row.age, now)
    return row.state, row.change_class, row.title, row.author, row.risk, age, row.url


def _count(number: int | None) -> str:
    return NOT_KNOWN if number is None else str(number)
