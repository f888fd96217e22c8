"""Over a real SSH connection the screens appear at 80x24, and a dropped connection leaves nothing behind."""

import fcntl
import getpass
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from scripts.real import servers
from scripts.real.processes import Server, stop
from scripts.real.site import Site
from scripts.real.terminal import Terminal

pytestmark = pytest.mark.real

PATIENCE = 15.0


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, need: Callable[..., None]) -> Iterator[Server]:
    need("ssh", "/usr/sbin/sshd")
    server = servers.sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    stop(server)


def connection(sshd: Server, *words: str) -> list[str]:
    folder = sshd.log.parent
    return [
        shutil.which("ssh") or "ssh",
        *("-tt", "-F", "none", "-i", str(folder / "key"), "-p", sshd.url.rsplit(":", 1)[1]),
        *(
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            f"UserKnownHostsFile={folder / 'known_hosts'}",
            "-o",
            "LogLevel=ERROR",
        ),
        f"{getpass.getuser()}@127.0.0.1",
        shlex.join(words),
    ]


def running(config: Path) -> list[int]:
    """Name every process that was started with this configuration, wherever it is in the tree."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if str(config) in words and "ssh" not in Path(words[0]).name and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def none_is_left(config: Path) -> bool:
    """Wait a little for the last process to go."""
    deadline = time.monotonic() + PATIENCE
    while running(config) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not running(config)


def screen_is_up(text: str) -> bool:
    return "support-bot" in text and "smollm-desk" in text


def test_the_screens_appear_over_ssh_and_q_ends_them(collected: Site, sshd: Server) -> None:
    argv = ["env", f"XDG_STATE_HOME={collected.environ['XDG_STATE_HOME']}", *collected.argv()]
    with closing(Terminal(connection(sshd, *argv))) as terminal:
        terminal.wait_for(screen_is_up)
        terminal.press("q")
        assert terminal.ended() == 0
    assert none_is_left(collected.config)


def test_a_dropped_connection_leaves_no_process_and_no_lock(collected: Site, sshd: Server) -> None:
    argv = ["env", f"XDG_STATE_HOME={collected.environ['XDG_STATE_HOME']}", *collected.argv()]
    with closing(Terminal(connection(sshd, *argv))) as terminal:
        terminal.wait_for(screen_is_up)
        assert len(running(collected.config)) >= 1
        terminal.process.kill()
    assert none_is_left(collected.config)
    with (collected.store / "collector.lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
