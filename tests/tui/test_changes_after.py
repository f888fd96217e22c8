"""``llmops-tui changes``: what became of a change after it was applied, and what nobody recorded."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store.records import Change, Sample
from tests.tui.headless_store import Headless, made, well
from tui.cli import main

DAY = timedelta(days=1)


def moved(found: Headless) -> list[Sample]:
    """Say that another model answers since four days."""
    today = found.now.replace(hour=0, minute=0, second=0)
    first = Sample("bot", "llmops.model.response_share", "ratio", today, 1.0, n=100, period=86_400)
    return [
        replace(first, seen=today - ago * DAY, dims={"gen_ai.response.model": "m-\x1b[31m2" if ago < 9 else "m-1"})
        for ago in range(24)
    ]


def hours(found: Headless, share: float, since: int, until: int) -> list[Sample]:
    end = found.now.replace(minute=0, second=0)
    first = Sample("bot", "llmops.truncated_ratio", "ratio", end, share, n=100, period=3_600)
    return [replace(first, seen=end - timedelta(hours=ago)) for ago in range(until, since)]


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    found = made(tmp_path)
    applied = Change(
        "bot", "7", "guardrail", "Shorter", "applied", "eve", found.now.replace(minute=0, second=0) - 2 * DAY, "12", "13",
        "h" * 64, "be brief",
    )  # fmt: skip
    found.collected(
        *well(found.now), *moved(found), applied, *hours(found, 0.01, 30 * 24, 48), *hours(found, 0.3, 48, 0)
    )
    return found


def run(headless: Headless, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main([*headless.arguments, "changes", *words]) == 0
    return capsys.readouterr().out


def test_what_nobody_recorded_is_listed_first_and_alone_when_asked(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(headless, capsys, "list").splitlines()[0]
    assert "unrecorded" in first
    assert "the model that answers: m-1 -> m-" in first
    assert "\x1b" not in first
    (found,) = json.loads(run(headless, capsys, "list", "--unrecorded", "--json"))
    assert (found["state"], found["system"], found["from_ref"], found["to_ref"]) == (
        "unrecorded",
        "bot",
        "m-1",
        "m-\x1b[31m2",
    )
    assert (
        found["needed"]
        == "to be recorded; might know: eve (wrote Shorter); bob (wrote Shorter answers); Ada (owner of bot)"
    )
    page = run(headless, capsys, "show", found["change_id"])
    for words in ("unrecorded: model for bot", "record it: llmops-tui changes request --class external --system bot"):
        assert words in page
    assert main([*headless.arguments, "changes", "ask", found["change_id"], "--reason", "who?"]) != 0
    assert "no change" in capsys.readouterr().err


def test_the_page_of_an_applied_change_says_what_is_worse_and_which_rollback_is_proposed(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(run(headless, capsys, "list", "--all", "--json"))
    change = next(row for row in rows if row["title"] == "Shorter")
    back = next(row for row in rows if row["title"] == "Roll back: Shorter")
    page = run(headless, capsys, "show", change["change_id"])
    assert "after: applied " in page
    assert ", as its source says, watched until " in page
    assert "  ! worse        answers cut at the token limit: 1.0% -> 30.0% (" in page
    assert "\n  worse: answers cut at the token limit" in page
    assert f"; rollback proposed: change {back['change_id']}" in page
    assert (back["requester"], back["from_ref"], back["to_ref"]) == ("llmops-tui", "13", "12")
    assert "worse" in json.loads(run(headless, capsys, "show", change["change_id"], "--json"))["watch"]["result"]
