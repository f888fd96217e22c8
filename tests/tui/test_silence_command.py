"""``llmops-tui silence``: what is silenced is written in one's own name, stored by the next collection, and can be ended."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.accounts import own_name
from store.records import Sample
from tests.tui.headless_store import Headless, made, well
from tui.cli import main
from tui.commands.silence import lines
from tui.silencing import ending

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    found = made(tmp_path)
    found.only("bot")
    found.collected(*well(found.now, 5.0))
    return found


def run(headless: Headless, *words: str) -> int:
    return main([*headless.arguments, "silence", *words])


def add(headless: Headless, *words: str) -> int:
    return run(headless, "add", *words, "--reason", "the vendor is on it")


def listed(headless: Headless, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(headless, "list", "--json", *words) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_a_silenced_system_is_a_warning_until_the_silence_ends(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:

    me = own_name()
    assert main([*headless.arguments, "status"]) == 2
    assert add(headless, "--system", "bot", "--for", "4h") == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert "silenced system:bot until" in said
    assert said.endswith(f"as {me}; the next collection stores it, 'llmops-tui ingest' at once")
    assert [row["state"] for row in listed(headless, capsys)] == ["pending"]
    assert main([*headless.arguments, "ingest"]) == 0
    assert main([*headless.arguments, "status"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("warning  bot  [FM7] latency 5 s over 4 s since")
    assert "; silenced until " in shown.splitlines()[0]
    assert "1 breach (1 silenced); " in shown
    (row,) = listed(headless, capsys)
    assert (row["state"], row["covers"], row["by"]) == ("in force", "system:bot", me)
    assert main([*headless.arguments, "show", "bot"]) == 0
    assert "  open, silenced  slow  " in (page := capsys.readouterr().out)
    assert f"by {me}: the vendor is on it)" in page
    assert run(headless, "end", str(row["silence_id"])[:8]) == 0
    assert "ended as" in capsys.readouterr().out
    assert [row["state"] for row in listed(headless, capsys)] == ["ending"]
    assert main([*headless.arguments, "ingest"]) == 0
    assert main([*headless.arguments, "status"]) == 2
    assert listed(headless, capsys) == []
    assert [row["ended_by"] for row in listed(headless, capsys, "--all")] == [me]


@pytest.mark.parametrize(
    ("words", "covers"),
    [
        (("--system", "bot", "--rule", "slow"), "rule:bot/slow"),
        (("--system", "bot", "--mode", "FM7"), "mode:bot/FM7"),
        (("--system", "bot"), "system:bot"),
    ],
)
def test_a_rule_or_a_failure_mode_can_be_silenced_until_a_time(
    headless: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], covers: str
) -> None:
    until = headless.now + timedelta(days=2)
    assert add(headless, *words, "--until", until.isoformat()) == 0
    (row,) = listed(headless, capsys)
    assert (row["covers"], row["until"], row["reason"]) == (
        covers, until.isoformat().replace("+00:00", "Z"), "the vendor is on it"
    )  # fmt: skip


def test_one_breach_is_silenced_by_the_beginning_of_its_id(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*headless.arguments, "export", "breaches"])
    (breach,) = json.loads(capsys.readouterr().out)
    assert breach["silenced_by"] == ""
    assert add(headless, "--breach", breach["breach_id"][:6], "--for", "2d") == 0
    assert [row["covers"] for row in listed(headless, capsys)] == [f"breach:{breach['breach_id']}"]
    main([*headless.arguments, "ingest"])
    capsys.readouterr()
    main([*headless.arguments, "export", "breaches"])
    (breach,) = json.loads(capsys.readouterr().out)
    assert (breach["state"], breach["silence_reason"]) == ("open", "the vendor is on it")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--system", "bit", "--for", "4h"), "bit: no such system; did you mean 'bot'?"),
        (("--system", "bot", "--rule", "slwo", "--for", "4h"), "no rule of bot has this name; did you mean 'slow'?"),
        (("--system", "bot", "--mode", "FM9", "--for", "4h"), "no such failure mode; did you mean 'FM"),
        (("--breach", "0x", "--for", "4h"), "0x: no breach has this id; 'llmops-tui export breaches' lists them"),
        (("--breach", "", "--for", "4h"), "no breach has this id"),
        (("--breach", "0", "--rule", "slow", "--for", "4h"), "--rule and --mode go with --system"),
        (("--system", "bot", "--for", "4"), "--for 4: expected a length of time"),
        (("--system", "bot", "--for", "31d"), "--for 31d: expected at most 30d, found '31d'"),
        (("--system", "bot", "--until", "tomorrow"), "--until tomorrow: expected a time such as"),
        (("--system", "bot", "--until", "2020-01-01"), "expected a time within the next 30 days"),
        (("--system", "bot", "--until", "0001-01-01T00:00+14:00"), "expected a time such as"),
    ],
)
def test_what_cannot_be_silenced_says_why(
    headless: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert add(headless, *words) == 65
    assert said in capsys.readouterr().err
    assert listed(headless, capsys, "--all") == []


def test_a_silence_needs_words(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(headless, "add", "--system", "bot", "--until", "2026-11-24", "--reason", " ") == 65
    assert "--reason: expected words, found none" in capsys.readouterr().err
    assert run(headless, "add", "--system", "bot", "--for", "4h") == 64
    assert run(headless, "add", "--for", "4h", "--reason", "x") == 64
    assert run(headless, "add", "--system", "bot", "--reason", "x") == 64


def test_only_one_silence_that_holds_can_be_ended(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(17):
        add(headless, "--system", "bot", "--for", "4h")
    capsys.readouterr()
    first = [str(row["silence_id"])[0] for row in listed(headless, capsys)]
    common = max(first, key=first.count)
    assert run(headless, "end", common) == 65
    assert "ids begin so; write more of it" in capsys.readouterr().err
    assert run(headless, "end", "none") == 65
    assert "none: no silence that holds has this id; 'llmops-tui silence list' lists them" in capsys.readouterr().err


def test_the_list_is_one_line_a_silence(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(headless, "list") == 0
    assert capsys.readouterr().out == "nothing is silenced\n"
    add(headless, "--system", "bot", "--for", "4h")
    (row,) = listed(headless, capsys)
    run(headless, "list")
    line = capsys.readouterr().out
    assert line.startswith(f"{str(row['silence_id'])[:12]}  pending     system:bot  until ")
    assert line.endswith(": the vendor is on it\n")
    run(headless, "end", str(row["silence_id"]))
    capsys.readouterr()
    run(headless, "list")
    assert "(ended by " in capsys.readouterr().out
    assert lines([]) == ["nothing is silenced"]


def test_a_new_breach_of_a_silenced_system_opens_silenced(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    add(headless, "--system", "bot", "--for", "4h")
    later = headless.now + timedelta(seconds=1)
    headless.collected(Sample("bot", "latency", "p95", later, 9.0, "s", 50, 3600))
    capsys.readouterr()
    main([*headless.arguments, "status", "--json"])
    assert json.loads(capsys.readouterr().out)["summary"]["silenced"] == 1


@pytest.mark.parametrize("text", ["2026-11-24", "2026-11-24T00:00", "2026-11-24T01:00+01:00"])
def test_a_time_without_a_zone_is_utc(text: str) -> None:
    assert ending(text, NOW) == datetime(2026, 11, 24, tzinfo=UTC)
