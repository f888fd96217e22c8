"""Rules that never fire and rules that always do are both to be tuned anew."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from operations.rule_quality import DAYS, RuleQuality, quality
from operations.rules import Rule
from operations.settings import System, Threshold
from store.records import Breach, Record, Sample
from tests.operations.stores import NOW, Store, charge, score

DAY = timedelta(days=1)
RULE = Threshold("slow", "latency", "above", 2.0, owner="Ada", rationale="people leave")


def daily(days: int, end: datetime = NOW) -> list[Sample]:
    """Give one sample a day."""
    return [Sample("bot", "latency", "avg", end - place * DAY, 1.0, period=3600) for place in range(days)]


def breach(store: Store, since: datetime, closed: datetime | None, rule: str = "slow", *, is_open: bool = True) -> None:
    """Record a breach."""
    made = Breach(
        f"{rule}{since}", "bot", rule, "monitoring", "latency", "warning", "closed" if closed else "open", "above",
        since, closed or NOW, since if is_open else None, closed,
    )  # fmt: skip
    store.session.append("breaches", [made])


def judged(store: Store, bot: System, *thresholds: Threshold) -> tuple[RuleQuality, ...]:
    return quality(store.session, [Rule(bot, threshold) for threshold in thresholds or (RULE,)], NOW)


@pytest.mark.parametrize(("days", "flaws"), [(DAYS, ("never fired",)), (DAYS + 20, ("never fired",)), (DAYS - 1, ())])
def test_a_rule_that_never_fired_in_180_days_with_data_is_marked(
    store: Store, bot: System, days: int, flaws: tuple[str, ...]
) -> None:
    store.collected(*daily(days))
    (row,) = judged(store, bot)
    assert (row.flaws, row.days, row.fired, row.last_fired, row.share_of_days) == (flaws, min(days, DAYS), 0, None, 0.0)


def test_a_rule_whose_data_stopped_long_ago_has_no_days(store: Store, bot: System) -> None:
    store.collected(*daily(30, NOW - 200 * DAY))
    (row,) = judged(store, bot)
    assert (row.flaws, row.days, row.share_of_days) == ((), 0, None)


def test_a_rule_that_fired_once_is_not_marked_and_says_when(store: Store, bot: System) -> None:
    store.collected(*daily(200))
    breach(store, NOW - 3 * DAY, NOW - 2 * DAY)
    breach(store, NOW - 190 * DAY, NOW - 189 * DAY)
    breach(store, NOW - DAY, None, is_open=False)
    (row,) = judged(store, bot)
    assert (row.flaws, row.fired, row.last_fired, row.days_in_breach) == ((), 1, NOW - 3 * DAY, 2)
    assert row.share_of_days == 2 / 180


@pytest.mark.parametrize(("lasted", "flaws"), [(2, ()), (3, ("too often",))])
def test_a_rule_in_breach_on_more_than_a_fifth_of_its_days_is_marked(
    store: Store, bot: System, lasted: int, flaws: tuple[str, ...]
) -> None:
    store.collected(*daily(10))
    breach(store, NOW - (lasted - 1) * DAY, None)
    (row,) = judged(store, bot)
    assert (row.flaws, row.days, row.days_in_breach) == (flaws, 10, lasted)


def test_within_the_first_week_nobody_can_say_that_a_rule_fires_too_often(store: Store, bot: System) -> None:
    store.collected(*daily(6))
    breach(store, NOW - 5 * DAY, None)
    assert judged(store, bot)[0].flaws == ()
    store.collected(*daily(7))
    assert judged(store, bot)[0].flaws == ("too often",)


def test_a_breach_that_began_before_the_period_fills_it_and_no_more(store: Store, bot: System) -> None:
    store.collected(*daily(200))
    breach(store, NOW - 300 * DAY, None)
    (row,) = judged(store, bot)
    assert (row.days_in_breach, row.share_of_days, row.fired) == (180, 1.0, 0)
    assert row.flaws == ("too often",)


@pytest.mark.parametrize(
    ("change", "flaws"),
    [
        ({"owner": ""}, ("no owner",)),
        ({"rationale": ""}, ("no rationale",)),
        ({"review_by": NOW.date() - DAY}, ("review overdue",)),
        ({"review_by": NOW.date()}, ()),
        ({"owner": "", "rationale": "", "review_by": date(2020, 1, 1)}, ("no owner", "no rationale", "review overdue")),
    ],
)
def test_what_a_declaration_leaves_out_is_named(
    store: Store, bot: System, change: dict[str, object], flaws: tuple[str, ...]
) -> None:
    assert judged(store, bot, replace(RULE, **change))[0].flaws == flaws  # type: ignore[arg-type]  # of Threshold


@pytest.mark.parametrize(
    ("metric", "record"),
    [
        ("evaluation:golden/quality", score(0.9, ago=179 * DAY)),
        ("evaluation:quality", score(0.9, ago=179 * DAY)),
        ("cost", charge(NOW - 179 * DAY, "5")),
    ],
)
def test_scores_and_charges_are_data_too(store: Store, bot: System, metric: str, record: Record) -> None:
    store.collected(record)
    (row,) = judged(store, bot, replace(RULE, metric=metric))
    assert (row.days, row.flaws) == (180, ("never fired",))


def test_rules_to_be_tuned_come_first_and_of_others_those_most_in_breach(store: Store, bot: System) -> None:
    store.collected(*daily(100))
    breach(store, NOW - DAY, None, "b")
    breach(store, NOW - 50 * DAY, None, "d")
    rows = judged(store, bot, *(replace(RULE, name=name) for name in "abcd"))
    assert [row.rule for row in rows] == ["d", "b", "a", "c"]
