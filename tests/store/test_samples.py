"""Samples: each value once, corrected in place, with the newest value, rollups and derived series beside them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import samples
from store.database import Session, open_file
from store.records import Sample

FIVE = timedelta(minutes=5)


def latency(now: datetime, value: float = 1.0, **kept: Any) -> Sample:
    return replace(Sample("bot", "latency", "avg", now, value, "s", 10, 300, {"model": "m1"}), **kept)


def stored(session: Session, where: str = "true") -> list[tuple[Any, ...]]:
    return session.execute(f"select seen, value, n from sample_values where {where} order by seen, metric, stat, dims")  # noqa: S608


def test_the_same_samples_twice_change_nothing(session: Session, now: datetime) -> None:
    found = [latency(now - FIVE * i, float(i)) for i in range(20)]
    assert samples.take(session, "prom", 1, found, now) == 20
    before = stored(session), session.execute("select * from rollup_1h order by all")
    assert samples.take(session, "prom", 2, found, now) == 0
    assert (stored(session), session.execute("select * from rollup_1h order by all")) == before


def test_a_corrected_value_replaces_the_old_one_everywhere(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, 1.0), latency(now - FIVE, 3.0)], now)
    assert samples.take(session, "prom", 2, [latency(now, 2.0)], now) == 1
    assert [row[1] for row in stored(session)] == [3.0, 2.0]
    assert session.execute("select value from latest") == [(2.0,)]
    assert session.execute("select total, highest, weight, weighted from rollup_1h") == [(5.0, 3.0, 20, 50.0)]


def test_a_corrected_n_counts_as_a_correction(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now)], now)
    assert samples.take(session, "prom", 2, [latency(now, n=None)], now) == 1
    assert stored(session)[0][2] is None


def test_what_a_corrected_sample_said_stays_as_a_revision_that_is_written_once(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, 1.0), latency(now - FIVE, 3.0)], now)
    for number, value in ((2, 2.0), (3, 2.0), (4, 4.0)):
        samples.take(session, "prom", number, [latency(now, value)], now + FIVE)
    kept = session.execute("select seen, value, n, is_floor, run_id, replaced from sample_revisions order by run_id")
    seen, replaced = now.replace(tzinfo=None), (now + FIVE).replace(tzinfo=None)
    assert kept == [(seen, 1.0, 10, False, 1, replaced), (seen, 2.0, 10, False, 2, replaced)]


def test_a_value_that_turns_out_to_be_a_floor_is_a_correction(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now)], now)
    assert samples.take(session, "prom", 2, [latency(now, is_floor=True)], now) == 1
    assert session.execute("select is_floor from samples union all select is_floor from sample_revisions") == [
        (True,), (False,)
    ]  # fmt: skip


def test_increases_that_a_corrected_reading_changes_leave_revisions_too(session: Session, now: datetime) -> None:
    for number, value in enumerate((1.0, 3.0)):
        reading = Sample("bot", "tokens", "counter", now + FIVE * number, value)
        samples.take(session, "scrape", number + 1, [reading], now)
    samples.take(session, "scrape", 3, [Sample("bot", "tokens", "counter", now + FIVE, 4.0)], now)
    kept = session.execute("select stat, value from sample_revisions join series using (series_id) order by stat")
    assert kept == [("counter", 3.0), ("sum", 2.0)]


def test_of_a_sample_repeated_in_one_answer_the_last_counts(session: Session, now: datetime) -> None:
    assert samples.take(session, "prom", 1, [latency(now, 1.0), latency(now, 7.0)], now) == 1
    assert [row[1] for row in stored(session)] == [7.0]


def test_a_late_row_does_not_become_the_latest(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, 1.0)], now)
    samples.take(session, "prom", 2, [latency(now - FIVE, 9.0)], now)
    assert session.execute("select value, seen from latest") == [(1.0, now.replace(tzinfo=None))]


def test_dimensions_in_another_order_are_the_same_series(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, dims={"a": "1", "b": "2"})], now)
    samples.take(session, "prom", 2, [latency(now - FIVE, dims={"b": "2", "a": "1"})], now)
    assert session.execute("select count(*) from series") == [(1,)]


@pytest.mark.parametrize(
    "other", [{"system": "x"}, {"metric": "x"}, {"stat": "p95"}, {"unit": "1"}, {"period": 60}, {"dims": {}}]
)
def test_samples_that_differ_in_what_they_say_are_series_of_their_own(
    session: Session, now: datetime, other: dict[str, Any]
) -> None:
    assert samples.take(session, "prom", 1, [latency(now), latency(now, **other)], now) == 2
    assert session.execute("select count(*) from series") == [(2,)]


def test_two_sources_of_one_metric_never_mix(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, 1.0)], now)
    samples.take(session, "mlflow", 2, [latency(now, 2.0)], now)
    assert session.execute("select source, value from sample_values order by all") == [("mlflow", 2.0), ("prom", 1.0)]


def test_a_value_over_a_period_belongs_to_the_hour_it_speaks_of(session: Session, now: datetime) -> None:
    samples.take(session, "prom", 1, [latency(now, period=3600), latency(now, period=0)], now)
    hours = session.execute("select period, bucket from rollup_1h join series using (series_id) order by period")
    assert [(period, bucket.hour) for period, bucket in hours] == [(0, 12), (3600, 11)]


def test_a_counter_gives_its_increases_and_starts_again_after_a_reset(session: Session, now: datetime) -> None:
    readings = [100.0, 150.0, 20.0, 50.0]
    counter = [
        Sample("bot", "tokens", "counter", now - FIVE * (3 - i), value, "{token}") for i, value in enumerate(readings)
    ]
    for number, reading in enumerate(counter):
        samples.take(session, "scrape", number + 1, [reading], now)
    assert [row[1] for row in stored(session, "stat = 'sum'")] == [50.0, 20.0, 30.0]
    samples.take(session, "scrape", 9, counter, now)
    assert [row[1] for row in stored(session, "stat = 'sum'")] == [50.0, 20.0, 30.0]


def test_counters_read_together_give_the_same_increases_as_one_by_one(session: Session, now: datetime) -> None:
    counter = [Sample("bot", "tokens", "counter", now - FIVE * (3 - i), 10.0 * i) for i in range(4)]
    samples.take(session, "scrape", 1, counter, now)
    assert [row[1] for row in stored(session, "stat = 'sum'")] == [10.0, 10.0, 10.0]


def test_raw_readings_have_no_rollup(session: Session, now: datetime) -> None:
    samples.take(session, "scrape", 1, [Sample("bot", "tokens", "counter", now, 5.0)], now)
    assert session.execute("select count(*) from rollup_1h") == [(0,)]


def histogram(now: datetime, counts: dict[str, float]) -> list[Sample]:
    return [
        Sample("bot", "latency", "bucket", now, count, "s", dims={"le": le, "model": "m"})
        for le, count in counts.items()
    ]


@pytest.mark.parametrize(
    ("counts", "p50", "p95", "is_floor"),
    [
        ({"0.5": 50, "1.0": 100, "+Inf": 100}, 0.5, 0.95, False),
        ({"0.5": 0, "1.0": 10, "+Inf": 100}, 1.0, 1.0, True),
        ({"0.5": 100, "1.0": 100, "+Inf": 100}, 0.25, 0.475, False),
    ],
)
def test_buckets_give_percentiles_as_prometheus_does(
    session: Session, now: datetime, counts: dict[str, float], p50: float, p95: float, *, is_floor: bool
) -> None:
    samples.take(session, "scrape", 1, histogram(now - FIVE, dict.fromkeys(counts, 0.0)), now)
    samples.take(session, "scrape", 2, histogram(now, counts), now)
    found = session.execute(
        "select stat, value, n, is_floor, dims from sample_values where stat in ('p50', 'p95') order by stat"
    )
    assert [row[1] for row in found] == pytest.approx([p50, p95])
    assert found[1][2:4] == (100, is_floor)
    assert found[0][4] == '{"model":"m"}'


def test_a_histogram_without_traffic_gives_no_percentile(session: Session, now: datetime) -> None:
    for moment in (now - FIVE, now):
        samples.take(session, "scrape", 1, histogram(moment, {"0.5": 10, "+Inf": 12}), now)
    assert session.execute("select count(*) from sample_values where stat = 'p50'") == [(0,)]


def test_nothing_is_nothing(session: Session, now: datetime) -> None:
    assert samples.take(session, "prom", 1, [], now) == 0


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.tuples(st.integers(0, 40), st.floats(-1e6, 1e6)), min_size=1, max_size=40),
    cut=st.integers(0, 40),
)
def test_splitting_a_batch_in_two_gives_the_same_store(
    now: datetime, values: list[tuple[int, float]], cut: int
) -> None:
    from pathlib import Path

    from store import schema

    found = [latency(now - FIVE * step, value) for step, value in dict(values).items()]
    kept = []
    for parts in ([found], [found[:cut], found[cut:]]):
        with open_file(Path(":memory:")) as opened:
            schema.migrate(opened, now)
            for number, part in enumerate(parts):
                samples.take(opened, "prom", number, part, now)
            kept.append(
                (
                    stored(opened),
                    opened.execute("select * exclude (series_id) from rollup_1h order by bucket"),
                    opened.execute("select value from latest"),
                )
            )
    assert kept[0][0] == kept[1][0]
    assert kept[0][2] == kept[1][2]
    for one, other in zip(kept[0][1], kept[1][1], strict=True):
        assert one[0] == other[0]
        assert one[2:6] == pytest.approx(other[2:6])
