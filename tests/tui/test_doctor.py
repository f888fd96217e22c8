"""The doctor finds what is wrong, part by part, says what to do, and shows no secret."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from store import commit, lock, publish, spool
from store.errors import EXIT_CONFIG, EXIT_CRITICAL, EXIT_OK, EXIT_WARNING
from store.folder import Folder
from store.records import Event
from tui import cli
from tui.doctor import screen, storage, watch
from tui.doctor.findings import Finding, exit_code

ROOT = Path(__file__).parents[2]
PAGE = b"# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running 3\n"
CONFIG = """\
[portfolio]
name = "x"
[[people]]
name = "Ada"
[[systems]]
name = "a"
owner = "Ada"
[[thresholds]]
name = "t"
metric = "llmops.requests.running"
stat = "last"
direction = "above"
warning = 100
review_by = 2999-01-01
[store]
folder = "store"
[[sources]]
name = "engine"
kind = "prometheus_scrape"
system = "a"
[sources.options]
url = "URL"
access.token = "env:DOCTOR_TOKEN"
"""


class _Engine(BaseHTTPRequestHandler):
    """Answer with a metrics page to whoever has the token."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = PAGE
    ahead: ClassVar[timedelta] = timedelta(0)

    def do_GET(self) -> None:
        status = 401 if self.headers.get("Authorization") != "Bearer canary-token" else self.status
        self.send_response_only(status)
        self.send_header("Date", format_datetime(datetime.now(UTC) + self.ahead, usegmt=True))
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Engine]]:
    """Serve metrics on loopback; each test has a handler of its own to change."""

    class Handler(_Engine):
        url: ClassVar[str] = ""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/metrics"
    monkeypatch.setenv("DOCTOR_TOKEN", "canary-token")
    yield Handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(tmp_path: Path, engine: Any) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.replace("URL", engine.url))
    path.chmod(0o600)
    return path


def _findings(config: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[Finding]]:
    code = cli.main(["--config", str(config), "doctor", "--json", *options])
    shown = capsys.readouterr()
    assert "canary" not in shown.out + shown.err
    return code, [Finding(**each) for each in json.loads(shown.out)]


def _one(findings: list[Finding], part: str, words: str) -> Finding:
    found = [each for each in findings if each.part == part and words in each.what]
    assert len(found) == 1, findings
    return found[0]


