"""Collect from the sources, once or on their schedules."""

import argparse
import asyncio
import difflib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.errors import ConfigError

if TYPE_CHECKING:
    from collectors.settings import SourceSettings
    from tui.collecting import Wanted
    from tui.reporting import Voice
    from tui.settings import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="only this source (repeatable)")
    parser.add_argument("--since", metavar="WHEN", help="ask from here on: 2026-11-01, 2026-11-01T12:00Z or 7d")
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="wait for a collection under way")
    parser.add_argument("--dry-run", action="store_true", help="fetch and show what would be stored; store nothing")
    parser.add_argument("--follow", action="store_true", help="keep running and collect each source on its schedule")
    parser.add_argument("--log-json", action="store_true", help="report each source as a line of JSON")


def run(args: argparse.Namespace) -> int:
    """Collect and say how it went: 0 all complete, 1 some not, 69 none reachable, 75 busy, 130/143 stopped."""
    from tui.collecting import Wanted
    from tui.logs import to_stderr
    from tui.reporting import Voice
    from tui.settings import load

    config = load(args.config, os.environ)
    sources = chosen(config, args.source)
    now = datetime.now(UTC)
    voice = Voice(args.log_json)
    to_stderr(voice.redact, as_json=args.log_json)
    if args.follow:
        from tui.following import follow

        return asyncio.run(with_signals(lambda stop: follow(config, sources, stop, voice, args.wait)))
    since = moment(args.since, now) if args.since else None
    wanted = Wanted(sources, {}, since, args.wait, args.dry_run)
    return asyncio.run(with_signals(lambda stop: _once(config, wanted, now, stop, voice)))


def chosen(config: "Config", names: Sequence[str]) -> "tuple[SourceSettings, ...]":
    """Give the named sources, or every enabled one."""
    known = {source.name: source for source in config.sources}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            raise ConfigError([f"--source {name}: no such source; {hint}"])
    return tuple(known[name] for name in names) or tuple(s for s in config.sources if s.enabled)


def moment(text: str, now: datetime, option: str = "--since") -> datetime:
    """Read ``--since`` or its like: a date, a time (UTC where it names no zone), or how long ago."""
    from store.values import Duration

    try:
        return now - Duration.from_toml(text).delta
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option} {text}: expected a date, a time or a length of time such as 7d"]) from None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    if aware > now:
        raise ConfigError([f"{option} {text}: expected a time in the past"])
    return aware.astimezone(UTC)


async def _once(config: "Config", wanted: "Wanted", now: datetime, stop: asyncio.Event, voice: "Voice") -> int:
    from tui.collecting import collect
    from tui.describing import described
    from tui.reporting import exit_code

    collected = await collect(config, wanted, now, stop, voice)
    if collected.committed is None:
        for outcome in collected.outcomes:
            print(*described(outcome), sep="\n")  # noqa: T201 - stdout is data
        print("dry run: nothing was stored", file=sys.stderr)  # noqa: T201 - words to people
    elif not voice.as_json:
        new = sum(run.new_rows for run in collected.committed.runs)
        print(f"{new} new rows in {config.store.folder}", file=sys.stderr)  # noqa: T201 - words to people
    return exit_code(collected.outcomes)


async def with_signals(work: Callable[[asyncio.Event], Awaitable[int]]) -> int:
    """Run until done or stopped; a signal lets finished sources be stored, then ends with 128 + its number."""
    stop = asyncio.Event()
    with _signals(stop) as caught:
        code = await work(stop)
    return 128 + caught[0] if caught else code


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[list[int]]:
    loop, caught = asyncio.get_running_loop(), list[int]()

    def note(number: int) -> None:
        caught.append(number)
        stop.set()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, note, number)
    try:
        yield caught
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
