"""Planned work is declared once: what it reaches, when it is, and what it silences while it lasts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.settings import Maintenance, System
from store.errors import ConfigError
from store.values import Duration
from tests.tui.headless_store import Headless, made, well
from tui.cli import main
from tui.maintenance import under_way
from tui.settings import load

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SYSTEMS = (System("bot", "Ada", tier=1), System("desk", "Ada", tier=2), System("lab", "Ada", tier=3))
ONCE = 'systems = ["bot"]\nstart = 2026-11-23T12:00:00+01:00\nend = 2026-11-23T14:00:00+01:00\n'
WEEKLY = 'systems = ["bot"]\nschedule = "0 2 * * 1"\nduration = "2h"\n'


def reached(each: Maintenance, now: datetime = NOW) -> list[str]:
    return [name for window in under_way([each], SYSTEMS, now) for name in sorted(window.systems)]


def declared(tmp_path: Path, lines: str, name: str = 'name = "work"\nreason = "upgrade"\n') -> tuple[Maintenance, ...]:
    path = made(tmp_path).path
    path.write_text(f"{path.read_text()}\n[[maintenance]]\n{name}{lines}")
    return load(path, {}).maintenance


@pytest.mark.parametrize(
    ("at", "is_under_way"),
    [
        (NOW - timedelta(seconds=1), False),
        (NOW, True),
        (NOW + HOUR - timedelta(seconds=1), True),
        (NOW + HOUR, False),
    ],
)
def test_work_lasts_from_its_start_until_before_its_end(at: datetime, *, is_under_way: bool) -> None:
    assert reached(Maintenance("work", "x", ("bot",), (), NOW, NOW + HOUR), at) == (["bot"] if is_under_way else [])


@pytest.mark.parametrize(
    ("timezone", "at", "is_under_way"),
    [
        ("UTC", "2026-11-23T02:00+00:00", True),
        ("UTC", "2026-11-23T03:59+00:00", True),
        ("UTC", "2026-11-23T04:00+00:00", False),
        ("UTC", "2026-11-24T02:30+00:00", False),
        ("Europe/Berlin", "2026-11-23T01:30+00:00", True),
        ("Europe/Berlin", "2026-11-23T03:30+00:00", False),
    ],
)
def test_work_on_a_schedule_begins_at_each_slot_in_its_zone(timezone: str, at: str, *, is_under_way: bool) -> None:
    work = Maintenance("work", "x", ("bot",), schedule="0 2 * * 1", timezone=timezone, duration=Duration(7200))
    assert reached(work, datetime.fromisoformat(at)) == (["bot"] if is_under_way else [])


def test_work_reaches_systems_by_name_and_by_tier() -> None:
    work = Maintenance("work", "x", ("bot",), (3,), NOW, NOW + HOUR)
    assert reached(work) == ["bot", "lab"]


def test_both_ways_of_saying_when_are_read(tmp_path: Path) -> None:
    (once,) = declared(tmp_path, ONCE)
    assert (once.start, once.end) == (NOW - HOUR, NOW + HOUR)
    assert reached(once) == ["bot"]
    (weekly,) = declared(tmp_path, WEEKLY + 'timezone = "Europe/Berlin"\n')
    assert (weekly.schedule, weekly.timezone, weekly.duration) == ("0 2 * * 1", "Europe/Berlin", Duration(7200))


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        (ONCE.replace('"bot"', '"bit"'), "systems[0]", "no system is named 'bit'; did you mean 'bot'?"),
        (ONCE.replace('systems = ["bot"]', ""), "systems", "missing; expected systems or tiers"),
        (ONCE.replace('systems = ["bot"]', "tiers = [4]"), "tiers[0]", "expected 1, 2 or 3, found 4"),
        (ONCE.replace("end =", "ends ="), "ends", "unknown key; did you mean 'end'?"),
        (ONCE.replace("+01:00", ""), "start", "expected a time with its offset such as 2026-01-31T08:00:00Z"),
        ('systems = ["bot"]\nstart = "2026-11-23T12:00:00Z"\n', "start", "remove the quotes"),
        ('systems = ["bot"]\n', "start", "missing; expected either start and end, or schedule and duration"),
        ('systems = ["bot"]\nstart = 2026-11-23T12:00:00Z\n', "end", "missing; expected either start and end"),
        (ONCE.replace("14:00:00", "12:00:00"), "end", "expected a time after the start, 2026-11-23T11:00:00+00:00"),
        (ONCE.replace("end = 2026-11", "end = 2027-11"), "end", "expected at most 30 days"),
        (ONCE + 'duration = "1h"\n', "duration", "is only used with schedule"),
        (ONCE + 'timezone = "Europe/Berlin"\n', "timezone", "start and end say their offset themselves"),
        (WEEKLY + "start = 2026-11-23T12:00:00Z\n", "start", "does not go with schedule"),
        (WEEKLY.replace('duration = "2h"', ""), "duration", "missing; expected how long it lasts"),
        (WEEKLY.replace("2h", "31d"), "duration", "expected at most 30 days"),
        (WEEKLY.replace("2h", "0h"), "duration", "and more than 0; found 0s"),
        (WEEKLY.replace("0 2 * * 1", "0 2 * *"), "schedule", "expected five fields"),
        (WEEKLY.replace("0 2 * * 1", "0 0 30 2 *"), "schedule", "can never occur"),
        (WEEKLY + 'timezone = "Europe/Berln"\n', "timezone", "did you mean 'Europe/Berlin'?"),
    ],
)
def test_wrong_planned_work_names_the_place_and_the_remedy(tmp_path: Path, lines: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        declared(tmp_path, lines)
    assert any(
        mistake.startswith(f"maintenance[0].{place} (line ") and words in mistake for mistake in caught.value.mistakes
    ), caught.value.mistakes


def test_names_and_reasons_of_planned_work_are_needed_and_names_are_identities(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        declared(tmp_path, ONCE, 'name = "a b"\nreason = " "\n')
    assert [mistake.partition(" (")[0] for mistake in caught.value.mistakes] == [
        "maintenance[0].name",
        "maintenance[0].reason",
    ]
    twice = f'name = "work"\nreason = "x"\n{ONCE}[[maintenance]]\nname = "work"\nreason = "x"\n'
    with pytest.raises(ConfigError, match=r"maintenance\[1\].name .*duplicate name 'work'"):
        declared(tmp_path, ONCE, twice)


def test_an_unknown_section_near_it_is_recognised(tmp_path: Path) -> None:
    path = made(tmp_path).path
    path.write_text(f"{path.read_text()}\n[[maintenence]]\n")
    with pytest.raises(ConfigError, match="unknown section; did you mean 'maintenance'"):
        load(path, {})


def test_what_starts_to_fail_during_planned_work_is_silenced_until_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headless: Headless = made(tmp_path)
    headless.only("bot")
    begins, ends = headless.now - timedelta(minutes=10), headless.now + timedelta(minutes=50)
    lines = (
        f'[[maintenance]]\nname = "upgrade"\nreason = "new gateway"\ntiers = [1]\nstart = {begins.isoformat()}\nend = '
    )
    text = headless.path.read_text()
    headless.path.write_text(f"{text}\n{lines}{ends.isoformat()}\n")
    headless.collected(*well(headless.now, 5.0))
    assert main([*headless.arguments, "status"]) == 1
    assert "; silenced until " in capsys.readouterr().out
    main([*headless.arguments, "show", "bot"])
    assert "by maintenance upgrade: new gateway)" in capsys.readouterr().out
    assert main([*headless.arguments, "silence", "list"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("              planned     systems: bot  until ")
    assert shown.endswith(" by maintenance upgrade: new gateway\n")
    headless.path.write_text(f"{text}\n{lines}{headless.now.isoformat()}\n")
    headless.collected()
    assert main([*headless.arguments, "status"]) == 2
    capsys.readouterr()
    main([*headless.arguments, "silence", "list", "--json"])
    assert json.loads(capsys.readouterr().out) == []
