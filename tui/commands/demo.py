"""Play a made-up portfolio: sources on loopback, collected by the real collectors, shown by the real screens.

Three processes: this one (the person's), the backstage with the servers and files, and a collection that the backstage
starts. The backstage lives as long as the pipe to it is open, so nothing is left behind however this one ends.
"""

import argparse
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Final, NoReturn, Self, cast

from store.errors import EXIT_CRITICAL, EXIT_INTERNAL, EXIT_OK, EXIT_WARNING, LlmopsError
from tui.itself import command, surroundings

_PATIENCE: Final = 12.0
_HOUR: Final = 3600.0
_GLANCE: Final = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--headless", action="store_true", help="print the status instead of opening the screens, end with 0"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed is another history (default 1)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep everything there; begin again where it ended")
    parser.add_argument("--keep", action="store_true", help="do not remove the temporary folder at the end")
    parser.add_argument("--no-collect", action="store_true", help="ask no source; show what the folder holds")
    parser.add_argument("--story", action="store_true", help="tell what happens when in which system, and end")
    parser.add_argument("--backstage", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--remove", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Play until the person leaves; headless, print the status: trouble in the story is no fault of the demo."""
    if args.story:
        return _tell(datetime.now(UTC))
    if args.backstage is not None:
        return _backstage(args.backstage, args.seed, remove=args.remove)
    with _ending_by_signal():
        folder = args.folder or Path(tempfile.mkdtemp(prefix="llmops-tui-demo-"))
        remove = args.folder is None and not args.keep
        if not remove:
            _say(f"everything is in {folder}")
        with Stage(folder.absolute(), args.seed, remove=remove) as stage:
            return _play(stage, args)


def _tell(now: datetime) -> int:
    """Print the story as it would be told from now."""
    from collectors.demo import story

    for line in story.tell(now.replace(minute=0, second=0, microsecond=0)):
        print(line)  # noqa: T201 - stdout is data
    return 0


def _play(stage: "Stage", args: argparse.Namespace) -> int:
    """Collect once, then show what is there."""
    from tui.cli import main

    if not args.no_collect:
        _say("collecting 60 days of 12 systems; one source refuses its token, as it should")
        code = stage.collect()
        if code not in (EXIT_OK, EXIT_WARNING):
            return code
    if args.headless:
        return _shown(main(["--config", str(stage.config), "status"]))
    if not args.no_collect:
        stage.follow()
    return main(["--config", str(stage.config)])


def _shown(code: int) -> int:
    """Give 0 where systems of the story are in trouble, as they should be; other codes of ``status`` stay."""
    return EXIT_OK if code in (EXIT_WARNING, EXIT_CRITICAL) else code


class Stage:
    """The backstage process, spoken to over its standard input and heard on its standard output."""

    def __init__(self, folder: Path, seed: int, *, remove: bool) -> None:
        """Take where it keeps its files and whether they go with it."""
        self._words = ["demo", "--backstage", str(folder), "--seed", str(seed), *(["--remove"] if remove else [])]
        self.config = folder / "config.toml"

    def __enter__(self) -> Self:
        """Start it and wait until its servers answer."""
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command(*self._words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # ctrl-c is for the person's process, which closes the pipe
            env=surroundings(os.environ),
        )
        self._orders, self._answers = (cast("IO[str]", pipe) for pipe in (self._process.stdin, self._process.stdout))
        self._expect("ready")
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pipe, upon which it ends what it started, removes what is to be removed, and ends."""
        with self._process as process:
            self._orders.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()

    def collect(self) -> int:
        """Have everything collected once; its progress goes to standard error."""
        self._order("collect")
        return int(self._expect("ended"))

    def follow(self) -> None:
        """Have it collected on its schedules from now on, silently."""
        self._order("follow")

    def _order(self, word: str) -> None:
        self._orders.write(f"{word}\n")
        self._orders.flush()

    def _expect(self, word: str) -> str:
        said, _, rest = self._answers.readline().strip().partition(" ")
        if said != word:
            raise BackstageError(self._process.wait(_PATIENCE))
        return rest


class BackstageError(LlmopsError):
    """Say that the backstage ended early; it has said why itself, and its exit code is ours."""

    def __init__(self, code: int) -> None:
        """Take the exit code of the backstage."""
        super().__init__("demo: the loopback servers ended early; what they said is above")
        self.exit_code = code if code > 0 else EXIT_INTERNAL


def _backstage(folder: Path, seed: int, *, remove: bool) -> int:
    """Serve until standard input is closed; obey the orders read from it."""
    from collectors.demo import backstage
    from collectors.demo.world import World

    try:
        with _ending_by_signal():
            world = World(seed, backstage.anchored(folder, seed, datetime.now(UTC)))
            with backstage.served(world, _clock) as addresses:
                config = backstage.furnish(world, folder, addresses, _clock())
                print(f"ready {config}", flush=True)  # noqa: T201 - heard by the person's process
                _obey(config, lambda: backstage.refresh(world, folder, _clock()))
    finally:
        if remove:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _obey(config: Path, refresh: Callable[[], None]) -> None:
    """Start what is ordered until the pipe is closed, then end what still runs; between orders, write new files."""
    started: list[subprocess.Popen[bytes]] = []
    awaited: list[subprocess.Popen[bytes]] = []

    def patience() -> float:
        return _GLANCE if awaited else _HOUR

    try:
        for order in _orders(patience):
            if order:
                started.append(_collection(config, follow=order == "follow"))
                awaited += started[-1:] if order == "collect" else []
            elif not awaited:
                refresh()
            elif (code := awaited[0].poll()) is not None:
                print(f"ended {code}", flush=True)  # noqa: T201 - heard by the person's process
                awaited.clear()
    finally:
        _end(started)


def _orders(patience: Callable[[], float]) -> Iterator[str]:
    """Give each line of standard input, and nothing (an empty order) each time patience ends."""
    entry, held = sys.stdin.fileno(), b""
    while True:
        ready, _, _ = select.select([entry], [], [], patience())
        if not ready:
            yield ""
            continue
        piece = os.read(entry, 4096)
        if not piece:
            return
        *lines, held = (held + piece).split(b"\n")
        yield from (line.decode() for line in lines)


def _collection(config: Path, *, follow: bool) -> "subprocess.Popen[bytes]":
    """Start the real command; one that follows writes to a log, so that it never disturbs the screens."""
    words = command("--config", str(config), "collect", *(["--follow", "--log-json"] if follow else []))
    if not follow:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    with (config.parent / "collect.log").open("ab") as log:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - ourselves


def _end(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    """End processes in order, those that do not listen by force."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_PATIENCE - 2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program in order, with their own exit codes."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _clock() -> datetime:
    return datetime.now(UTC)


def _say(words: str) -> None:
    print(f"llmops-tui demo: {words}", file=sys.stderr)  # noqa: T201 - words to people
