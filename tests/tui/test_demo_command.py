"""The demo as people start it: whole processes, real collections, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tests.tui.pty_terminal import ROOT, PtyTerminal
from tui.commands.demo import Stage
from tui.itself import command, surroundings

PATIENCE = 300.0


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    temporary = home / "tmp"
    temporary.mkdir()
    return {
        **surroundings(os.environ),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def demo(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("demo", *words), env=environ, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def players(folder: Path) -> list[psutil.Process]:
    """Find the processes that were started for a folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
    ]


def until(claim: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < last
        time.sleep(0.1)


@pytest.fixture(scope="module")
def played(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play once, headless, into a folder that stays."""
    folder = tmp_path_factory.mktemp("demo") / "played"
    ended = demo(environ, "--headless", "--folder", str(folder))
    (folder / "stdout").write_text(ended.stdout)
    (folder / "stderr").write_text(ended.stderr)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.mark.parametrize(
    ("state", "system", "mode"),
    [
        ("critical", "support-bot", "FM1"),
        ("warning", "travel-concierge", "FM2"),
        ("critical", "claims-triage", "FM3"),
        ("critical", "legal-search", "FM4"),
        ("warning", "contract-summary", "FM5"),
        ("warning", "hr-assistant", "FM6"),
        ("critical", "code-assist", "FM7"),
        ("critical", "refund-agent", "FM8"),
    ],
)
def test_each_failure_mode_is_found_in_its_system(played: Path, state: str, system: str, mode: str) -> None:
    lines = (played / "stdout").read_text().splitlines()
    assert any(line.split()[:3] == [state, system, f"[{mode}]"] for line in lines), lines


@pytest.mark.parametrize("system", ["marketing-copy", "sales-email", "policy-qa"])
def test_what_only_looks_like_a_failure_is_ok(played: Path, system: str) -> None:
    assert f"ok       {system}" in (played / "stdout").read_text()


def test_a_system_without_quality_data_is_unknown(played: Path) -> None:
    (line,) = [line for line in (played / "stdout").read_text().splitlines() if "meeting-notes" in line]
    assert line.startswith("unknown")
    assert "no data for correctness" in line


def test_one_source_fails_for_its_token_and_the_others_are_complete(played: Path) -> None:
    lines = [line.split() for line in (played / "stderr").read_text().splitlines()]
    states = {words[0]: words[1] for words in lines if len(words) > 1 and words[1] in ("complete", "partial", "failed")}
    assert len(states) == 17
    assert [name for name, state in states.items() if state != "complete"] == ["vendor-portal"]
    assert "auth: GET" in (played / "stderr").read_text()


def test_pending_changes_wait_with_their_ages(played: Path, environ: dict[str, str]) -> None:
    shown = subprocess.run(
        command("--config", str(played / "config.toml"), "show", "contract-summary"),
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "back to 350 words" in shown.stdout


def test_alerts_model_ends_and_bases_are_on_the_page_of_a_system(played: Path, environ: dict[str, str]) -> None:
    page = subprocess.run(
        command("--config", str(played / "config.toml"), "show", "refund-agent", "--json"),
        env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown = json.loads(page.stdout)
    assert [(each["level"], each["severity"], each["source"]) for each in shown["incidents"]] == [
        ("critical", "page", "alertmanager")
    ]
    models = {each["model"]: (each["standing"], each["is_declared"]) for each in shown["models"]}
    assert models == {"halcyon-swift-4.0": ("retires soon", False), "halcyon-swift": ("nothing announced", True)}
    assert [(each["basis"], each["is_judged"]) for each in shown["bases"]] == [
        ("gateway_estimate", True),
        ("provider_usage", False),
        ("trace_estimate", False),
    ]


def test_a_silenced_alert_is_not_counted_as_open(played: Path, environ: dict[str, str]) -> None:
    words = command("--config", str(played / "config.toml"), "status", "--json")
    status = json.loads(subprocess.run(words, env=environ, capture_output=True, text=True, check=False).stdout)
    assert {row["system"]: row["open_incidents"] for row in status["systems"] if row["open_incidents"]} == {
        "code-assist": 1,
        "refund-agent": 1,
    }
    assert status["summary"]["open_incidents"] == 2


def test_nothing_runs_on_after_the_end(played: Path) -> None:
    assert players(played) == []


def test_a_folder_is_shown_again_without_asking_anybody(played: Path, environ: dict[str, str]) -> None:
    again = demo(environ, "--headless", "--no-collect", "--folder", str(played))
    assert again.returncode == 0
    assert "complete" not in again.stderr
    assert "support-bot" in again.stdout


def test_the_story_has_critical_systems_and_only_status_ends_so(played: Path, environ: dict[str, str]) -> None:
    words = command("--config", str(played / "config.toml"), "status")
    ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout.startswith("critical")


def test_a_folder_that_holds_nothing_is_still_told_by_the_exit_code(environ: dict[str, str], tmp_path: Path) -> None:
    ended = demo(environ, "--headless", "--no-collect", "--folder", str(tmp_path / "new"))
    assert ended.returncode == 3
    assert "nothing is collected yet" in ended.stdout


def test_another_seed_in_the_same_folder_is_a_wrong_configuration(played: Path, environ: dict[str, str]) -> None:
    refused = demo(environ, "--headless", "--seed", "2", "--folder", str(played))
    assert refused.returncode == 65
    assert "tells the story of seed 1" in refused.stderr
    assert refused.stdout == ""


def test_the_screens_open_over_data_that_stays_fresh(played: Path, environ: dict[str, str]) -> None:
    terminal = PtyTerminal(command("demo", "--folder", str(played)), environ, 110, 30)
    try:
        terminal.until("refund-agent", PATIENCE)
        until(lambda: any("--follow" in process.cmdline() for process in players(played)))
        terminal.type(b"q")
        assert terminal.wait(PATIENCE) == 0
        assert (played / "collect.log").exists()
    finally:
        terminal.close()
    assert players(played) == []


def test_a_signal_closes_screens_and_servers(played: Path, environ: dict[str, str]) -> None:
    terminal = PtyTerminal(command("demo", "--no-collect", "--folder", str(played)), environ, 80, 24)
    try:
        terminal.until("refund-agent", PATIENCE)
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait(PATIENCE) == 143
    finally:
        terminal.close()
    until(lambda: not players(played))


def test_a_lost_terminal_ends_everything(played: Path, environ: dict[str, str]) -> None:
    terminal = PtyTerminal(command("demo", "--no-collect", "--folder", str(played)), environ, 80, 24)
    try:
        terminal.until("refund-agent", PATIENCE)
        terminal.hang_up()
        until(lambda: not players(played))
    finally:
        terminal.close()


@pytest.fixture
def started(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command("demo", "--headless"),
        env=environ,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)])
def test_however_it_ends_the_backstage_and_the_folder_go_too(
    environ: dict[str, str], started: subprocess.Popen[str], number: int, code: int
) -> None:
    temporary = Path(environ["TMPDIR"])
    assert started.stderr is not None
    while " complete " not in started.stderr.readline():  # in the middle of the collection
        assert started.poll() is None
    assert list(temporary.glob("llmops-tui-demo-*/store"))
    os.kill(started.pid, number)
    assert started.wait(PATIENCE) == code
    until(lambda: not players(temporary) and not list(temporary.glob("llmops-tui-demo-*")))


def test_ctrl_c_ends_it_with_130(environ: dict[str, str], started: subprocess.Popen[str]) -> None:
    assert started.stderr is not None
    started.stderr.readline()
    os.kill(started.pid, signal.SIGINT)
    assert started.wait(PATIENCE) == 130
    until(lambda: not list(Path(environ["TMPDIR"]).glob("llmops-tui-demo-*")))


def test_the_story_is_told_on_stdout(environ: dict[str, str]) -> None:
    told = demo(environ, "--story")
    assert told.returncode == 0
    assert told.stderr == ""
    assert all(f"\nFM{number}    " in told.stdout for number in range(1, 9))


def test_servers_that_cannot_start_are_a_fault_with_words(environ: dict[str, str], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    ended = demo(environ, "--headless", "--folder", str(blocked))
    assert ended.returncode not in (0, 1, 2, 3)
    assert "the loopback servers ended early" in ended.stderr


def test_a_stage_can_be_used_again_after_another(tmp_path: Path) -> None:
    for _ in range(2):
        with Stage(tmp_path / "stage", 3, remove=False) as stage:
            assert stage.config.exists()
    with Stage(tmp_path / "stage", 3, remove=True):
        pass
    assert not (tmp_path / "stage").exists()


def test_a_story_that_is_over_is_not_told_again(environ: dict[str, str], tmp_path: Path) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=40)).replace(minute=0, second=0, microsecond=0)
    (tmp_path / "story.json").write_text(f'{{"seed": 1, "anchor": "{long_ago.isoformat()}"}}')
    ended = demo(environ, "--headless", "--folder", str(tmp_path))
    assert ended.returncode == 65
    assert "take another folder" in ended.stderr


def test_the_program_is_found_by_itself() -> None:
    found = subprocess.run(
        command("--version"), env=surroundings({"PATH": os.environ["PATH"]}), cwd="/", capture_output=True, check=False
    )
    assert found.returncode == 0
    assert command("x")[0] == sys.executable
