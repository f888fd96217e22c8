"""Hindsight: a replay up to a day says the same whatever became known, or was restated, after that day."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from operations.detection import Settings
from operations.given import KNOWN
from operations.hindsight import hindsight
from operations.replay import Replay, replay
from operations.tracks import History
from store import commit, intake, schema
from store.database import Session, open_file
from store.folder import Folder
from store.records import Evaluation, Outcome, Record, Run, Sample
from store.retention import Keep
from store.viewer import Viewer
from tests.operations.stores import NOW, TODAY, Store, days, hours, score

EMPTY = "llmops.retrieval.empty_ratio"
MODEL = "llmops.model.response_share"
DAY = timedelta(days=1)
LAST = (TODAY - 3 * DAY).date()


def known(store: Store, day: date, last: date = LAST) -> History:
    """Give what was known of the system at the end of a day."""
    return hindsight(store.session, KNOWN, ["bot"], last - 400 * DAY, last)["bot"].on(day)


def replayed(store: Store, last: date = LAST) -> Replay:
    past = hindsight(store.session, KNOWN, ["bot"], last - 400 * DAY, last)["bot"]
    return replay(store.session, past, Settings(), 8.0, last - 90 * DAY)


def told(found: History) -> dict[tuple[str, str], tuple[object, ...]]:
    """Give the tracks as numbers that can be compared, whatever the order in which they were added up."""

    def rounded(values: Sequence[float]) -> list[float]:
        return [round(value, 9) for value in values]

    return {
        key: (track.form, list(track.days), rounded(track.values), rounded(track.counts), list(track.texts))
        for key, track in found.tracks.items()
    }


def share(day: datetime, value: float, n: int | None = 1000) -> Sample:
    """Make the share of the day that ends then."""
    return Sample("bot", EMPTY, "ratio", day, value, n=n, period=86_400)


def daily(store: Store, values: Sequence[float], skipped: Sequence[int] = ()) -> list[Sample]:
    """Collect on each day what the day before was, but for what is skipped; give the samples."""
    found = days(EMPTY, values, n=1000)
    for place, sample in enumerate(found):
        brought = [] if place in skipped else [sample]
        store.collected(*brought, now=sample.seen + timedelta(hours=2))
    return found


CALM = [0.02 + 0.002 * (place % 3) for place in range(40)]


def test_a_restated_share_says_until_then_what_it_said(store: Store) -> None:
    found = daily(store, CALM)
    store.collected(share(found[30].seen, 0.5), now=found[34].seen + timedelta(hours=9))
    day = found[30].seen.date() - DAY
    before, after = (known(store, found[place].seen.date() - DAY, date(2026, 11, 22)) for place in (34, 36))
    key = ("retrieval_empty", "")
    for history, value in ((before, 0.02), (after, 0.5)):
        track = history.tracks[key]
        assert track.values[list(track.days).index(day)] == pytest.approx(value * 1000)


def test_what_the_collection_of_the_day_after_brings_first_belongs_to_a_day_and_later_ones_do_not(store: Store) -> None:
    found = daily(store, CALM)
    store.collected(share(found[30].seen, 0.5), now=found[30].seen + timedelta(hours=9))
    day = found[30].seen.date() - DAY
    last = date(2026, 11, 22)
    assert known(store, day, last).tracks["retrieval_empty", ""].values[-1] == pytest.approx(CALM[30] * 1000)
    assert known(store, day + DAY, last).tracks["retrieval_empty", ""].values[-2] == pytest.approx(500)


def test_a_late_day_is_not_there_before_it_came(store: Store) -> None:
    found = daily(store, CALM, skipped=[30])
    store.collected(found[30], now=found[33].seen + timedelta(hours=5))
    last, day = date(2026, 11, 22), found[30].seen.date() - DAY
    assert day not in known(store, day + 3 * DAY, last).tracks["retrieval_empty", ""].days
    assert day in known(store, day + 4 * DAY, last).tracks["retrieval_empty", ""].days


def test_a_failure_that_a_restatement_hides_fires_all_the_same(store: Store) -> None:
    found = daily(store, [*CALM[:33], *[0.09] * 7])
    was = replayed(store, TODAY.date() - DAY)
    assert [each.mode for each in was.fired] == ["FM4"]
    store.collected(*days(EMPTY, CALM, n=1000)[33:], now=found[-1].seen + timedelta(hours=20))
    assert replayed(store, TODAY.date() - DAY).fired == was.fired


def test_what_comes_late_after_the_last_day_of_data_is_gone_through_when_it_comes(store: Store) -> None:
    found = days(EMPTY, [*CALM[:33], *[0.09] * 4], end=TODAY - 3 * DAY, n=1000)
    for place, sample in enumerate(found):
        store.collected(*([sample] if place < 33 else []), now=sample.seen + timedelta(hours=2))
    store.collected(*found[33:], now=TODAY - DAY + timedelta(hours=2))
    assert [each.day for each in replayed(store, TODAY.date() - DAY).fired] == [TODAY.date() - 2 * DAY]


def test_what_the_first_collection_imported_counts_by_its_days_though_it_came_as_a_whole(store: Store) -> None:
    found = days(EMPTY, CALM, n=1000)
    store.collected(now=NOW - 2 * DAY)
    store.collected(*found, score(0.9, 20 * DAY, n=50), now=NOW)
    history = known(store, found[10].seen.date() - DAY)
    assert len(history.tracks["retrieval_empty", ""].days) == 11
    assert ("golden_pass", "") not in history.tracks


def test_what_the_first_collection_to_ask_further_back_imported_counts_by_its_days_too(store: Store) -> None:
    found = daily(store, CALM)
    older = days(EMPTY, CALM[:20], end=found[0].seen - DAY, n=1000)
    for number, (start, now) in enumerate(((older[0].seen, NOW), (older[5].seen, NOW + DAY))):
        run = Run(f"since-{number}", "prom", "prometheus", "complete", "", "", start, now, now, now)
        brought = older[5:] if number == 0 else [older[4], share(older[7].seen, 0.5)]
        with store.session.transaction():
            intake.take(store.session, Outcome(run, tuple(brought)), now)
    history = known(store, older[9].seen.date() - DAY)
    assert history.tracks["retrieval_empty", ""].values == pytest.approx([1000 * each for each in CALM[5:10]])


def test_where_raw_samples_are_gone_days_are_taken_as_they_are(store: Store) -> None:
    found = daily(store, CALM)
    store.collected(*(share(each.seen, 0.5) for each in (found[5], found[30])), now=found[-1].seen + timedelta(hours=9))
    store.session.execute("delete from samples where seen < $limit", {"limit": found[20].seen})
    store.session.execute("delete from sample_revisions where seen < $limit", {"limit": found[20].seen})
    track = known(store, LAST).tracks["retrieval_empty", ""]
    assert track.values[5] == pytest.approx(500)
    assert track.values[30] == pytest.approx(CALM[30] * 1000)
    assert len(track.days) == 38


def test_without_any_raw_sample_everything_is_taken_as_it_is(store: Store) -> None:
    found = daily(store, CALM)
    store.collected(score(0.9, 20 * DAY, scorer="pass_rate", n=50), now=NOW)
    store.session.execute("delete from samples")
    assert len(known(store, LAST).tracks["retrieval_empty", ""].days) == len(found) - 2


def test_what_lies_in_files_by_day_is_restated_and_read_back_by_viewers_too(tmp_path: Path) -> None:
    folder, keep = Folder(tmp_path / "store"), Keep(90 * DAY, 900 * DAY, split_above=-1)
    folder.create()
    found = days(EMPTY, CALM, n=1000)
    for number, (records, now) in enumerate(((found, NOW - DAY), ([share(found[9].seen, 0.5)], NOW))):
        run = Run(f"run-{number}", "prom", "prometheus", "complete", "", "", now - DAY, now, now, now)
        commit.commit(folder, [Outcome(run, tuple(records))], None, lambda _: None, keep, now)
    viewer = Viewer(folder.root)
    first, last = NOW.date() - 400 * DAY, NOW.date() - DAY
    was, known_at_last = (hindsight(viewer, KNOWN, ["bot"], first, day)["bot"].history for day in (last - DAY, last))
    viewer.close()
    assert list(folder.raw.iterdir())
    assert [each.tracks["retrieval_empty", ""].values[9] for each in (was, known_at_last)] == [
        pytest.approx(1000 * CALM[9]), 500
    ]  # fmt: skip


@pytest.mark.parametrize(
    "restated",
    [
        lambda each: replace(each, value=0.1),
        lambda each: replace(each, n=5),
        lambda each: replace(each, seen=each.seen + 5 * DAY),
        lambda each: replace(each, seen=each.seen - 30 * DAY),
        lambda each: replace(each, status="error"),
        lambda each: replace(each, judge="another", judge_version="2"),
        lambda each: replace(each, eval_run="late"),
    ],
)
def test_scores_that_are_restated_or_late_say_until_then_what_they_said(
    store: Store, restated: Callable[[Evaluation], Evaluation]
) -> None:
    made = [score(0.9 - 0.001 * (place % 4), place * DAY, scorer="pass_rate", n=50) for place in range(40, 2, -1)]
    for each in made:
        store.collected(each, now=each.seen + timedelta(hours=13), source="suite")
    before = told(known(store, LAST))
    assert before
    store.collected(restated(made[20]), now=NOW - DAY, source="suite")
    assert told(known(store, LAST)) == before
    assert told(known(store, LAST, NOW.date())) == before
    assert told(known(store, NOW.date(), NOW.date())) != before


IMPORTED = 30
WORLD = 50
START = TODAY - (WORLD + 2) * DAY


def world(place: int) -> list[Record]:
    """Give what is told of one day: a share, two models, costs and requests by the hour, a score."""
    ends = START + (place + 1) * DAY
    models = [
        Sample("bot", MODEL, "ratio", ends, part, n=100, period=86_400, dims={"gen_ai.response.model": name})
        for name, part in (("a", 0.9), ("b", 0.1))
    ]
    costs = hours("llmops.cost", [1.0 + (place + hour) % 5 for hour in range(24)], "sum", ends)
    requests = hours("llmops.requests", [50.0 + hour for hour in range(24)], "sum", ends)
    scored = score(0.9 - 0.001 * (place % 4), now=ends, scorer="pass_rate", n=50)
    return [share(ends, 0.02 + 0.002 * (place % 3)), *models, *costs, *requests, scored]


@pytest.fixture(scope="module")
def lived() -> Iterator[Store]:
    """Give a store whose history was imported first and then collected day by day."""
    with open_file(Path(":memory:")) as session:
        schema.migrate(session, NOW)
        made = Store(session)
        made.collected(*(each for place in range(IMPORTED) for each in world(place)), now=ran(IMPORTED - 1))
        for place in range(IMPORTED, WORLD):
            made.collected(*world(place), now=ran(place))
        yield made


def ran(place: int, later: int = 0) -> datetime:
    """Give the time of the collection that follows a day of the world, or of one so many hours later."""
    return START + (place + 1) * DAY + timedelta(hours=2 + later)


EDITS = st.lists(
    st.tuples(st.integers(0, WORLD + 1), st.integers(0, 52), st.floats(0.0, 1.0), st.integers(1, 40)),
    min_size=1,
    max_size=8,
)


def edited(place: int, which: int, value: float) -> Record:
    """Give a row of a day of the world with another value; some have rows that were never there before."""
    found = world(place)
    if which >= len(found):
        model = {"gen_ai.response.model": "c"}
        return Sample("bot", MODEL, "ratio", START + (place + 1) * DAY, value, n=100, period=86_400, dims=model)
    each = found[which]
    if isinstance(each, Sample | Evaluation):
        return replace(each, value=value, n=which + 1)
    raise AssertionError(each)


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(edits=EDITS, back=st.integers(0, WORLD - 12))
def test_what_becomes_known_after_a_day_changes_nothing_of_what_was_known_on_it(
    lived: Store, edits: Sequence[tuple[int, int, float, int]], back: int
) -> None:
    last = (START + (WORLD - 1) * DAY).date()
    day = last - back * DAY
    then, before = told(known(lived, day, last)), told(known(lived, last, last))
    alarms = replayed(lived, last)
    with undone(lived.session):
        for place, which, value, later in sorted(edits, key=lambda edit: edit[3]):
            take(lived.session, edited(place, which, value), ran(WORLD - 1, later))
        assert told(known(lived, day, last)) == then
        assert told(known(lived, last, last)) == before
        assert replayed(lived, last) == alarms
    assert told(known(lived, last, last)) == before


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Undo at the end what is written inside."""
    session.execute("begin transaction")
    try:
        yield
    finally:
        session.execute("rollback")


def take(session: Session, record: Record, now: datetime) -> None:
    """Take in one record inside the caller's transaction."""
    ((number,),) = session.execute("select count(*) from runs")
    run = Run(f"late-{number}", "prom", "prometheus", "complete", "", "", now - DAY, now, now, now)
    intake.take(session, Outcome(run, (record,)), now + DAY)
