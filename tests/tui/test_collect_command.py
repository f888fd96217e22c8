"""Collecting from the command line, against a real loopback server and a real store: codes, signals, slots, events."""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from store import lock, spool
from store.errors import ConfigError
from store.records import Outcome, Run
from tui import cli
from tui.collecting import folder_of
from tui.commands import collect
from tui.notify import notify, watchdog_seconds
from tui.reporting import Voice, json_line, line
from tui.settings import load

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STARTED = datetime.now(UTC)
MAIN = "import sys; from tui.cli import main; sys.exit(main())"
ROOT = Path(__file__).parents[2]


class Api(BaseHTTPRequestHandler):
    """Answer by path: good rows, a refusal, or nothing at all for as long as anybody waits."""

    hold = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.hold.wait(30)
        status = 403 if self.path == "/forbidden" else 200
        times = [(STARTED - timedelta(minutes=m)).isoformat() for m in (1, 2, 3)]
        rows: list[dict[str, object]] = [{"time": time, "value": value} for value, time in enumerate(times, 1)]
        rows += [{"time": "yesterday", "value": 1}] if self.path == "/odd" else []
        rows += [{"time": STARTED.isoformat(), "value": 4, "model": {"id": "x"}}] if self.path == "/new" else []
        body = json.dumps({"rows": rows}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def api() -> Iterator[str]:
    Api.hold.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Api.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


HEAD = """
[portfolio]
name = "acme"
[[people]]
name = "maria"
[[systems]]
name = "bot"
owner = "maria"
"""

SOURCE = """
[[sources]]
name = "{name}"
kind = "http_json"
system = "bot"
schedule = "{schedule}"
[sources.options]
url = "{url}/{path}"
rows = "rows"
[sources.options.map]
record = "sample"
metric = "llmops.queue.depth"
fields = {{ time = "time", value = "value" }}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, api: str) -> Write:
    def written(*paths: str, schedule: str = "*/5 * * * *") -> Path:
        sources = "".join(SOURCE.format(name=path, url=api, path=path, schedule=schedule) for path in paths)
        path = tmp_path / "config.toml"
        path.write_text(f'{HEAD}[store]\nfolder = "{tmp_path / "store"}"\n{sources}')
        return path

    return written


def run(config: Path, *words: str) -> int:
    return cli.main(["--config", str(config), *words])


def count(config: Path, table: str) -> int:
    from store import commit

    with commit.primary(folder_of(load(config, {})), datetime.now(UTC)) as session:
        return int(session.execute(f"select count(*) from {table}")[0][0])  # noqa: S608


@pytest.mark.parametrize(
    ("paths", "code"), [(["good"], 0), (["good", "forbidden"], 1), (["odd"], 0), (["forbidden"], 69), ([], 0)]
)
def test_the_exit_code_says_how_the_sources_went(
    write: Write, paths: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(*paths)
    assert run(config, "collect") == code
    said = capsys.readouterr()
    assert not said.out
    assert all(path in said.err for path in paths)
    if "forbidden" in paths:
        assert "auth" in said.err


def test_a_second_collection_adds_nothing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("good")
    run(config, "collect")
    before = count(config, "samples")
    run(config, "collect")
    assert count(config, "samples") == before == 3
    assert "0 new rows in" in capsys.readouterr().err


def test_a_dry_run_shows_what_it_would_store_and_stores_nothing(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write("odd")
    assert run(config, "collect", "--dry-run") == 0
    said = capsys.readouterr()
    assert "3 x bot  sample  llmops.queue.depth" in said.out
    assert "would set aside: 1 rows" in said.out
    assert "nothing was stored" in said.err
    assert count(config, "samples") == count(config, "runs") == 0


def test_a_source_is_tried_without_storing_anything(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("new", "odd", "forbidden")
    assert run(config, "sources", "try", "new", "--since", "2h") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("new (http_json) complete: ")
    assert said[1] == "would store: 4 rows"
    assert said[2].split() == ["4", "x", "bot", "sample", "llmops.queue.depth", "last", "(1)"]
    assert said[-2:] == ["not read by this kind: 1 fields", "         1 x rows[].model"]
    assert run(config, "sources", "try", "odd") == 0
    assert "1 x time" in capsys.readouterr().out
    assert run(config, "sources", "try", "forbidden") == 69
    assert "auth: " in capsys.readouterr().out
    assert run(config, "sources", "try", "nwe") == 65
    assert not (config.parent / "store").exists()


def test_only_the_named_source_is_asked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("good", "forbidden")
    assert run(config, "collect", "--source", "good", "--since", "2h", "--log-json") == 0
    facts = json.loads(capsys.readouterr().err)
    assert (facts["source"], facts["state"], facts["rows"]) == ("good", "complete", 3)
    assert run(config, "collect", "--source", "goood") == 65
    assert "did you mean 'good'?" in capsys.readouterr().err
    assert run(config, "collect", "--source", "zzz") == 65
    assert "known: good, forbidden" in capsys.readouterr().err


def test_a_store_held_by_another_collection_is_busy(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("good")
    folder = folder_of(load(config, {}))
    folder.create()
    with lock.held(folder):
        assert run(config, "collect") == 75
    assert f"pid {os.getpid()}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
    ],
)
def test_since_reads_dates_times_and_lengths(text: str, expected: datetime) -> None:
    assert collect.moment(text, NOW) == expected


@pytest.mark.parametrize(("text", "words"), [("soon", "expected a date"), ("2027-01-01", "in the past")])
def test_since_refuses_what_it_cannot_mean(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        collect.moment(text, NOW)


def started(config: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, "--config", str(config), *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(reached: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_stores_what_is_finished_and_marks_the_rest(write: Write, number: signal.Signals, code: int) -> None:
    config = write("good", "hang")
    process = started(config, "collect")
    assert process.stderr is not None
    assert "good" in process.stderr.readline()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code, said
    assert count(config, "samples") == 3
    assert count(config, "runs where state = 'interrupted' and source = 'hang'") == 1


def test_following_collects_on_schedule_takes_in_events_and_talks_to_its_manager(write: Write, tmp_path: Path) -> None:
    config = write("good", schedule="0 0 1 1 *")
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = str(address)
        try:
            process = started(config, "collect", "--follow", "--log-json")
        finally:
            del os.environ["NOTIFY_SOCKET"]
        assert manager.recv(1000) == b"READY=1"
        folder = folder_of(load(config, {}))
        until(folder.current.exists)
        until(lambda: lock.holder(folder) is None)
        event = spool.new_event("note", "bot", "seen", NOW)
        spool.write(folder, event)
        until((folder.done / f"{event.event_id}.json").exists)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        manager.setblocking(False)  # noqa: FBT003 - the method's own signature
        heard = b""
        while True:
            try:
                heard += manager.recv(1000)
            except BlockingIOError:
                break
    assert process.returncode == 143, said
    assert b"STATUS=next slot" in heard
    assert b"STOPPING=1" in heard
    assert count(config, "events") == 1
    assert count(config, "runs") == 1


def test_following_waits_out_another_collection(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui import following

    monkeypatch.setattr(following, "_LEAST_WAIT", 0.5)
    config = load(write("good"), {})
    folder = folder_of(config)
    folder.create()

    async def both() -> int:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(1.0, stop.set)
        return await following.follow(config, config.sources, stop, Voice(as_json=True), 0.0)

    with lock.held(folder):
        assert asyncio.run(both()) == 0
    assert not folder.current.exists()


def test_no_manager_is_no_trouble(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "absent")})
    assert watchdog_seconds({}) is None
    assert watchdog_seconds({"WATCHDOG_USEC": "30000000"}) == 15.0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0llmops-{os.getpid()}")
        assert notify("READY=1", {"NOTIFY_SOCKET": f"@llmops-{os.getpid()}"})


def outcome(**kept: object) -> Outcome:
    facts: dict[str, object] = {
        "run_id": "1", "source": "prom\x1b[31m", "kind": "prometheus", "state": "failed", "cause": "auth",
        "detail": "401\nnever", "window_start": NOW, "window_end": NOW, "started": NOW, "finished": NOW,
    }  # fmt: skip
    return Outcome(Run(**{**facts, **kept}))  # type: ignore[arg-type]  # a table of facts


def test_reports_carry_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    bad = outcome(rejected=3)
    for text in (line(bad.run), json_line(bad.run)):
        assert text.isprintable()
    assert "3 rejected" in line(bad.run)
    assert line(outcome(cause="", detail="4 rows").run).endswith("(4 rows)")
    Voice(as_json=False).report(bad)
    assert "auth" in capsys.readouterr().err


def test_events_are_taken_in_on_request(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("good")
    folder = folder_of(load(config, {}))
    folder.create()
    spool.write(folder, spool.new_event("note", "bot", "hello", NOW))
    assert run(config, "ingest") == 0
    assert "1 event stored" in capsys.readouterr().err
    assert count(config, "events") == 1


def test_the_store_is_described_verified_backed_up_and_restored(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write("good")
    assert run(config, "store", "info") == 0
    assert "none; run 'llmops-tui collect'" in capsys.readouterr().out
    assert run(config, "store", "backup") == 73
    run(config, "collect")
    capsys.readouterr()
    assert run(config, "store", "backup") == 0
    made = Path(capsys.readouterr().out.strip())
    assert run(config, "store", "info", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["backups"] == [made.name]
    assert (facts["raw days in files"], facts["bytes of raw days"]) == (0, 0)
    assert facts["rows"]["samples"] == 3
    assert run(config, "store", "restore", made.name) == 0
    assert run(config, "store", "verify") == 0
    assert "every block read" in capsys.readouterr().out
    assert run(config, "store", "info") == 0
    assert made.name in capsys.readouterr().out


def test_a_broken_store_is_critical(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    config = write("good")
    run(config, "collect")
    folder_of(load(config, {})).primary.write_bytes(b"x" * 10_000)
    capsys.readouterr()
    assert run(config, "store", "verify", "--json") == 2
    assert not all(finding["ok"] for finding in json.loads(capsys.readouterr().out))


def test_collecting_never_loads_the_screens(write: Write) -> None:
    call = f"from tui.cli import main; main({['--config', str(write('good')), 'collect']!r})"
    program = f"{call}; import sys; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_arguments_are_declared_without_loading_anything_heavy() -> None:
    parser = argparse.ArgumentParser()
    collect.add_arguments(parser)
    assert parser.parse_args(["--follow"]).follow


def test_relative_paths_of_files_start_from_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "costs").mkdir()
    (tmp_path / "costs" / "november.csv").write_text(
        "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory\n"
        "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,1.50,1.50,USD,Usage\n"
    )
    config = tmp_path / "config.toml"
    config.write_text(
        f'{HEAD}[store]\nfolder = "{tmp_path / "store"}"\n[[sources]]\nname = "bill"\nkind = "focus"\nsystem = "bot"\n'
        '[sources.options]\npath = "costs/*.csv"\n'
    )
    monkeypatch.chdir("/")
    assert run(config, "collect") == 0, capsys.readouterr().err
    assert count(config, "costs") == 1
