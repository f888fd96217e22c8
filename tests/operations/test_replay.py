"""Replay: when detectors would have fired, each day with only what was known then, against what else is recorded."""

from datetime import UTC, date, datetime, timedelta

from operations.detection import Settings
from operations.given import KNOWN
from operations.hindsight import hindsight
from operations.replay import Replay, replay
from operations.settings import System
from store.records import Breach, Change, Event, Incident, Sample
from tests.operations.stores import NOW, TODAY, Store, days

BOT = System("bot", "Ada", tier=2)
EMPTY = "llmops.retrieval.empty_ratio"
SHARES = [0.02 + 0.002 * (place % 3) for place in range(35)] + [0.09] * 5
FIRST_BAD = (TODAY - timedelta(days=5)).date()


def replayed(
    store: Store, first: date = date(2026, 10, 1), last: date = date(2026, 11, 23), limit: float = 8.0
) -> Replay:
    past = hindsight(store.session, KNOWN, ["bot"], last - timedelta(days=400), last)["bot"]
    return replay(store.session, past, Settings(), limit, first)


def test_a_failure_fires_on_the_day_that_shows_it(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000))
    found = replayed(store)
    assert [(each.mode, each.day) for each in found.fired] == [("FM4", FIRST_BAD + timedelta(days=1))]
    assert "searches that find nothing 9.0% against 2.2%" in found.fired[0].words


def test_nothing_fires_where_nothing_is_wrong_or_before_and_after_the_days_asked(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000))
    assert replayed(store, last=FIRST_BAD).fired == ()
    assert replayed(store, first=FIRST_BAD + timedelta(days=2)).fired == ()


def test_other_settings_are_tried(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000))
    assert replayed(store, limit=500.0).fired == ()


def test_history_that_was_collected_as_a_whole_counts_by_its_own_days_and_is_named(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000))
    assert replayed(store).backfilled == ("prom",)


def daily(store: Store, *, outage: range = range(0)) -> None:
    """Collect every day what the day before was, but for an outage; what was missed comes with the next collection."""
    samples: list[Sample] = days(EMPTY, SHARES, n=1000)
    missed: list[Sample] = []
    for place, sample in enumerate(samples):
        missed.append(sample)
        if place not in outage:
            store.collected(*missed, now=sample.seen + timedelta(hours=2))
            missed = []


def test_days_that_were_collected_late_are_not_known_before(store: Store) -> None:
    daily(store, outage=range(34, 38))
    found = replayed(store)
    assert found.backfilled == ()
    assert [(each.mode, each.day) for each in found.fired] == [("FM4", FIRST_BAD + timedelta(days=3))]


def test_days_that_were_collected_in_time_are_known_at_once(store: Store) -> None:
    daily(store)
    assert [each.day for each in replayed(store).fired] == [FIRST_BAD + timedelta(days=1)]


def test_a_source_without_a_run_on_record_counts_by_its_days(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000), days("llmops.index.age", [3600.0] * 40, stat="last")[-1])
    store.session.execute("delete from runs")
    found = replayed(store)
    assert (len(found.fired), found.backfilled) == (1, ())


def test_the_nearest_incident_gives_the_lead_and_the_recorded_breach_its_time(store: Store) -> None:
    store.described([BOT])
    store.collected(*days(EMPTY, SHARES, n=1000))
    store.detected([BOT])
    ended = datetime.combine(FIRST_BAD + timedelta(days=2), datetime.min.time(), UTC)
    for name, ago in (("early", timedelta(days=-20)), ("users complain", timedelta(days=2, hours=1))):
        store.collected(Incident("bot", name, name, ended + ago), source="pager")
    (fired,) = replayed(store).fired
    assert (fired.incident, fired.lead) == ("users complain (pager)", 2)
    assert fired.recorded == ended


def test_without_an_incident_near_there_is_no_lead(store: Store) -> None:
    store.collected(*days(EMPTY, SHARES, n=1000))
    store.collected(Incident("bot", "old", "old", NOW - timedelta(days=90)), source="pager")
    (fired,) = replayed(store).fired
    assert (fired.incident, fired.lead, fired.recorded) == ("", None, None)


def test_a_change_explains_no_alarm_that_somebody_had_called_true_by_then(store: Store) -> None:
    shares = [0.02 + 0.002 * (place % 3) for place in range(35)] + [0.09] * 20 + [0.5] * 5
    store.collected(*days(EMPTY, shares, n=1000))
    began = TODAY - timedelta(days=25)
    store.collected(Change("bot", "ext-1", "retrieval", "new index", "applied", "eve", began), source="git")
    first = began.date() - timedelta(days=2)
    assert [each.mode for each in replayed(store, first).fired] == ["FM4", "FM4"]
    for name, said, closed in (("late", 10, None), ("over", 2, 3), ("known", 2, None)):
        breach = Breach(
            name, "bot", "detector:FM4", "evaluation", EMPTY, "warning", "open", "above", began, began, began,
            None if closed is None else began + timedelta(days=closed), mode="FM4",
        )  # fmt: skip
        event = Event(name, "verdict", name, "true", "ada", 1, 1, began + timedelta(days=said))
        store.session.append("breaches", [breach])
        store.session.append("events", [event])
        assert len(replayed(store, first).fired) == (1 if name == "known" else 2)
