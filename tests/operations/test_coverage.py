"""Which failures would be noticed: cells with what became of them, the worst first, and the budget of false alarms."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from operations.coverage import coverage
from operations.coverage_rows import CellRow, Coverage
from operations.detecting import detect
from operations.detection import LEAST, Settings, expected
from operations.findings import identity
from operations.given import KNOWN
from operations.modes import MODES
from operations.portfolio import summary
from operations.settings import System
from store import judgements
from store.detection_records import Cell, EpisodeState, Sight
from store.judgements import Detected
from store.records import Breach, Event
from tests.operations.stores import NOW, Store, score, source

DAY = timedelta(days=1)
BOT = System("bot", "Ada", title="Support bot", tier=1)
DESK = System("desk", "Bob", tier=2)
WEB = System("web", "Bob", tier=3)
DETECTOR = Breach(
    identity("bot", "FM1", date(2026, 11, 20)), "bot", "detector:FM1", "monitoring", "model_id", "warning", "open",
    "above", NOW - 3 * DAY, NOW, NOW - 2 * DAY, mode="FM1",
)  # fmt: skip


def cell(system: str = "bot", mode: str = "FM1", state: Sight = "armed") -> Cell:
    return Cell(system, mode, state, f"why {mode}", f"remedy {mode}", "model_id", date(2026, 11, 22), NOW)


def kept(store: Store, cells: Sequence[Cell], **found: object) -> None:
    """Store what detectors found of three systems, as a collection does."""
    store.described([BOT, DESK, WEB], [source()])
    judgements.keep_detected(store.session, replace(Detected(cells), **found))  # type: ignore[arg-type]  # of Detected
    store.refreshed()


def of(store: Store, system: str = "bot", mode: str = "FM1") -> CellRow:
    found = coverage(store.session, NOW)
    return next(each for row in found.rows for each in row.cells if (each.system, each.mode) == (system, mode))


def places(found: Coverage) -> list[tuple[str, str]]:
    return [(each.system, each.mode) for each in found.worst]


def test_a_cell_carries_who_answers_why_and_what_would_help(store: Store) -> None:
    kept(store, [cell(state="degraded")])
    row = coverage(store.session, NOW).rows[0]
    assert (row.system, row.title, row.owner, row.tier) == ("bot", "Support bot", "Ada", 1)
    each = row.cells[0]
    assert (each.state, each.reason, each.remedy, each.signals) == ("degraded", "why FM1", "remedy FM1", "model_id")
    assert (each.newest, each.judged) == (date(2026, 11, 22), NOW)
    assert (each.severity, each.last_fired, each.last_tested) == (None, None, None)


def test_cells_are_counted_and_the_system_with_most_trouble_comes_first(store: Store) -> None:
    kept(
        store,
        [
            cell("bot", "FM1"), cell("bot", "FM2", "degraded"), cell("desk", "FM1", "blind"), cell("desk", "FM2"),
            cell("web", "FM1", "blind"), cell("web", "FM2", "degraded"),
        ],
    )  # fmt: skip
    found = coverage(store.session, NOW)
    assert (found.cells, found.armed, found.degraded, found.blind) == (6, 2, 2, 2)
    assert [row.system for row in found.rows] == ["web", "desk", "bot"]
    assert [each.mode for each in found.rows[0].cells] == ["FM1", "FM2"]


def test_the_worst_are_of_the_lowest_tier_blind_before_degraded_and_gates_before_others(store: Store) -> None:
    kept(
        store,
        [
            *(cell("web", each.mode, "blind") for each in MODES),
            cell("desk", "FM1", "blind"),
            cell("bot", "FM1", "degraded"), cell("bot", "FM2", "blind"), cell("bot", "FM7", "blind"), cell("bot", "FM8"),
        ],
    )  # fmt: skip
    found = coverage(store.session, NOW)
    assert places(found) == [("bot", "FM7"), ("bot", "FM2"), ("bot", "FM1"), ("desk", "FM1"), ("web", "FM1")]


@pytest.mark.parametrize("gate", ["FM1", "FM3", "FM6", "FM7"])
def test_every_gate_of_tier_one_comes_before_a_mode_that_is_none(store: Store, gate: str) -> None:
    kept(store, [cell("bot", mode, "blind") for mode in ("FM2", "FM4", "FM5", "FM8", gate)])
    assert places(coverage(store.session, NOW))[0] == ("bot", gate)


def test_an_open_breach_shows_its_severity_and_when_it_fired(store: Store) -> None:
    kept(store, [cell(), cell(mode="FM2")], breaches=[DETECTOR])
    assert (of(store).severity, of(store).last_fired) == ("warning", NOW - 2 * DAY)
    assert (of(store, mode="FM2").severity, of(store, mode="FM2").last_fired) == (None, None)
    assert coverage(store.session, NOW).rows[0].last_fired == NOW - 2 * DAY


def test_a_breach_that_closed_leaves_when_it_last_fired(store: Store) -> None:
    older = replace(DETECTOR, breach_id="older", opened=NOW - 9 * DAY)
    closed = [replace(each, state="closed", closed=NOW - DAY) for each in (DETECTOR, older)]
    kept(store, [cell()], breaches=closed)
    assert (of(store).severity, of(store).last_fired) == (None, NOW - 2 * DAY)


def test_a_rule_of_the_mode_burns_but_is_no_firing_of_its_detector(store: Store) -> None:
    kept(store, [cell()], breaches=[replace(DETECTOR, rule="latency", severity="critical")])
    assert (of(store).severity, of(store).last_fired) == ("critical", None)


def test_a_symptom_burns_and_fired_with_the_breach_of_its_cause(store: Store) -> None:
    day = date(2026, 11, 21)
    episodes = [EpisodeState("bot", mode, day, None, day, 0, "FM1", "") for mode in ("FM1", "FM3")]
    kept(store, [cell(), cell(mode="FM3"), cell(mode="FM4")], breaches=[DETECTOR], episodes=episodes)
    fired = NOW.replace(hour=0) - DAY
    assert (of(store, mode="FM3").severity, of(store, mode="FM3").last_fired) == ("warning", fired)
    assert (of(store, mode="FM4").severity, of(store, mode="FM4").last_fired) == (None, None)


def test_a_system_was_tested_when_it_was_last_replayed(store: Store) -> None:
    kept(store, [cell(), cell("desk")])
    first = Event("a", "replay", "bot", "FM1", "ada", 1, 1, NOW - 3 * DAY)
    others = [replace(first, event_id="b", written=NOW - DAY), replace(first, event_id="c", kind="note", written=NOW)]
    store.session.append(Event.TABLE, [first, *others])
    assert of(store).last_tested == NOW - DAY
    assert of(store, "desk").last_tested is None


def test_one_system_alone_is_counted_alone(store: Store) -> None:
    kept(store, [cell(), cell("desk", state="blind")])
    found = coverage(store.session, NOW, "desk")
    assert ([row.system for row in found.rows], found.cells, found.blind) == (["desk"], 1, 1)


def test_a_judging_leaves_the_limit_the_series_and_the_false_alarms_to_expect(store: Store) -> None:
    store.described([BOT, DESK], [source()])
    store.collected(*(score(0.9, DAY * ago, scorer="correctness", n=100, passes=90) for ago in range(40, 0, -1)))
    judgements.keep_detected(store.session, detect(store.session, [BOT, DESK], KNOWN, Settings(), NOW))
    found = coverage(store.session, NOW)
    assert (found.cells, found.blind > 0) == (16, True)
    assert found.series == 1
    assert found.limit == LEAST
    assert found.alarms_per_week == expected(1, LEAST)


def test_before_the_first_judging_no_budget_is_known(store: Store) -> None:
    found = coverage(store.session, NOW)
    assert (found.rows, found.cells, found.worst) == ((), 0, ())
    assert (found.limit, found.series, found.alarms_per_week) == (None, None, None)


@pytest.mark.parametrize(("age", "armed"), [(3 * DAY, 1), (3 * DAY + timedelta(seconds=1), 0)])
def test_cells_that_no_detector_looked_at_for_days_are_blind(store: Store, age: timedelta, armed: int) -> None:
    store.collected(now=NOW - timedelta(seconds=2))
    kept(store, [cell()])
    found = coverage(store.session, NOW + age)
    assert (found.armed, found.blind) == (armed, 1 - armed)
    told = summary(store.session, NOW + age)
    assert (told.armed_cells, told.blind_cells) == (armed, 1 - armed)


def test_a_cell_that_nobody_judged_says_so_and_what_to_run(store: Store) -> None:
    kept(store, [cell()])
    each = coverage(store.session, NOW + 10 * DAY).worst[0]
    assert (each.state, each.reason, each.remedy) == ("blind", "not judged for 10d", "run 'llmops-tui collect'")


def test_the_summary_of_the_portfolio_counts_the_cells(store: Store) -> None:
    store.collected()
    kept(
        store, [cell(), cell(mode="FM2", state="degraded"), cell(mode="FM3", state="blind"), cell("web", state="blind")]
    )
    found = summary(store.session, NOW)
    assert (found.armed_cells, found.degraded_cells, found.blind_cells, found.cells) == (1, 1, 2, 4)


def test_what_operators_said_last_of_each_alarm_is_counted(store: Store) -> None:
    alarms = [
        replace(DETECTOR, breach_id=name, system=name, opened=NOW - ago * DAY)
        for name, ago in zip("abcde", (1, 2, 3, 4, 120), strict=True)
    ]
    kept(store, [cell()], breaches=alarms)
    said = (
        ("a", "false", 2),
        ("a", "true", 1),
        ("b", "false", 1),
        ("c", "useless", 1),
        ("e", "false", 1),
        ("other", "true", 1),
    )
    store.session.append(
        "events",
        [
            Event(f"{subject}{place}", "verdict", subject, verdict, "ada", 1, 1, NOW - timedelta(hours=ago))
            for place, (subject, verdict, ago) in enumerate(said)
        ],
    )
    told = coverage(store.session, NOW).told
    assert (told.alarms, told.true, told.false, told.useless) == (4, 1, 1, 1)
