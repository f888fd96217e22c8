"""Build a real store in which every text that others may choose is one of the hostile corpora."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from collectors.settings import SourceSettings
from operations.settings import Portfolio, System, Threshold
from store.folder import Folder
from store.records import Change, CostLine, Evaluation, Incident, ModelDates, Outcome, Record, Run, Sample
from store.values import Confirm, Duration
from tests.tui.screen_store import NOW, config
from tui import collecting

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
PER_SYSTEM = 14
HOUR = timedelta(hours=1)


def texts() -> list[str]:
    """Give every text of the corpora, once."""
    found: list[str] = json.loads((CORPORA / "blns/blns.json").read_text())
    for name, field in (
        ("terminal_escapes", "text"),
        ("unicode_text", "text"),
        ("markup_text", "text"),
        ("hostile_names", "name"),
    ):
        found += [json.loads(line)[field] for line in (CORPORA / f"{name}.jsonl").read_text().splitlines()]
    return list(dict.fromkeys(text for text in found if text.strip("\0")))


def build(folder: Path) -> Folder:
    """Make the store as a collection does; text that cannot be UTF-8 is replaced, as collectors replace it."""
    store = Folder(folder)
    store.create()
    known = [text.encode("utf-8", "replace").decode() for text in texts()]
    groups = [known[at : at + PER_SYSTEM] for at in range(0, len(known), PER_SYSTEM)]
    groups[-1] += known[: PER_SYSTEM - len(groups[-1])]
    plan = replace(
        config(folder),
        portfolio=Portfolio(known[7]),
        systems=tuple(_system(place, group) for place, group in enumerate(groups)),
        thresholds=tuple(_threshold(place, group) for place, group in enumerate(groups)),
        sources=tuple(SourceSettings(_name(place, group[12]), "prometheus", system=group[0]) for place, group in enumerate(groups)),
    )  # fmt: skip
    outcomes = [_outcome(place, group) for place, group in enumerate(groups)]
    collecting.store(plan, store, outcomes, NOW)
    return store


def _name(place: int, text: str) -> str:
    return f"{place} {text}"


def _system(place: int, group: Sequence[str]) -> System:
    return System(
        name=_name(place, group[0]),
        owner=group[1],
        title=group[2],
        deputy=group[3],
        environment=group[4],
        headline=group[5],
        depends_on=(f"model:{group[6]}", group[7]),
    )


def _threshold(place: int, group: Sequence[str]) -> Threshold:
    return Threshold(
        _name(place, group[6]), group[7] or "metric", "above", 1.0, 2.0, systems=(_name(place, group[0]),), confirm=Confirm(1, 1),
        window=Duration(7200),
    )  # fmt: skip


def _outcome(place: int, group: Sequence[str]) -> Outcome:
    run = Run(
        run_id=f"run-{place}",
        source=_name(place, group[12]),
        kind="prometheus",
        state="partial",
        cause="shape",
        detail=group[13],
        window_start=NOW - 24 * HOUR,
        window_end=NOW,
        started=NOW - timedelta(minutes=2),
        finished=NOW - timedelta(minutes=1),
    )
    return Outcome(run, tuple(_records(place, group)))


def _records(place: int, group: Sequence[str]) -> Iterator[Record]:
    system = _name(place, group[0])
    for hour in range(6):
        yield Sample(
            system,
            group[7] or "metric",
            "avg",
            NOW - hour * HOUR,
            5.0 + hour,
            group[8],
            10,
            3600,
            {"gen_ai.request.model": group[9], "gen_ai.response.model": group[10], group[11] or "x": group[12]},
        )
    yield Change(
        system, f"c-{place}", "prompt", group[10], "pending", group[11], NOW - HOUR, group[5], group[6], group[7],
        "\n".join(group), group[8], group[9],
    )  # fmt: skip
    yield Evaluation(
        system, "run", group[3], group[5] or "scorer", NOW - HOUR, 0.5, n=10, slice=group[4], judge=group[6], system_version=group[8], url=group[9]
    )  # fmt: skip
    yield Incident(
        system, f"{place} {group[0]}", group[1], NOW - HOUR, group[2], ("critical", "warning", "info")[place % 3],
        url=group[3],
    )  # fmt: skip
    for each in (9, 10, 13):
        retires = NOW.date() + timedelta(days=each if each == 9 else 200)  # the near one waits as a change too
        yield ModelDates(group[each - 1], group[each], retires_on=retires, replacement=group[each - 2])
    start = NOW.replace(hour=0, minute=0)
    yield CostLine(
        system,
        "gateway_estimate",
        start - 24 * HOUR,
        start,
        group[11],
        effective_cost=Decimal(1),
        billing_currency="USD",
        model=group[13],
    )
