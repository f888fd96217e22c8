"""The printed units and lines are what systemd and cron read, whatever is in the paths."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import EXIT_CONFIG, ConfigError
from tui import cli, command_line
from tui.commands.schedule import program
from tui.units import Command, Slots, calendar, crontab, service, timers

CONFIG = """\
[portfolio]
name = "x"
[[people]]
name = "Ada"
[[systems]]
name = "a"
owner = "Ada"
[[sources]]
name = "one"
kind = "prometheus"
system = "a"
[sources.options]
url = "http://localhost:9090"
presets = ["vllm"]
access.token = "env:PROM_TOKEN"
[[sources]]
name = "two"
kind = "prometheus"
system = "a"
schedule = "0 6 * * mon-fri"
timezone = "Europe/Berlin"
[sources.options]
url = "http://localhost:9090"
presets = ["vllm"]
access.token = "env:PROM_TOKEN"
access.headers = { X-Key = "file:/run/key" }
[[sources]]
name = "three"
kind = "prometheus"
system = "a"
options = { url = "http://localhost:9090", presets = ["vllm"] }
[[sources]]
name = "resting"
kind = "prometheus"
system = "a"
enabled = false
options = { url = "http://localhost:9090", presets = ["vllm"] }
"""

PATHS = [
    "/etc/plain.toml",
    "/with space/a.toml",
    "/100%/a.toml",
    "/quo'te\"s/a.toml",
    "/$HOME/a.toml",
    "/back\\slash/a.toml",
]
EVERY = Slots("*/15 * * * *", "UTC", ("one", "three"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "a config.toml"
    path.write_text(CONFIG)
    return path


def _verified(tmp_path: Path, name: str, lines: list[str]) -> str:
    """Let systemd itself read a unit; give what it complains about."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    return "\n".join(line for line in done.stderr.splitlines() if name in line or "llmops" in line)


@pytest.mark.parametrize("path", PATHS)
def test_systemd_reads_the_service_whatever_the_path(tmp_path: Path, path: str) -> None:
    command = Command(Path("/bin/true"), Path(path))
    assert _verified(tmp_path, "llmops-tui.service", list(service(command))) == ""


@pytest.mark.parametrize("path", PATHS)
def test_the_shell_of_cron_sees_the_path_as_it_is(path: str) -> None:
    *_, line = crontab(Command(Path("/bin/true"), Path(path)), [EVERY])
    assert line.startswith("*/15 * * * * /bin/true --config ")
    assert "%" not in line.replace("\\%", "")
    words = shlex.split(line.replace("\\%", "%"))[5:]
    assert words == ["/bin/true", "--config", path, "collect", "--wait", "600", "--source", "one", "--source", "three"]


@pytest.mark.parametrize("write", [service, lambda c: crontab(c, [EVERY]), lambda c: timers(c, [EVERY])])
def test_a_path_with_a_line_break_is_refused(write: object) -> None:
    assert callable(write)
    with pytest.raises(ConfigError, match="line break"):
        list(write(Command(Path("/bin/true"), Path("/a\nb"))))


@pytest.mark.parametrize(
    ("schedule", "lines"),
    [
        ("*/15 * * * *", ["*-*-* *:0/15:00 UTC"]),
        ("0 6 * * mon-fri", ["Mon,Tue,Wed,Thu,Fri *-*-* 6:0:00 UTC"]),
        ("5,35 */2 1 jan,jul *", ["*-1,7-1 0/2:5,35:00 UTC"]),
        ("0 0 1 * 5", ["*-*-1 0:0:00 UTC", "Fri *-*-* 0:0:00 UTC"]),
        ("0 0 * * 5-7", ["Fri,Sat,Sun *-*-* 0:0:00 UTC"]),
        ("0 0 * * */2", ["Sun,Tue,Thu,Sat *-*-* 0:0:00 UTC"]),
        ("0-30/5 8-18 */2 * *", ["*-*-1/2 8..18:0..30/5:00 UTC"]),
        ("@daily", ["*-*-* 0:0:00 UTC"]),
    ],
)
def test_a_cron_schedule_is_said_as_systemd_says_it(schedule: str, lines: list[str]) -> None:
    assert calendar(schedule, "UTC") == lines
    if shutil.which("systemd-analyze"):
        for line in lines:
            subprocess.run(["systemd-analyze", "calendar", line], check=True, capture_output=True)


