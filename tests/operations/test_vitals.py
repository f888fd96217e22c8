"""How the tool itself is, for those who watch it from outside."""

from datetime import timedelta
from itertools import product

from operations.settings import System, Threshold
from operations.vitals import vitals
from store.records import Change
from store.values import Confirm
from tests.operations.stores import NOW, Store, hours, source

DAY = timedelta(days=1)
SLOW = Threshold("slow", "latency", direction="above", warning=2.0, critical=4.0, confirm=Confirm(1, 1), stat="avg")


def test_a_source_says_when_it_was_last_complete_however_often_it_failed_since(store: Store) -> None:
    store.described([], [source(), source("other")])
    store.collected(*hours("latency", [1, 2], end=NOW - DAY), now=NOW - DAY)
    for minute in range(30, 0, -1):
        store.collected(state="failed", cause="dns", now=NOW - timedelta(minutes=minute))
    store.refreshed()
    never, failed = vitals(store.session, NOW).sources
    assert (failed.source, failed.kind, failed.state, failed.failures) == ("prom", "prometheus", "failed", 20)
    assert failed.last_complete == NOW - DAY + timedelta(seconds=2)
    assert failed.high_water == NOW - DAY
    assert (failed.duration_s, failed.skew_seconds, failed.rows, failed.rejected) == (2.0, 0.1, 0, 0)
    assert (never.source, never.state, never.last_complete, never.started) == ("other", "never", None, None)


def test_what_does_not_occur_is_zero(store: Store) -> None:
    store.refreshed()
    found = vitals(store.session, NOW)
    assert found.sources == ()
    assert dict(found.systems) == {"critical": 0, "warning": 0, "unknown": 0, "ok": 0}
    assert set(found.breaches) == set(product(("critical", "warning"), (False, True), (False, True)))
    assert set(found.breaches.values()) == {0}
    assert found.pending_changes == 0


def test_breaches_are_counted_by_severity_and_by_who_knows(store: Store, bot: System) -> None:
    desk = System("desk", "Ada", tier=2)
    store.described([bot, desk], [source()])
    store.collected(*hours("latency", [9]), *hours("latency", [3], system="desk"), Change("bot", "1", "prompt", "new"))
    store.judged([SLOW], [bot, desk])
    (warned,) = [breach for breach in store.breaches() if breach.severity == "warning"]
    store.acknowledged(warned.breach_id)
    store.refreshed()
    found = vitals(store.session, NOW)
    assert {key: count for key, count in found.breaches.items() if count} == {
        ("critical", False, False): 1,
        ("warning", True, False): 1,
    }
    assert (found.systems["critical"], found.systems["warning"], found.pending_changes) == (1, 1, 1)