def test_a_healthy_installation_is_all_ok(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--config", str(config), "collect"]) == EXIT_OK
    capsys.readouterr()
    code, findings = _findings(config, capsys)
    assert code == EXIT_OK, findings
    assert {each.part for each in findings} == {"config", "secrets", "source", "store", "schedule", "terminal"}
    assert _one(findings, "source", "login ok").what.endswith("s")
    assert (
        _one(findings, "secrets", "env:DOCTOR_TOKEN").what
        == "engine: options.access.token from env:DOCTOR_TOKEN: found"
    )
    assert "total 30s" in _one(findings, "source", "limits of engine").what
    assert "schema" in _one(findings, "store", "serve-1.duckdb").what
    assert "last run" in _one(findings, "schedule", "engine").what


def test_a_fresh_installation_is_told_what_comes_next(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, findings = _findings(config, capsys)
    assert code == EXIT_WARNING
    assert "collect" in _one(findings, "store", "is not there yet").remedy
    assert "schedule --systemd" in _one(findings, "schedule", "never collected").remedy


@pytest.mark.parametrize(
    ("change", "value", "words", "remedy"),
    [
        ("url", "http://127.0.0.1:1/metrics", "name ok, connection failed; network", "is the server running"),
        ("url", "https", "name ok, connection ok, TLS failed; tls", "ca_file"),
        ("url", "http://no-such-host.invalid/metrics", "name failed; dns", "name service"),
        ("token", "canary-wrong", "name ok, connection ok, login failed; auth", "may read there"),
        ("token", None, "secret: ", "available to this user"),
        ("status", 404, "login ok, answer failed; status", "sources try"),
        ("body", b"<html>no page of metrics</html>", "login ok, answer failed; not_json", "right kind and URL"),
    ],
)  # fmt: skip
def test_a_source_that_fails_is_told_by_the_step_that_fails(  # noqa: PLR0917
    engine: Any,
    config: Path,
    change: str,
    value: Any,
    words: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if change == "url":
        url = engine.url.replace("http:", "https:") if value == "https" else value
        config.write_text(config.read_text().replace(engine.url, url))
    elif change == "token" and value is None:
        monkeypatch.delenv("DOCTOR_TOKEN")
    elif change == "token":
        monkeypatch.setenv("DOCTOR_TOKEN", value)
    else:
        setattr(engine, change, value)
    code, findings = _findings(config, capsys)
    assert code == EXIT_CRITICAL
    found = _one(findings, "source", "prometheus_scrape")
    assert (found.grade, words in found.what, remedy in found.remedy) == ("fail", True, True), found


def test_part_of_an_answer_is_a_warning(engine: Any, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text() + 'expect = ["no_such_metric"]\n')
    _, findings = _findings(config, capsys)
    found = _one(findings, "source", "only part")
    assert (found.grade, "no_such_metric" in found.what) == ("warn", True)


@pytest.mark.parametrize(("hours", "side"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_that_differs_is_a_warning(
    engine: Any, config: Path, hours: int, side: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.ahead = timedelta(hours=hours)
    _, findings = _findings(config, capsys)
    assert f"s {side} ours" in _one(findings, "source", "its clock").what


def test_offline_asks_no_source(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, findings = _findings(config, capsys, "--offline")
    assert [each for each in findings if each.part == "source"] == []


def test_what_is_not_enabled_is_not_asked(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text().replace('system = "a"', 'system = "a"\nenabled = false'))
    code, findings = _findings(config, capsys)
    assert code == EXIT_WARNING
    assert _one(findings, "source", "not enabled, not asked: engine").grade == "ok"
    assert _one(findings, "config", "no enabled source leads to: a").grade == "warn"


def test_a_wrong_configuration_is_65_with_every_mistake(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text().replace("warning = 100", "wraning = 100").replace('owner = "Ada"', ""))
    code, findings = _findings(config, capsys)
    assert code == EXIT_CONFIG
    assert len([each for each in findings if each.part == "config" and each.grade == "fail"]) >= 2


def test_what_should_not_stay_in_a_configuration_is_a_warning(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text().replace("2999", "2001"))
    config.chmod(0o666)
    _, findings = _findings(config, capsys)
    assert _one(findings, "config", "was to be reviewed by 2001-01-01").grade == "warn"
    assert "chmod go-w" in _one(findings, "config", "others may change").remedy


def test_the_text_form_shows_remedies_of_what_is_wrong(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--config", str(config), "doctor", "--offline"]) == EXIT_WARNING
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    config    ")
    assert any(line.startswith("                -> ") for line in lines)


def test_no_configuration_at_all_is_told_over_several_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LLMOPS_TUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert cli.main(["doctor"]) == EXIT_CONFIG
    assert "  --config FILE: not given" in capsys.readouterr().out


def test_a_slot_that_passed_without_a_run_is_a_warning(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tui.doctor import slots
    from tui.settings import load

    assert cli.main(["--config", str(config), "collect"]) == EXIT_OK
    capsys.readouterr()
    loaded = load(config, {})
    later = datetime.now(UTC) + timedelta(hours=5)
    (found,) = slots.check(loaded, Folder(loaded.store.folder), later)
    assert (found.grade, "a slot passed without a run" in found.what) == ("warn", True)


WATCH = '[watch]\nping = "env:DOCTOR_PING"\ntextfile = "metrics/llmops.prom"\n[store]'


def test_what_is_watched_is_looked_at_and_no_ping_is_sent(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text().replace("[store]", WATCH))
    monkeypatch.setenv("DOCTOR_PING", "http://127.0.0.1:1/canary")
    (config.parent / "metrics").mkdir()
    _, findings = _findings(config, capsys, "--offline")
    assert _one(findings, "secrets", "watch.ping from env:DOCTOR_PING: found").grade == "ok"
    assert _one(findings, "watch", "pings go to the address from env:DOCTOR_PING").grade == "ok"
    assert _one(findings, "watch", "llmops.prom is not there yet").grade == "warn"
    (config.parent / "metrics" / "llmops.prom").touch()
    _, findings = _findings(config, capsys, "--offline")
    assert _one(findings, "watch", "llmops.prom: written 0.0 h ago").grade == "ok"


@pytest.mark.parametrize(
    ("address", "part", "words"),
    [(None, "secrets", "watch.ping from env:DOCTOR_PING"), ("hc.example/canary", "watch", "no http or https address")],
)
def test_what_cannot_be_watched_is_a_failure(
    config: Path,
    address: str | None,
    part: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config.write_text(config.read_text().replace("[store]", WATCH))
    if address:
        monkeypatch.setenv("DOCTOR_PING", address)
    code, findings = _findings(config, capsys, "--offline")
    assert code == EXIT_CRITICAL
    assert _one(findings, part, words).grade == "fail"
    assert "mkdir -p" in _one(findings, "watch", "metrics is no folder").remedy


def test_a_metrics_folder_that_cannot_be_written_is_a_failure() -> None:
    found = watch._textfile(Path("/proc/self/llmops.prom"), datetime.now(UTC))
    assert (found.grade, "/proc/self cannot be written" in found.what) == ("fail", True)


def _grades(folder: Folder) -> list[tuple[str, str]]:
    return [(each.grade, each.what) for each in storage.check(folder, datetime.now(UTC))]


def test_a_store_that_is_no_folder_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    assert ("fail", f"{tmp_path}/store is no folder") in _grades(Folder(tmp_path / "store"))


def test_a_store_open_to_others_is_a_warning(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    folder.root.chmod(0o777)
    assert any(grade == "warn" and "has mode 0777" in what for grade, what in _grades(folder))


def test_a_store_of_somebody_else_is_told(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = Folder(tmp_path / "store")
    folder.create()
    os.chown(folder.root, 65_534, -1)
    assert any(grade == "warn" and "belongs to uid 65534" in what for grade, what in _grades(folder))


def test_a_store_that_a_newer_release_wrote_is_a_failure(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    now = datetime.now(UTC)
    with commit.primary(folder, now) as session:
        session.execute("insert into schema_version values (999, $now)", {"now": now})
    publish.publish(folder)
    assert any(grade == "fail" and "schema 999 of" in what for grade, what in _grades(folder))


def test_a_store_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    folder = Folder(Path("/proc/self"))
    found = [each for each in storage._permissions(folder) if each.grade == "fail"]
    assert [each.what for each in found] == ["/proc/self cannot be written"]


def test_a_current_that_names_nothing_is_a_failure(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    assert ("warn", "nothing is collected yet") in _grades(folder)
    folder.current.write_text("serve-7.duckdb\n")
    assert any(grade == "fail" and "No such file" in what for grade, what in _grades(folder))
    folder.current.write_text("../../etc/passwd\n")
    assert any(grade == "fail" and "does not name a published copy" in what for grade, what in _grades(folder))
    (folder.root / "serve-7.duckdb").write_bytes(b"no database")
    folder.current.write_text("serve-7.duckdb\n")
    assert any(grade == "fail" and "duckdb" in what.lower() for grade, what in _grades(folder))


def test_a_collection_under_way_and_waiting_decisions_are_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    event = Event("e" * 32, "note", "a", "because", "ada", os.getuid(), os.getuid(), datetime.now(UTC))
    spool.write(folder, event)
    with lock.held(folder):
        found = _grades(folder)
    assert ("ok", f"a collection is under way (pid {os.getpid()})") in found
    assert ("ok", "1 decisions wait in the spool") in found


@pytest.mark.parametrize(
    ("environ", "grade", "words"),
    [
        ({"TERM": "dumb"}, "fail", "TERM is dumb"),
        ({}, "fail", "TERM is not set"),
        ({"TERM": "xterm-256color"}, "ok", "TERM=xterm-256color, 256 colours"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "ok", "true colour"),
        ({"TERM": "vt100"}, "ok", "no colours"),
        ({"TERM": "xterm", "COLUMNS": "60", "LINES": "20"}, "warn", "60x20 is smaller than 80x24"),
        ({"TERM": "xterm", "COLUMNS": "120", "LINES": "40"}, "ok", "120x40"),
        ({"TERM": "xterm", "LANG": "C"}, "ok", "ASCII signs only"),
        ({"TERM": "xterm", "TMUX": "/tmp/x"}, "warn", "inside tmux, but TERM is xterm"),
        ({"TERM": "xterm", "SSH_TTY": "/dev/pts/1"}, "ok", "over SSH"),
    ],
)
def test_the_terminal_is_judged_by_its_environment(environ: dict[str, str], grade: str, words: str) -> None:
    given = {"COLUMNS": "80", "LINES": "24", "LANG": "C.UTF-8", **environ}
    found = list(screen.check(given, is_terminal=True))
    assert any(each.grade == grade and words in each.what for each in found), found


def test_in_a_real_terminal_its_size_is_seen(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 70, 0, 0))
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main(['doctor', '--offline']))"],
        cwd=ROOT,
        stdout=theirs,
        stdin=theirs,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm", "LANG": "C.UTF-8"},
        check=False,
        timeout=60,
    )
    os.close(theirs)
    text = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert done.returncode == EXIT_CONFIG
    assert "70x20 is smaller than 80x24" in text


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # EIO: the other end is closed
        return b""


def test_the_worst_finding_is_the_exit_code() -> None:
    ok, warn, fail = (Finding("store", grade, "") for grade in ("ok", "warn", "fail"))
    assert exit_code([]) == exit_code([ok]) == EXIT_OK
    assert exit_code([ok, warn]) == EXIT_WARNING
    assert exit_code([warn, fail, ok]) == EXIT_CRITICAL
