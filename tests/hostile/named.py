"""Store a portfolio whose systems, owners, rules and sources have names that no configuration would let in.

The names come as records, as they would from an older release or a store of another hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from collectors.settings import SourceSettings
from operations.settings import Portfolio, System, Threshold
from store.folder import Folder
from store.records import Change, CostLine, Evaluation, Outcome, Record, Rejected, Run, Sample
from store.values import Confirm, Duration
from tests.hostile.site import text_of
from tests.hostile.texts import mended
from tests.tui.screen_store import NOW, config
from tui import collecting

EACH = 3
"""Systems get every third text as their name; the texts between are owners and titles."""


def build(folder: Path, texts: Sequence[str]) -> int:
    """Make the store and publish it; gives the number of systems."""
    known = [mended(text) for text in texts]
    store = Folder(folder)
    store.create()
    places = range(0, len(known), EACH)
    systems = tuple(
        System(
            name=name_of(known, place), owner=text_of(known, place + 1), title=text_of(known, place + 2),
            deputy=text_of(known, place + 3), environment=text_of(known, place + 4), headline=text_of(known, place + 5),
        )
        for place in places
    )  # fmt: skip
    rules = tuple(
        Threshold(f"{place}{text_of(known, place)}", "m", "above", 1.0, 2.0, systems=(name_of(known, place),),
                  confirm=Confirm(1, 1), window=Duration(7200))
        for place in places
    )  # fmt: skip
    sources = tuple(SourceSettings(name_of(known, place), "prometheus", system=name_of(known, 0)) for place in places)
    plan = replace(
        config(folder), portfolio=Portfolio(known[7]), systems=systems, thresholds=rules, sources=sources
    )  # fmt: skip
    collecting.store(plan, store, [_outcome(known, place) for place in places], NOW)
    return len(systems)


def name_of(known: Sequence[str], place: int) -> str:
    """Name a system: its number, so that no two are one, and a text."""
    return f"{place:03d} {text_of(known, place)}"


def _outcome(known: Sequence[str], place: int) -> Outcome:
    run = Run(
        run_id=f"run-{place}",
        source=name_of(known, place),
        kind="prometheus",
        state="partial",
        cause="shape",
        detail=text_of(known, place + 1),
        window_start=NOW - timedelta(days=1),
        window_end=NOW,
        started=NOW - timedelta(minutes=2),
        finished=NOW - timedelta(minutes=1),
    )
    words = text_of(known, place + 2)
    return Outcome(run, tuple(_records(known, place)), (Rejected(words, words),))


def _records(known: Sequence[str], place: int) -> Iterator[Record]:
    system, text = name_of(known, place), known[place]
    yield Sample(system, "m", "avg", NOW, 5.0, text, 10, 3600, {text: text})
    yield Change(
        system, f"c-{place}", "prompt", text, "pending", text, NOW - timedelta(hours=1), content=text, url=text
    )
    yield Evaluation(system, "run", text, text_of(known, place + 5) or "s", NOW - timedelta(hours=1), 0.5, n=10)
    start = NOW.replace(hour=0, minute=0) - timedelta(days=1)
    yield CostLine(system, "gateway_estimate", start, NOW.replace(hour=0, minute=0), text, effective_cost=Decimal(1))
