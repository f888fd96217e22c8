"""Start a server, wait until it answers, and end it and its children by their process ids."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

READY_WITHIN = 120.0
STOP_WITHIN = 10.0


class NotReadyError(RuntimeError):
    """Say which server did not come up, with the end of what it logged."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, which process it is and where it logs."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    """Name a port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    name: str,
    argv: Sequence[str],
    url: str,
    ready: Callable[[], bool],
    folder: Path,
    environ: Mapping[str, str] | None = None,
) -> Server:
    """Start the server in its folder and come back when it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(name, url, process, log)
    try:
        _wait(server, ready)
    except BaseException:
        stop(server)
        raise
    return server


def stop(server: Server) -> None:
    """End the server and every process it started, asking first and insisting after ten seconds."""
    try:
        parent = psutil.Process(server.process.pid)
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        server.process.wait()
        return
    for member in family:
        if member.is_running():
            member.terminate()
    _, stubborn = psutil.wait_procs(family, timeout=STOP_WITHIN)
    for member in stubborn:
        member.kill()
    server.process.wait()


def answers(page: str) -> Callable[[], bool]:
    """Be ready when the page answers 200."""

    def ready() -> bool:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310 -- loopback pages of our own servers
                status: int = answer.status
                return status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    return ready


def listens(port: int) -> Callable[[], bool]:
    """Be ready when somebody accepts connections on the port."""

    def ready() -> bool:
        with socket.socket() as probe:
            probe.settimeout(5)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ready


def _wait(server: Server, ready: Callable[[], bool]) -> None:
    """Ask until it is ready, the process ends or patience does."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        if ready():
            return
        time.sleep(0.1)
    tail = server.log.read_text(errors="replace")[-2000:]
    raise NotReadyError(f"{server.name} is not ready (exit code {server.process.poll()}); it logged:\n{tail}")
