"""When a source is due: the clock changes of the corpus, missed slots, and expressions nobody can mean."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.schedule import Schedule

_CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "cron_dst.jsonl"


def _lines() -> list[Any]:
    if not _CORPUS.exists():
        return [pytest.param({}, marks=pytest.mark.shared, id="corpus")]
    lines = [json.loads(line) for line in _CORPUS.read_text().splitlines()]
    return [
        pytest.param(line, marks=pytest.mark.shared, id=f"{line['cron']} {line['zone']} {line['start'][:10]}")
        for line in lines
    ]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _slots(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    slots = [schedule.next_slot(start)]
    while slots[-1] < end:
        slots.append(schedule.next_slot(slots[-1]))
    return slots[:-1]


def _expected(line: dict[str, Any]) -> list[datetime]:
    """Every minute whose wall clock matches; where hours are named, a wall clock that comes twice counts once."""
    zone = ZoneInfo(line["zone"])
    matches = [_utc(text) for text in line["wall_clock_matches"]]
    if line["cron"].split()[1] == "*":
        return matches
    first: dict[str, datetime] = {}
    for instant in matches:
        first.setdefault(f"{instant.astimezone(zone):%Y-%m-%d %H:%M}", instant)
    return list(first.values())


@pytest.mark.parametrize("line", _lines())
def test_slots_follow_the_wall_clock_through_every_clock_change(line: dict[str, Any]) -> None:
    schedule = Schedule.parse(line["cron"], line["zone"])
    start, end = _utc(line["start"]), _utc(line["end"])
    slots = _slots(schedule, start, end)
    expected = _expected(line)
    made_up = [slot for slot in slots if slot not in expected]
    assert [slot for slot in slots if slot in expected] == expected
    assert len(made_up) <= 1
    for slot in made_up:  # the clock jumped over the slot: it comes at the jump
        zone = ZoneInfo(line["zone"])
        before, after = ((slot + timedelta(seconds=side)).astimezone(zone).utcoffset() for side in (-1, 0))
        assert before is not None
        assert after is not None
        assert after > before


@pytest.mark.parametrize("line", _lines())
def test_looking_back_finds_the_same_slots_as_looking_forward(line: dict[str, Any]) -> None:
    schedule = Schedule.parse(line["cron"], line["zone"])
    start, end = _utc(line["start"]), _utc(line["end"])
    for slot in _slots(schedule, start, end)[::7]:
        assert schedule.last_slot(slot) == slot
        assert schedule.next_slot(slot - timedelta(microseconds=1)) == slot
        assert schedule.last_slot(slot + timedelta(seconds=59)) == slot


def test_the_doubled_hour_of_autumn_runs_a_nightly_source_once() -> None:
    schedule = Schedule.parse("30 2 * * *", "Europe/Berlin")
    slots = _slots(schedule, _utc("2026-10-24T12:00Z"), _utc("2026-10-26T12:00Z"))
    assert slots == [_utc("2026-10-25T00:30Z"), _utc("2026-10-26T01:30Z")]
    assert schedule.last_slot(_utc("2026-10-25T01:45Z")) == _utc("2026-10-25T00:30Z")


def test_the_doubled_hour_of_autumn_is_watched_throughout() -> None:
    slots = _slots(
        Schedule.parse("*/15 * * * *", "Europe/Berlin"), _utc("2026-10-24T23:59Z"), _utc("2026-10-25T02:00Z")
    )
    assert len(slots) == 8


def test_a_slot_that_spring_leaves_out_comes_at_the_jump() -> None:
    schedule = Schedule.parse("30 2 * * *", "Europe/Berlin")
    assert schedule.next_slot(_utc("2026-03-28T12:00Z")) == _utc("2026-03-29T01:00Z")


def test_a_source_that_never_ran_is_due() -> None:
    assert Schedule.parse("0 6 * * *").due(None, _utc("2026-11-23T10:00Z")) == _utc("2026-11-23T06:00Z")


def test_a_slot_is_run_once() -> None:
    schedule = Schedule.parse("*/15 * * * *")
    slot = _utc("2026-11-23T10:00Z")
    assert schedule.due(slot, slot) is None
    assert schedule.due(slot, slot + timedelta(minutes=14, seconds=59)) is None
    assert schedule.due(slot, slot + timedelta(minutes=15)) == slot + timedelta(minutes=15)


def test_missed_slots_are_one_catch_up() -> None:
    schedule = Schedule.parse("*/15 * * * *")
    newest = _utc("2026-11-23T10:00Z")
    due = schedule.due(newest - timedelta(days=9), newest + timedelta(minutes=3))
    assert due == newest
    assert schedule.due(due, newest + timedelta(minutes=3)) is None


@given(
    st.sampled_from(["*/5 * * * *", "0 * * * *", "17 3 * * 1-5", "0 0 1 * *", "@weekly", "0 12 29 2 *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_no_slot_lies_between_the_last_and_the_next(expression: str, zone: str, naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    schedule = Schedule.parse(expression, zone)
    last, following = schedule.last_slot(now), schedule.next_slot(now)
    assert last <= now < following
    assert schedule.next_slot(last) == following


@pytest.mark.parametrize(
    "expression",
    [
        "*/15 * * * *",
        "@hourly",
        "@daily",
        "@weekly",
        "@monthly",
        "@yearly",
        "0 6 * * MON-FRI",
        "0 6 1,15 jan-jun *",
        "0 6 l * *",
        "0 6 * * mon#2",
        "0 6 15w * *",
        "0 6 * * l5",
    ],
)
def test_what_people_write_is_understood(expression: str) -> None:
    assert Schedule.parse(expression).next_slot(_utc("2026-11-23T10:00Z")).tzinfo is UTC


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("0 0 1 1 * 0 2020", "five fields"),
        ("@reboot", "five fields"),
        ("at 6 o'clock", "five fields"),
        ("R * * * *", "the minute is not readable"),
        ("0 H * * *", "the hour is not readable"),
        ("0 0 * * foo", "the weekday is not readable"),
        ("\N{ARABIC-INDIC DIGIT ZERO} 0 * * *", "the minute is not readable"),
        ("61 * * * *", "out of range"),
        ("0 24 * * *", "out of range"),
        ("*/0 * * * *", "step '0'"),
        ("*/90 * * * *", "steps of at most 59 in the minute"),
        ("0 */24 * * *", "steps of at most 23 in the hour"),
        ("0 0 30 2 *", r"Day\(s\) \[30\] can never occur"),
        ("0 0 31 4,6 *", "can never occur"),
        ("0 0 1-5 * mon#3", "which never does"),
        ("0 0 * * mon#9", "expected a cron expression"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(expression: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Schedule.parse(expression)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "a\0b", "Europe"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone such as Europe/Berlin"):
        Schedule.parse("* * * * *", zone)
