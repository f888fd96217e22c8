"""Read the limits that people try, and say what they would have done: for the command line and the metric's screen."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, cast

from operations.rules import Rule
from operations.settings import System, Threshold
from store.decode import Mistakes, decode
from store.errors import ConfigError
from tui.figures import NOT_KNOWN, bound, clock, length, plural, quantity, share
from tui.limits import check_sides

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operations.backtest import Fired, Replay
    from operations.rows import MetricRow
    from store.records import Stat

DAYS: Final = 60
"""How far back is looked where nothing else is said."""

LIMITS: Final = ("direction", "warning", "critical", "recover", "window", "confirm", "min_n")
"""What can be tried, as the configuration calls it."""

TYPED: Final = "direction=above|below warning= critical= recover= window= confirm= min_n="
_NUMBERS: Final = frozenset({"warning", "critical", "recover", "min_n"})
_CONFIRM: Final = re.compile(r"(\d+)\s*of\s*(\d+)")
_OPTIONAL: Final = frozenset({"warning", "critical", "recover"})


def tried(declared: Threshold, said: Mapping[str, str]) -> Threshold:
    """Give the threshold with what was said in place of what is declared, or raise ``ConfigError``."""
    mistakes = Mistakes()
    table: dict[str, object] = {"name": declared.name, "metric": declared.metric, "direction": declared.direction}
    without = {name for name, text in said.items() if name in _OPTIONAL and text == "none"}
    table |= {name: _value(name, text) for name, text in said.items() if name not in without}
    read = decode(Threshold, table, (), mistakes)
    if read is not None:
        changed: dict[str, Any] = {name: None if name in without else getattr(read, name) for name in said}
        found = replace(declared, **changed)
        check_sides(found, (), mistakes)
        _check_positive(found, mistakes)
        if not mistakes:
            return found
    raise ConfigError(mistakes.listed())


def spelled(threshold: Threshold) -> str:
    """Write the limits of a threshold as they are typed: ``direction=above warning=2 window=1h confirm=2of3``."""
    limits = ((name, getattr(threshold, name)) for name in ("warning", "critical"))
    said = [f"{name}={value:g}" for name, value in limits if value is not None]
    side = [] if threshold.recover is None else [f"recover={threshold.recover:g}"]
    direction = f"direction={threshold.direction}"
    return " ".join(
        [direction, *said, *side, f"window={threshold.window}", f"confirm={str(threshold.confirm).replace(' ', '')}"]
    )


def typed(words: str) -> dict[str, str]:
    """Read ``warning=2 critical=4``, or raise ``ConfigError``."""
    said: dict[str, str] = {}
    for word in words.split():
        name, sign, value = word.partition("=")
        if name not in LIMITS or not sign:
            raise ConfigError([f"{word}: expected {' '.join(f'{each}=...' for each in LIMITS)}"])
        said[name] = value
    return said


def fault(declared: Threshold, words: str) -> str:
    """Say what is wrong with typed limits; nothing when they can be tried."""
    try:
        tried(declared, typed(words))
    except ConfigError as error:
        return error.mistakes[0]
    return ""


def undeclared(system: str, row: MetricRow) -> Rule:
    """Make a rule for a metric that none judges, with its newest value as the limit to begin from."""
    threshold = Threshold("no rule yet", row.metric, "above", row.value, stat=cast("Stat", row.stat), dims=row.dims)
    return Rule(System(system, ""), threshold)


def answer(tried: Replay, declared: Replay | None) -> Iterator[str]:
    """Say what the tried limits would have done beside the declared ones, and list each time."""
    yield summary("tried", tried)
    if declared is not None:
        yield summary("declared", declared)
    yield origin(tried)
    if tried.note:
        yield tried.note
    yield "it would never have fired" if not tried.fired else "it would have fired:"
    for each in reversed(tried.fired):
        yield f"  {fired_words(each, tried)}"


def summary(head: str, found: Replay) -> str:
    """Say in one line how often, for how long and on how many days."""
    limits = "/".join(bound(limit, "", found.unit) for limit in (found.warning, found.critical) if limit is not None)
    days = f"{found.days_in_breach} of {plural(found.days, 'day')} ({share(found.share_of_days)})"
    if not found.fired:
        return f"{head} {limits} ({found.confirm}): never fires in {plural(found.days, 'day')} with data{_blind(found)}"
    return (
        f"{head} {limits} ({found.confirm}): fires {plural(len(found.fired), 'time')}, "
        f"{length(found.in_breach)} in breach, on {days}{_blind(found)}"
    )


def origin(found: Replay) -> str:
    """Say which stretch of time was judged, and from what it was read."""
    rolled = f", {found.from_rollups} of hourly sums where they are gone" if found.from_rollups else ""
    source = f" of {found.source}" if found.source else ""
    return (
        f"{clock(found.begins)} to {clock(found.ends)}: {plural(found.windows, 'window')}{source}, "
        f"{found.from_raw} of what was collected{rolled}"
    )


def fired_words(each: Fired, found: Replay) -> str:
    """Say when a breach would have opened and closed, how bad it was and how long."""
    lasted = length((each.ended or found.ends or each.fired) - each.fired)
    until = clock(each.ended) if each.ended else "now, still open"
    worst = quantity(each.worst, found.unit) if each.worst is not None else NOT_KNOWN
    return f"{each.severity:<8}  {clock(each.fired)} to {until}  {lasted}, worst {worst}"


def _blind(found: Replay) -> str:
    return f"; {found.unknown} of {plural(found.windows, 'window')} cannot tell" if found.unknown else ""


def _value(name: str, text: str) -> object:
    """Turn a word into what the configuration would hold."""
    if name == "confirm" and (found := _CONFIRM.fullmatch(text)):
        return f"{found[1]} of {found[2]}"
    if name not in _NUMBERS:
        return text
    try:
        return int(text) if name == "min_n" else Decimal(text)
    except (ValueError, InvalidOperation):
        return text


def _check_positive(threshold: Threshold, mistakes: Mistakes) -> None:
    if threshold.window.seconds <= 0:
        mistakes.add(("window",), "expected more than 0")
    if threshold.min_n <= 0:
        mistakes.add(("min_n",), "expected more than 0")