@pytest.mark.parametrize("schedule", ["0 0 l * *", "0 0 * * fri#2", "0 0 * *"])
def test_a_schedule_that_timers_cannot_say_points_to_the_service(schedule: str) -> None:
    with pytest.raises(ConfigError, match="use the service"):
        calendar(schedule, "UTC")


def test_the_service_is_notified_watched_and_private(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--config", str(config), "schedule", "--systemd"]) == 0
    text = capsys.readouterr().out
    for line in ("Type=notify", "UMask=0077", "WatchdogSec=300", f'--config "{config}" collect --follow'):
        assert line in text
    assert "# secrets: put PROM_TOKEN=... into" in text


def test_the_address_of_pings_is_among_the_secrets_to_be_put_there(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(CONFIG + '[watch]\nping = "env:PING_URL"\n')
    assert cli.main(["--config", str(config), "schedule", "--systemd"]) == 0
    assert "# secrets: put PROM_TOKEN=..., PING_URL=... into" in capsys.readouterr().out


def test_a_shared_store_keeps_its_group_able_to_read(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(CONFIG + '[store]\nmode = "group"\ngroup = "ops"\n')
    assert cli.main(["--config", str(config), "schedule", "--systemd"]) == 0
    assert "UMask=0007" in capsys.readouterr().out


def test_timers_are_one_pair_a_schedule_and_systemd_reads_them(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--config", str(config), "schedule", "--systemd", "--timer"]) == 0
    text = capsys.readouterr().out
    units = [part for part in text.split("# ~/.config/systemd/user/") if part]
    names = [part.split("\n")[0] for part in units]
    assert names == ["llmops-tui-1.service", "llmops-tui-1.timer", "llmops-tui-2.service", "llmops-tui-2.timer"]
    assert "--source one --source three" in units[0]
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 6:0:00 Europe/Berlin" in units[3]
    assert "resting" not in text
    for name, part in zip(names, units, strict=True):
        (tmp_path / name).write_text(part.split("\n", 1)[1].replace(str(program()), "/bin/true"))
    for name in names:
        assert _verified(tmp_path, name, (tmp_path / name).read_text().splitlines()) == ""


def test_a_single_schedule_needs_no_number(tmp_path: Path) -> None:
    lines = list(timers(Command(Path("/bin/true"), tmp_path), [EVERY]))
    assert lines[0] == "# ~/.config/systemd/user/llmops-tui.service"


@pytest.mark.parametrize("flag", ["--crontab", "--cron"])
def test_crontab_lines_are_one_a_schedule_with_what_cron_does_not_know(
    config: Path, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--config", str(config), "schedule", flag]) == 0
    text = capsys.readouterr().out
    assert len([line for line in text.splitlines() if not line.startswith("#")]) == 2
    assert "write PROM_TOKEN=... above these lines" in text
    assert "meant in Europe/Berlin" in text


def test_nothing_to_collect_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(CONFIG.partition("[[sources]]")[0])
    assert cli.main(["--config", str(config), "schedule", "--cron"]) == EXIT_CONFIG
    assert "no enabled [[sources]]" in capsys.readouterr().err


def test_one_of_the_schedulers_must_be_named(config: Path) -> None:
    assert cli.main(["--config", str(config), "schedule"]) == command_line.EXIT_USAGE


def test_the_program_is_the_one_that_runs_or_lies_beside_this_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = tmp_path / "llmops-tui"
    running.write_text("#!/bin/sh\n")
    running.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(running)])
    assert program() == running
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert program() == running
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == running
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == Path("/nowhere/llmops-tui")
