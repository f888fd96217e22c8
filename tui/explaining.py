"""Write the explanation of a breach as lines of text, for its screen and for ``llmops-tui explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.findings import confidence, odds
from operations.modes import PREFIX
from tui.figures import clock, plural, share, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from operations.explanation import Explanation, NearChange
    from operations.rows import BreachRow
    from store.detection_records import Spoken

Line = tuple[str, str]
"""A line of text and its look, ``""`` for plain."""

STRONGEST = 3
_INDENT = "   "


def lines(found: Explanation, now: datetime) -> Iterator[Line]:
    """Say what a breach is, what speaks for it, since when, what changed, who shares it, and what to do."""
    breach = found.breach
    yield f"{breach.severity} {breach.system} {breach.mode or breach.rule}: {breach.note}", breach.severity
    yield _standing(breach, now), "muted"
    if found.evidence:
        yield "", ""
        yield "what speaks for it", "strong"
        for each in found.evidence[:STRONGEST]:
            yield from _told(each)
        yield from _since(found, now)
    yield from _children(found.children, now)
    yield from _changes(found)
    yield from _sharing(found, now)
    if found.visible is not None:
        yield "", ""
        yield f"a week of these runs can see a fall of {share(found.visible)}, and no smaller one", ""
    yield from _response(found)


def _standing(breach: BreachRow, now: datetime) -> str:
    opened = f"opened {clock(breach.opened)}" if breach.opened else "not confirmed yet"
    taken = f"acknowledged by {breach.acknowledged_by}" if breach.acknowledged_by else "nobody has acknowledged it"
    where = f" ({breach.event_systems})" if breach.event_systems else ""
    event = f"; one event with other systems: {breach.event}{where}" if breach.event else ""
    owner = f"owner {breach.owner or 'nobody'}"
    return f"{breach.state} for {spoken(breach.since, now)}, {opened}, {owner}, {taken}{event}"


def _told(each: Spoken) -> Iterator[Line]:
    yield f" {each.place + 1}. {each.words}", ""
    if each.kind in {"event", "age"}:
        yield f"{_INDENT}a fact, which needs no statistics", "muted"
        return
    parts = [
        f"evidence {each.score:.1f} nats, limit {each.score_limit:.1f}",
        f"{odds(each.score)} before looking, {confidence(each.score - each.score_limit)}",
    ]
    if each.low is not None and each.high is not None:
        parts.append(f"95% interval {share(each.low)} to {share(each.high)}")
    if each.n is not None:
        parts.append(f"n={each.n:,.0f}")
    yield _INDENT + ", ".join(parts), "muted"


def _since(found: Explanation, now: datetime) -> Iterator[Line]:
    each, began = found.evidence[0], found.breach.since
    yield f"began about {began:%d %b %Y} ({plural((now - began).days, 'day')} ago)", ""
    if each.began is not None and each.earliest is not None and each.latest is not None:
        between = f", between {each.earliest:%d %b} and {each.latest:%d %b}" if each.earliest != each.latest else ""
        yield f"its present level stands since {each.began:%d %b}{between}", "muted"


def _children(children: tuple[BreachRow, ...], now: datetime) -> Iterator[Line]:
    if children:
        yield "", ""
        yield "belongs to it", "strong"
    for each in children:
        what = each.rule.removeprefix(PREFIX)
        yield f" - {each.severity} {what} for {spoken(each.since, now)}: {each.note}", ""


def _changes(found: Explanation) -> Iterator[Line]:
    yield "", ""
    yield "changes within 48 hours of its start", "strong"
    for change in found.changes:
        yield f" - {_change(change)}", "accent"
    if not found.changes:
        yield " none is recorded", "muted"
    if found.chance is not None:
        yield f" by chance alone {share(found.chance)} of all moments of this system have one as near", "muted"


def _change(change: NearChange) -> str:
    hours = change.after / 3_600
    when = f"{abs(hours):.0f} h {'after' if hours > 0 else 'before'}"
    by = f" by {change.author}" if change.author else ""
    return f"{when}: {change.change_class}, {change.title} ({change.state}{by})"


def _sharing(found: Explanation, now: datetime) -> Iterator[Line]:
    if not found.sharing:
        return
    yield "", ""
    yield "who shares what it depends on", "strong"
    for each in found.sharing:
        state = f"{each.severity} for {spoken(each.since, now)}" if each.since is not None else "no such breach"
        yield f" - {each.system} ({each.thing}): {state}", "critical" if each.severity == "critical" else ""


def _response(found: Explanation) -> Iterator[Line]:
    if found.response:
        yield "", ""
        yield "what to do", "strong"
        yield f" {found.response}", ""
    if found.surer:
        yield "", ""
        yield "what would make it surer", "strong"
        for words in found.surer:
            yield f" - {words}", ""
