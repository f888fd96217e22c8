"""How the sources are doing."""

from datetime import timedelta

import pytest

from operations.collection import by_system, sources
from tests.operations.stores import NOW, Store, hours, source

MINUTE = timedelta(minutes=1)


def test_a_source_that_was_never_collected_says_so(store: Store) -> None:
    store.described([], [source()])
    (row,) = sources(store.session, NOW)
    assert (row.source, row.kind, row.target, row.systems) == ("prom", "prometheus", "http://127.0.0.1", "bot")
    assert (row.state, row.cause, row.started, row.duration_s, row.completeness) == ("never", "", None, None, None)
    assert (row.failures, row.rows, row.trend, row.high_water) == (0, 0, (), None)


def test_a_source_shows_its_last_run_and_how_complete_the_others_were(store: Store) -> None:
    store.described([], [source()])
    last = NOW + 30 * MINUTE
    store.collected(*hours("latency", [1, 2]), now=NOW)
    store.collected(state="partial", now=NOW + 10 * MINUTE)
    store.collected(state="failed", cause="dns", now=NOW + 20 * MINUTE)
    store.collected(state="failed", cause="auth", now=last)
    (row,) = sources(store.session, last)
    assert (row.state, row.cause, row.started, row.duration_s) == ("failed", "auth", last, 2.0)
    assert (row.completeness, row.failures, row.trend, row.skew_seconds) == (0.25, 2, (2.0, 2.0, 2.0, 2.0), 0.1)
    assert row.high_water == NOW


def test_only_the_last_twenty_runs_count(store: Store) -> None:
    store.described([], [source()])
    for minute in range(21, -1, -1):
        state = "complete" if minute < 10 else "failed"
        store.collected(state=state, cause="" if state == "complete" else "dns", now=NOW - minute * MINUTE)
    (row,) = sources(store.session, NOW)
    assert (row.completeness, len(row.trend), row.failures) == (0.5, 20, 0)


def test_a_source_that_always_failed_counts_all_its_failures(store: Store) -> None:
    store.described([], [source()])
    for minute in range(3):
        store.collected(state="failed", cause="dns", now=NOW - minute * MINUTE)
    assert sources(store.session, NOW)[0].failures == 3


@pytest.mark.parametrize(("late", "overdue"), [(-1, False), (0, False), (120, False), (121, True)])
def test_a_slot_is_overdue_two_minutes_after_it(store: Store, late: int, *, overdue: bool) -> None:
    store.described([], [source(next_slot=NOW)])
    assert sources(store.session, NOW + timedelta(seconds=late))[0].overdue is overdue


def test_a_source_without_a_slot_is_never_overdue(store: Store) -> None:
    store.described([], [source(next_slot=None)])
    assert sources(store.session, NOW)[0].overdue is False


def test_failed_sources_stand_first(store: Store) -> None:
    names = ("complete", "partial", "failed", "interrupted", "never")
    store.described([], [source(name) for name in names])
    for name in names[:4]:
        store.collected(source=name, state=name, cause="dns" if name == "failed" else "")
    assert [row.source for row in sources(store.session, NOW)] == [
        "failed",
        "interrupted",
        "never",
        "partial",
        "complete",
    ]


def test_sources_are_arranged_by_the_systems_they_feed(store: Store) -> None:
    store.described([], [source("a", "bot, desk"), source("b", "desk")])
    found = by_system(sources(store.session, NOW))
    assert {system: [row.source for row in rows] for system, rows in found.items()} == {
        "bot": ["a"],
        "desk": ["a", "b"],
    }
