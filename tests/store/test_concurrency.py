"""Four viewers beside fifty collections: nobody fails, nobody goes back in time, every event is stored once."""

import grp
import json
import os
import pwd
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from store import backup, commit
from store.folder import Folder

COLLECTIONS = 50
KILLED = 10
PROJECT = Path(__file__).parents[2]
COLLECT = "import sys; from tui.cli import main; sys.exit(main())"

# A viewer refreshes twice a second and decides something every fourth time, as screens do. It becomes another user
# after its imports, so that the other user needs no access to this interpreter.
VIEWER = """
import json, os, signal, sys, time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from store import spool
from store.folder import Folder
from store.viewer import Viewer
import duckdb

root, uid, gid = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
warm = Viewer(root)
warm.refresh()
warm.close()
if uid:
    os.setgroups([gid]); os.setgid(gid); os.setuid(uid)
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))

@dataclass(frozen=True, slots=True)
class Seen:
    runs: int
    newest: datetime

viewer, written, frames, last = Viewer(root), [], 0, (0, datetime.min.replace(tzinfo=UTC))
print("ready", flush=True)
while not ended:
    viewer.refresh()
    (seen,) = viewer.rows(Seen, "select count(*) as runs, max(started) as newest from runs")
    assert (seen.runs, seen.newest) >= last, "went back in time"
    last = (seen.runs, seen.newest)
    frames += 1
    if frames % 4 == 0:
        event = spool.new_event("note", "bot", f"frame {frames}", datetime.now(UTC))
        spool.write(Folder(root), event)
        written.append([event.event_id, event.actor_uid])
    time.sleep(0.5)
print(json.dumps({"frames": frames, "written": written, "runs": last[0]}))
"""


@contextmanager
def source() -> Iterator[int]:
    """Serve one more value at every call."""

    class Growing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            rows = [{"time": datetime.now(UTC).isoformat(), "value": 1.0}]
            body = json.dumps({"rows": rows}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Growing)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def configuration(place: Path, port: int, group: str) -> Path:
    path = place / "config.toml"
    path.write_text(f"""
[portfolio]
name = "acme"
[[people]]
name = "maria"
[[systems]]
name = "bot"
owner = "maria"
[store]
folder = "{place / "store"}"
mode = "group"
group = "{group}"
[[sources]]
name = "api"
kind = "http_json"
system = "bot"
[sources.options]
url = "http://127.0.0.1:{port}/"
rows = "rows"
[sources.options.map]
record = "sample"
metric = "llmops.queue.depth"
fields = {{ time = "time", value = "value" }}
""")
    path.chmod(0o600)
    return path


def viewer(root: Path, uid: int, gid: int) -> "subprocess.Popen[str]":
    started = subprocess.Popen(
        [sys.executable, "-c", VIEWER, str(root), str(uid), str(gid)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def collect(config: Path, kill_after: float | None) -> int:
    command = [sys.executable, "-c", COLLECT, "--config", str(config), "collect", "--wait", "30"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode


@pytest.mark.root
def test_viewers_and_collections_never_disturb_each_other() -> None:
    chance = random.Random(7)  # noqa: S311 - spreads kills, guards nothing
    other = pwd.getpwnam("nobody")
    group = grp.getgrgid(other.pw_gid)
    place = Path("/var/tmp") / f"llmops-{os.getpid()}-{chance.random():.9f}"
    place.mkdir(mode=0o755)
    folder = Folder(place / "store", group.gr_name)
    try:
        with source() as port:
            config = configuration(place, port, group.gr_name)
            assert collect(config, None) == 0
            viewers = [viewer(folder.root, uid, group.gr_gid) for uid in (0, 0, 0, other.pw_uid)]
            killed = set(chance.sample(range(5, 45), KILLED))
            for number in range(COLLECTIONS):
                if number == 5:
                    viewers[0].send_signal(signal.SIGSTOP)
                if number == 45:
                    viewers[0].send_signal(signal.SIGCONT)
                delay = chance.uniform(0.2, 1.2) if number in killed else None
                code = collect(config, delay)
                assert code == 0 or (delay is not None and code == -signal.SIGKILL)
            reports = []
            for each in viewers:
                each.send_signal(signal.SIGTERM)
                words, faults = each.communicate(timeout=30)
                assert each.returncode == 0, faults
                reports.append(json.loads(words))
            assert collect(config, None) == 0
        written = sorted(tuple(event) for report in reports for event in report["written"])
        assert len({uid for _, uid in written}) == 2
        with commit.primary(folder, datetime.now(UTC)) as session:
            stored = session.execute("select event_id, actor_uid from events order by 1")
        assert stored == written
        assert all(finding.ok for finding in backup.verify(folder, commit.manifest(folder)))
    finally:
        subprocess.run(["rm", "-r", "--", str(place)], check=True)
