"""``llmops-tui status``: lines, JSON, and exit codes that tell five things apart."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from operations.portfolio import board
from operations.rows import Summary
from store.accounts import own_name
from store.records import Change, Sample, State
from store.viewer import Viewer
from tests.tui.headless_store import Headless, made, well
from tui import plain
from tui.cli import main
from tui.commands.status import lines, sentence, worst

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    return made(tmp_path)


def as_json(headless: Headless, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main([*headless.arguments, "status", "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_well_in_every_domain_is_0(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.only("bot")
    headless.collected(*well(headless.now))
    assert main([*headless.arguments, "status"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "ok       bot  quiet: no confirmed breach (owner Ada)"
    assert last.startswith("Acme: 0 critical, 0 warning, 0 unknown, 1 ok; 0 breaches; 0 changes waiting; month $")
    assert last.endswith("; 8 of 8 cells blind, oldest data under a minute old")


@pytest.mark.parametrize(("latency", "code", "state"), [(1.0, 0, "ok"), (3.0, 1, "warning"), (5.0, 2, "critical")])
def test_the_worst_system_decides_the_exit_code(
    headless: Headless, capsys: pytest.CaptureFixture[str], latency: float, code: int, state: str
) -> None:
    headless.only("bot")
    headless.collected(*well(headless.now, latency))
    assert main([*headless.arguments, "status"]) == code
    assert capsys.readouterr().out.startswith(state)


def test_a_system_that_nobody_can_judge_is_3(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected(*well(headless.now))
    assert main([*headless.arguments, "status"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "unknown  desk  monitoring: no rule (owner Ada)"
    assert lines[1].startswith("ok       bot ")


def test_a_warning_outranks_what_cannot_be_told(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected(*well(headless.now, 3.0))
    assert main([*headless.arguments, "status"]) == 1
    assert "[FM7] latency 3 s over 2 s since" in capsys.readouterr().out


def test_before_the_first_collection_nothing_can_be_told(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*headless.arguments, "status"]) == 3
    assert capsys.readouterr().out.startswith("unknown  nothing is collected yet in ")
    found = as_json(headless, capsys)
    assert (found["state"], found["exit_code"], found["systems"], found["summary"]) == ("unknown", 3, [], None)


def test_wrong_configuration_is_65_and_names_the_mistake(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    headless.path.write_text(headless.path.read_text().replace("warning = 2.0", "warnign = 2.0"))
    assert main([*headless.arguments, "status"]) == 65
    output = capsys.readouterr()
    assert output.out == ""
    assert "did you mean" in output.err


def test_json_holds_every_figure_of_every_system(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected(*well(headless.now, 5.0), Change("desk", "2", "model", "New model"))
    found = as_json(headless, capsys)
    assert (found["state"], found["exit_code"]) == ("critical", 2)
    bot, desk = found["systems"]
    assert (bot["system"], bot["state"], bot["domains"]["monitoring"]) == ("bot", "critical", "critical")
    assert bot["reasons"]["monitoring"].startswith("p95 of latency 5 s over 4 s")
    assert isinstance(bot["cost_month"], float)
    assert datetime.fromisoformat(bot["since"]) == headless.now - timedelta(hours=1)
    assert (desk["state"], desk["pending_changes"], desk["quality"]) == ("unknown", 1, None)
    whole = found["summary"]
    assert whole["portfolio"] == "Acme"
    assert (whole["armed_cells"], whole["degraded_cells"], whole["blind_cells"]) == (0, 0, 16)


def test_text_from_outside_cannot_command_the_terminal(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\x1b]0;y\x07\u202e\n"
    headless.collected(*well(headless.now))
    with closing(Viewer(headless.path.parent / "store")) as viewer:
        rows, summary = board(viewer, headless.now)
    row = replace(rows[0], system=evil, headline=evil, owner=evil)
    words = [*lines([row]), sentence(replace(summary, portfolio=evil, failed_names=(evil,), sources_failed=1), NOW)]
    assert not any(sign in "".join(words) for sign in "\x1b\x07\u202e\n")
    assert as_json(headless, capsys)["systems"][0]["system"] == "desk"
    assert "\x1b" not in plain.as_json(row)


def test_a_configuration_that_a_collection_accepted_is_not_checked_again_until_it_changes(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    headless.collected(*well(headless.now))
    before = headless.path.stat().st_mtime
    headless.path.write_text(headless.path.read_text().replace("warning = 2.0", "warnign = 2.0"))
    os.utime(headless.path, (before, before))
    assert main([*headless.arguments, "status"]) == 3
    os.utime(headless.path)
    assert main([*headless.arguments, "status"]) == 65
    headless.path.write_text("[portfolio]\nname = 5\n")
    assert main([*headless.arguments, "status"]) == 65


def test_a_status_loads_nothing_that_only_screens_and_collections_need(headless: Headless) -> None:
    headless.collected(*well(headless.now))
    program = (
        "import sys; from tui.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'textual', 'rich', 'pyarrow', 'httpx', 'croniter', 'asyncio'} & set(sys.modules);"
        "print(code, sorted(heavy), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *headless.arguments, "status"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert ended.stderr == "3 []\n"
    assert ended.stdout.count("\n") == 3


def test_samples_that_stopped_are_told(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.only("bot")
    old = Sample("bot", "latency", "p95", headless.now - timedelta(days=2), 1.0, "s", 50, 3600)
    headless.collected(old, *well(headless.now)[1:])
    assert main([*headless.arguments, "status"]) == 3
    output = capsys.readouterr().out
    assert "monitoring: no data for 2d (allowed 3h)" in output
    assert "1 rule blind, 8 of 8 cells blind, oldest data 48 h old" in output


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "unknown"), (("ok",), "ok"), (("ok", "unknown"), "unknown"), (("unknown", "warning"), "warning"),
        (("warning", "critical", "ok"), "critical"),
    ],
)  # fmt: skip
def test_the_exit_code_stands_for_the_worst(states: tuple[State, ...], expected: State) -> None:
    assert worst(states) == expected


QUIET = Summary(
    portfolio="Acme", critical=0, warning=0, unknown=0, ok=2, open_breaches=0, silenced=0, oldest_unacknowledged=None,
    oldest_unacknowledged_of="", pending_changes=0, oldest_change=None, waiting_for={}, open_incidents=0, sources=3, sources_failed=0, sources_partial=0,
    failed_names=(), oldest_data=NOW, unknown_rules=0, armed_cells=9, degraded_cells=4, blind_cells=0, cost_month=None, budget=None, currency="USD", collected=NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s, "Acme: 0 critical, 0 warning, 0 unknown, 2 ok; 0 breaches; 0 changes waiting; oldest data under a minute old"),
        (lambda s: replace(s, portfolio=""), "portfolio: 0 critical"),
        (lambda s: replace(s, pending_changes=3, waiting_for={own_name(): 2, "other": 3}), "; 3 changes waiting, 2 for you; "),
        (lambda s: replace(s, pending_changes=3, waiting_for={"other": 3}), "; 3 changes waiting; "),
        (lambda s: replace(s, open_breaches=1, oldest_unacknowledged=NOW - timedelta(hours=3), oldest_unacknowledged_of="bot"),
         "1 breach (oldest not acknowledged for 3 h: bot)"),
        (lambda s: replace(s, open_breaches=3, silenced=2), "; 3 breaches (2 silenced); 0 changes waiting"),
        (lambda s: replace(s, open_incidents=1), "; 1 incident open in other tools; 0 changes waiting"),
        (lambda s: replace(s, cost_month=Decimal(5000)), "month $5.00k;"),
        (lambda s: replace(s, cost_month=Decimal(5000), budget=Decimal(9000)), "month $5.00k of $9.00k"),
        (lambda s: replace(s, sources_failed=2, failed_names=("a", "b")), "2 of 3 sources failed (a, b)"),
        (lambda s: replace(s, sources_partial=1), "1 source partial"),
        (lambda s: replace(s, oldest_data=None, unknown_rules=4), "4 rules blind, no data"),
        (lambda s: replace(s, unknown_rules=1, blind_cells=3), "1 rule blind, 3 of 16 cells blind, oldest data"),
    ],
)  # fmt: skip
def test_the_summary_reads_as_a_sentence(change: Callable[[Summary], Summary], words: str) -> None:
    assert words in sentence(change(QUIET), NOW)
