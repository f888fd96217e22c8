"""What detectors find and see reaches ``show``, ``export`` and ``status``, whatever its sources call it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from store.records import Sample
from tests.tui.headless_store import Headless, made
from tui.cli import main

DAY = timedelta(days=1)
EVIL = "x\x1b]52;c;aGk=\x07\u202e[red]\nfake: ok"


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    """Give a portfolio in which three systems answer with another model since two days, by a configured signal."""
    found = made(tmp_path)
    names = ("bot", "desk", "mail")
    text = found.path.read_text().replace('owner = "Ada"\n', 'owner = "Ada"\ndepends_on = ["model:north"]\n')
    mail = '[[systems]]\nname = "mail"\nowner = "Ada"\ndepends_on = ["model:north"]\n'
    signals = '[[signals]]\nsignal = "model_id"\nmetric = "app.model"\nreads = "name"\ndimension = "model"\n'
    found.path.write_text(f"{text}\n{mail}\n{signals}")
    midnight = found.now.replace(hour=0, minute=0, second=0)
    share = Sample("", "app.model", "ratio", midnight, 1.0, n=100, period=86_400)
    found.collected(
        *(
            replace(share, system=name, seen=midnight - ago * DAY, dims={"model": EVIL if ago < 2 else "north-1"})
            for name in names
            for ago in range(8)
        ),
        Sample("bot", "latency", "p95", found.now, 9.0, "s", 50, 3600),
    )
    return found


def run(headless: Headless, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main([*headless.arguments, *arguments])
    return capsys.readouterr().out


def test_show_says_what_was_found_and_what_each_detector_sees(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    page = run(headless, capsys, "show", "bot")
    assert "detector:FM1" in page
    assert "(one event: model north in bot, desk, mail)" in page
    assert "\ndetectors:\n" in page
    assert "  degraded  FM1   " in page
    assert "no source gives canary_pass or golden_pass" in page
    assert "  blind     FM8   -           no source gives tool_empty; " in page


def test_what_sources_call_a_thing_is_shown_and_commands_nothing(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (("show", "bot"), ("status",)):
        page = run(headless, capsys, *arguments)
        assert not any(sign in page for sign in "\x1b\x07\u202e")
        assert "\nfake: ok" not in page
    assert "north-1 -> x" in run(headless, capsys, "show", "bot")


def test_breaches_carry_their_event_and_which_one_leads(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    page: dict[str, Any] = json.loads(run(headless, capsys, "show", "bot", "--json"))
    found = {each["rule"]: each for each in page["breaches"]}
    assert set(found) == {"detector:FM1", "slow"}
    assert (found["detector:FM1"]["event"], found["slow"]["event"]) == ("model north", "")
    assert [each["head"] == each["breach_id"] for each in found.values()] == [True, True]
    assert {each["children"] for each in found.values()} == {0}
    rows = json.loads(run(headless, capsys, "export", "breaches"))
    assert sorted((row["system"], row["rule"], row["event"], row["children"]) for row in rows) == [
        ("bot", "detector:FM1", "model north", 0), ("bot", "slow", "", 0),
        ("desk", "detector:FM1", "model north", 0), ("mail", "detector:FM1", "model north", 0),
    ]  # fmt: skip


def test_a_rule_of_the_same_mode_is_under_the_detectors_breach(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    headless.path.write_text(headless.path.read_text().replace('mode = "FM7"', 'mode = "FM1"'))
    headless.collected(Sample("bot", "latency", "p95", headless.now, 9.0, "s", 50, 3600))
    (led,) = json.loads(run(headless, capsys, "show", "bot", "--json"))["breaches"]
    assert (led["rule"], led["children"], led["severity"]) == ("detector:FM1", 1, "critical")
    assert "(with 1 breach under it)" in run(headless, capsys, "show", "bot")
    heads = {
        row["rule"]: row["head"] for row in json.loads(run(headless, capsys, "export", "breaches", "--system", "bot"))
    }
    assert heads["slow"] == heads["detector:FM1"] == led["breach_id"]


def test_cells_are_on_the_page_of_a_system_and_counted_by_status(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    page = json.loads(run(headless, capsys, "show", "bot", "--json"))
    assert [each["mode"] for each in page["cells"]] == [f"FM{number}" for number in range(1, 9)]
    assert [each["state"] for each in page["cells"]] == ["degraded", *["blind"] * 7]
    status = json.loads(run(headless, capsys, "status", "--json"))
    assert [status["summary"][f"{sight}_cells"] for sight in ("armed", "degraded", "blind")] == [0, 3, 21]


def test_what_a_detector_cannot_see_makes_no_system_worse(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    status = json.loads(run(headless, capsys, "status", "--json"))
    assert not any(
        "blind" in reason or "detector" in reason for each in status["systems"] for reason in each["reasons"].values()
    )


def test_cells_and_evidence_are_exported(
    headless: Headless, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cells = json.loads(run(headless, capsys, "export", "cells", "--system", "bot"))
    assert [(each["mode"], each["state"], each["owner"]) for each in cells] == [
        ("FM1", "degraded", "Ada"), *((f"FM{number}", "blind", "Ada") for number in range(2, 9)),
    ]  # fmt: skip
    evidence = json.loads(run(headless, capsys, "export", "evidence", "--system", "bot"))
    assert [(each["mode"], each["kind"], each["signal"], each["place"]) for each in evidence] == [
        ("FM1", "event", "model_id", 0)
    ]
    assert evidence[0]["words"].endswith(f"north-1 -> {EVIL} with no recorded change")
    out = tmp_path / "evidence.parquet"
    run(headless, capsys, "export", "evidence", "--out", str(out))
    assert pyarrow.parquet.read_table(out).num_rows == 3
