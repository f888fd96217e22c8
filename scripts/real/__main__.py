"""Bring up real sources on loopback, collect from them and show them: ``make real``, or ``ARGS=--headless`` to print.

Everything lives under ``.real/``; every process started here is ended by its id when the screens close.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from scripts.real import configuration, environments, history, servers, traffic
from scripts.real.exporter import exporter
from scripts.real.processes import Server, stop

DAYS = 35
STEP = 300
SCRAPES = 12.0
COMMAND = Path(sys.executable).with_name("llmops-tui")


@dataclass(frozen=True, slots=True)
class Parts:
    """The running servers."""

    llama: Server
    prometheus: Server
    mlflow: Server


def main() -> int:
    """Bring everything up, collect, show, and take everything down again."""
    parser = argparse.ArgumentParser(prog="make real", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="print the status and end, without screens")
    args = parser.parse_args()
    folder = environments.folder().parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    with running(folder) as parts, _asking(parts.llama.url):
        places = configuration.Places(parts.prometheus.url, parts.llama.url, parts.mlflow.url)
        path = configuration.write(folder / "config.toml", folder / "store", places)
        _say(f"collecting 30 days from {parts.prometheus.url}, {parts.mlflow.url} and {parts.llama.url}")
        collected = _program(path, "collect")
        if args.headless:
            _program(path, "status")
            _program(path, "show", configuration.LLM)
            return collected
        with _following(path, folder):
            return _program(path)


@contextmanager
def running(folder: Path) -> Iterator[Parts]:
    """Start the servers one after the other and end them in the opposite order."""
    with ExitStack() as stack:

        def started(server: Server) -> Server:
            stack.callback(stop, server)
            _say(f"{server.name} answers at {server.url} (pid {server.process.pid})")
            return server

        _say("building the environments of the servers (once; MLflow takes about a minute)")
        llama = started(servers.llama(folder / "llama"))
        page = stack.enter_context(exporter())
        _say(f"writing {DAYS} days of history")
        jobs = {configuration.LLM: llama.url.removeprefix("http://"), "services": page}
        span = history.past(time.time(), DAYS, STEP)
        prometheus = started(servers.prometheus(folder / "prometheus", span, jobs, "5s"))
        _say("seeding MLflow with runs, traces, models and prompts")
        mlflow = started(servers.mlflow(folder / "mlflow"))
        yield Parts(llama, prometheus, mlflow)


@contextmanager
def _asking(url: str) -> Iterator[None]:
    """Keep the real model answering; begin when a few answers were scraped."""
    enough = Event()
    asked = traffic.burst(url, 8)
    _say(f"the real model answered {asked} tokens; waiting for Prometheus to see them")
    thread = Thread(target=traffic.steady, args=(url, enough), daemon=True)
    thread.start()
    time.sleep(SCRAPES)  # two scrapes of five seconds: a rate needs two points
    try:
        yield
    finally:
        enough.set()
        thread.join()


@contextmanager
def _following(path: Path, folder: Path) -> Iterator[None]:
    """Collect on schedule beside the screens."""
    argv = [str(COMMAND), "--config", str(path), "collect", "--follow", "--log-json"]
    with (folder / "collect.log").open("wb") as output:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _program(path: Path, *command: str) -> int:
    """Run the installed program on this configuration."""
    return subprocess.run([str(COMMAND), "--config", str(path), *command], check=False).returncode


def _say(words: str) -> None:
    """Tell a person what goes on."""
    print(f"real: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
