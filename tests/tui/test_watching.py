"""Collections watched from outside: pings to a loopback service and a metrics file, once and on schedules."""

import json
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from collectors.exposition import Line, read
from store import lock, spool
from store.folder import Folder
from tests.tui.pty_terminal import ROOT
from tui import cli
from tui.itself import command

SECRET = "CANARY-5f0a8c1e"
NOW = datetime.now(UTC)
HEAD = """
[portfolio]
name = "shop \\"A\\""
[[people]]
name = "maria"
[[systems]]
name = "bot"
owner = "maria"
[[thresholds]]
name = "queue"
metric = "llmops.queue.depth"
stat = "last"
direction = "above"
warning = 1
confirm = "1 of 1"
[store]
folder = "store"
[watch]
ping = "env:PING"
textfile = "metrics/llmops.prom"
"""
SOURCE = """
[[sources]]
name = "{name}"
kind = "http_json"
system = "bot"
schedule = "0 0 1 1 *"
options = {{ url = "{url}/{name}", rows = "rows", map = {{ record = "sample", metric = "llmops.queue.depth", \
fields = {{ time = "time", value = "value" }} }} }}
"""


class Service(BaseHTTPRequestHandler):
    """Be the source and the watching service: note pings, answer questions by path."""

    pings: ClassVar[list[tuple[str, str, str]]]
    refuses: ClassVar[bool]
    hold: ClassVar[threading.Event]

    def do_GET(self) -> None:
        """Take a ping, or give rows, or hang."""
        if self.path.startswith("/ping/"):
            self._noted()
        elif self.path == "/hang":
            self.hold.wait(30)
        else:
            rows = [{"time": (NOW - timedelta(minutes=m)).isoformat(), "value": m} for m in (1, 2)]
            self._answer(403 if self.path == "/forbidden" else 200, json.dumps({"rows": rows}).encode())

    def do_POST(self) -> None:
        """Take a ping with words."""
        self._noted()

    def _noted(self) -> None:
        words = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.pings.append((self.command, self.path.replace(SECRET, "x"), words))
        self._answer(500 if self.refuses else 200, f"no {self.path}".encode() if self.refuses else b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    class Here(Service):
        pings: ClassVar[list[tuple[str, str, str]]] = []
        refuses: ClassVar[bool] = False
        hold: ClassVar[threading.Event] = threading.Event()
        url: ClassVar[str] = ""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Here.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("PING", f"{Here.url}/ping/{SECRET}")
    yield Here
    Here.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def write(tmp_path: Path, service: Any) -> Callable[..., Path]:
    def written(*names: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(HEAD + "".join(SOURCE.format(name=name, url=service.url) for name in names))
        (tmp_path / "metrics").mkdir(exist_ok=True)
        return path

    return written


def run(config: Path, *words: str) -> int:
    return cli.main(["--config", str(config), *words])


def metrics(config: Path) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in read((config.parent / "metrics" / "llmops.prom").read_bytes()).lines:
        found.setdefault(line.name.removeprefix("llmops_tui_"), []).append(line)
    return found


def one(found: dict[str, list[Line]], name: str, **labels: str) -> float:
    (line,) = [line for line in found[name] if labels.items() <= line.labels.items()]
    return line.value


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("names", "code", "last"),
    [
        (["good"], 0, ("GET", "/ping/x", "")),
        (["good", "forbidden"], 1, ("POST", "/ping/x", "1 of 2 sources complete; forbidden failed (auth)")),
        (["forbidden"], 69, ("POST", "/ping/x/fail", "0 of 1 sources complete; forbidden failed (auth)")),
    ],
)
def test_a_collection_tells_that_it_begins_and_how_it_ended(
    write: Callable[..., Path], service: Any, names: list[str], code: int, last: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(*names)
    assert run(config, "collect") == code
    assert service.pings == [("GET", "/ping/x/start", ""), last]
    assert one(metrics(config), "collection_exit_code") == code
    said = capsys.readouterr()
    assert "warning" not in said.err
    assert SECRET not in said.err + said.out


def test_the_metrics_say_what_an_alert_would_rest_on(
    write: Callable[..., Path], need: Callable[..., None], tmp_path: Path
) -> None:
    config = write("good", "forbidden")
    run(config, "collect")
    found = metrics(config)
    assert {line.labels["portfolio"] for lines in found.values() for line in lines} == {'shop "A"'}
    assert one(found, "source_state", source="good", kind="http_json", state="complete") == 1
    assert one(found, "source_state", source="forbidden", state="failed") == 1
    assert one(found, "source_state", source="forbidden", state="complete") == 0
    assert one(found, "source_rows", source="good") == 2
    assert one(found, "source_consecutive_failures", source="forbidden") == 1
    assert [line.labels["source"] for line in found["source_last_success_timestamp_seconds"]] == ["good"]
    assert abs(one(found, "source_last_success_timestamp_seconds") - time.time()) < 300
    assert one(found, "source_next_run_timestamp_seconds", source="good") > time.time()
    assert abs(one(found, "collection_end_timestamp_seconds") - time.time()) < 300
    assert 0 < one(found, "collection_duration_seconds") < 300
    assert one(found, "store_size_bytes") == (tmp_path / "store" / "primary.duckdb").stat().st_size
    assert one(found, "open_breaches", severity="warning", acknowledged="false", silenced="false") == 0
    assert sum(line.value for line in found["systems"]) == 1
    path = tmp_path / "metrics" / "llmops.prom"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]
    need("promtool")
    checked = subprocess.run(
        ("promtool", "check", "metrics"), input=path.read_bytes(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_a_service_that_refuses_is_a_warning_and_the_collection_is_as_it_was(
    write: Callable[..., Path], service: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    service.refuses = True
    config = write("good")
    assert run(config, "collect") == 0
    said = capsys.readouterr().err
    assert said.count("warning: the watching service did not hear us") == 2
    assert "answered 500" in said
    assert SECRET not in said
    assert "2 new rows" in said


def test_an_address_that_is_not_there_is_a_warning(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PING")
    assert run(write("good"), "collect", "--log-json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["cause"] for line in lines if line.get("level") == "warning"] == ["secret", "secret"]


def test_a_folder_that_is_not_there_is_a_warning(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write("good")
    (tmp_path / "metrics").rmdir()
    assert run(config, "collect") == 0
    assert "warning: the metrics file was not written" in capsys.readouterr().err


def test_a_store_that_cannot_be_opened_is_a_failure_with_its_reason(
    write: Callable[..., Path], service: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write("good")
    Folder(tmp_path / "store").create()
    (tmp_path / "store" / "primary.duckdb").write_bytes(b"x" * 10_000)
    assert run(config, "collect") == 73
    (_, path, words) = service.pings[-1]
    assert (path, "primary.duckdb" in words) == ("/ping/x/fail", True)
    found = metrics(config)
    assert one(found, "collection_exit_code") == 73
    assert "source_state" not in found
    assert "the metrics of the store are not known" in capsys.readouterr().err


def test_a_fault_of_the_program_is_a_failure_without_values(
    write: Callable[..., Path], service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    config = write("good")
    Folder(tmp_path / "store").create()
    (tmp_path / "store" / "portfolio.json").mkdir()  # where a snapshot belongs; nobody foresees that
    assert run(config, "collect") == 70
    assert service.pings[-1] == ("POST", "/ping/x/fail", "a fault of the program ended the collection")
    assert one(metrics(config), "collection_exit_code") == 70


def test_neither_a_dry_run_nor_a_store_that_is_held_is_a_collection(
    write: Callable[..., Path], service: Any, tmp_path: Path
) -> None:
    config = write("good")
    assert run(config, "collect", "--dry-run") == 0
    folder = Folder(tmp_path / "store")
    with lock.held(folder):
        assert run(config, "collect") == 75
    assert service.pings == []
    assert not (tmp_path / "metrics" / "llmops.prom").exists()


def test_on_schedules_each_collection_is_told_and_decisions_are_no_news(
    write: Callable[..., Path], service: Any, tmp_path: Path
) -> None:
    config = write("good")
    words = command("--config", str(config), "collect", "--follow")
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    folder = Folder(tmp_path / "store")
    until(lambda: len(service.pings) == 2)
    written = (tmp_path / "metrics" / "llmops.prom").stat().st_mtime_ns
    event = spool.new_event("note", "bot", "seen", NOW)
    spool.write(folder, event)
    until((folder.done / f"{event.event_id}.json").exists)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    assert [path for _, path, _ in service.pings] == ["/ping/x/start", "/ping/x"]
    assert (tmp_path / "metrics" / "llmops.prom").stat().st_mtime_ns == written
    assert SECRET not in said


def test_a_collection_that_is_stopped_is_a_failure(write: Callable[..., Path], service: Any) -> None:
    config = write("good", "hang")
    process = subprocess.Popen(command("--config", str(config), "collect"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "good" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert service.pings[-1] == ("POST", "/ping/x/fail", "1 of 2 sources complete; hang interrupted")


def test_nothing_is_watched_unless_it_is_asked_for(write: Callable[..., Path], service: Any, tmp_path: Path) -> None:
    config = write("good")
    text = config.read_text()
    config.write_text(text[: text.index("[watch]")] + text[text.index("[[sources]]") :])
    assert run(config, "collect") == 0
    assert service.pings == []
    assert list((tmp_path / "metrics").iterdir()) == []
