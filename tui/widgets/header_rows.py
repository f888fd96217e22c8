"""Say in two rows whether anything burns and whether the picture can be believed, at every width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tui.figures import SHORT, SIGNS, WORDS, ago, length, money, plural
from tui.spans import cells_of
from tui.text import clip, printable, width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.portfolio_rows import Summary
    from store.records import State
    from tui.spans import Span, Tone

_GAP: Final = 2
_WORDINGS: Final = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (2, 2), (3, 2))
"""Levels of (oldest breach, counts), the most telling first."""
_NAME: Final = 18
_STALE: Final = timedelta(hours=2)
_DEAD: Final = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of the header in falling lengths; the first that leaves room for the others is shown."""

    tone: Tone
    texts: tuple[str, ...]


def header_rows(
    summary: Summary | None, notice: str, now: datetime, room: int, account: str
) -> tuple[list[Span], list[Span]]:
    """Give both rows to who looks: what burns; then what can be believed, what waits and what it costs."""
    if summary is None:
        return [("llmops-tui", "strong")], [(notice or "reading the store", "warning" if notice else "muted")]
    belief, waiting = _belief(summary, now), _waiting(summary, now, summary.waiting_for.get(account, 0))
    second = [*_notice(notice), *belief, *_elsewhere(summary), *waiting, *_money(summary)]
    return _first(summary, now, room), joined(second, room)


def _first(summary: Summary, now: datetime, room: int) -> list[Span]:
    """Find the longest wording of counts and oldest breach that fits; the counts keep one style among them."""
    name = Item("strong", (clip(printable(summary.portfolio), _NAME),))
    fire = _fire(summary, now)
    rows = [
        joined([name, *_counts(summary, level), Item(fire.tone, (text,))], room)
        for text, level in ((fire.texts[min(a, len(fire.texts) - 1)], b) for a, b in _WORDINGS)
    ]
    return next((row for row in rows if cells_of(row) <= room), rows[-1])


def joined(items: Sequence[Item], room: int) -> list[Span]:
    """Put items beside each other, shortening from the last to the first until all fit."""
    level = [0] * len(items)
    while _total(items, level) > room:
        longer = [i for i, item in enumerate(items) if level[i] + 1 < len(item.texts)]
        if not longer:
            break
        level[min(longer, key=lambda i: (level[i], -i))] += 1
    spans: list[Span] = []
    for item, chosen in zip(items, level, strict=True):
        if item.texts[chosen]:
            spans += [(" " * _GAP, "plain")] if spans else []
            spans.append((item.texts[chosen], item.tone))
    return spans


def _total(items: Sequence[Item], level: Sequence[int]) -> int:
    shown = [width(item.texts[chosen]) for item, chosen in zip(items, level, strict=True) if item.texts[chosen]]
    return sum(shown) + _GAP * (len(shown) - 1)


def _counts(summary: Summary, level: int) -> list[Item]:
    """Count the systems by severity; a zero is calm, not coloured."""
    counts: tuple[tuple[int, State], ...] = (
        (summary.critical, "critical"),
        (summary.warning, "warning"),
        (summary.unknown, "unknown"),
    )
    items = [Item(state if count else "muted", (_count(count, state, level),)) for count, state in counts]
    return [*items, Item("ok" if summary.ok else "muted", (f"ok {summary.ok}",))]


def _count(count: int, state: State, level: int) -> str:
    """Write a count in full, with the table's short word, or with its sign alone."""
    word = (WORDS[state], SHORT[state].split()[-1].lower(), "")[level]
    return f"{SIGNS[state]} {count} {word}" if word else f"{SIGNS[state]}{count}"


def _fire(summary: Summary, now: datetime) -> Item:
    """Name the oldest breach that nobody has acknowledged, or say that it is quiet."""
    if summary.oldest_unacknowledged is not None:
        age = ago(summary.oldest_unacknowledged, now)
        system = clip(printable(summary.oldest_unacknowledged_of), _NAME)
        texts = (
            f"oldest unacknowledged {age} {system}",
            f"unacknowledged {age} {system}",
            f"unack {age} {system}",
            f"unack {age}",
        )
        return Item("strong", texts)
    if summary.open_breaches:
        count = plural(summary.open_breaches, "open breach", "open breaches")
        if summary.silenced:
            return Item("plain", (f"{count}, {summary.silenced} silenced", f"{summary.silenced} silenced"))
        return Item("plain", (f"{count}, all acknowledged", "all acknowledged", "all acked"))
    blind = f", {plural(summary.blind_cells, 'cell')} blind" if summary.blind_cells else ""
    return Item("muted", (f"quiet: no open breach{blind}", "no open breach", "quiet"))


def _notice(notice: str) -> list[Item]:
    return [Item("warning", (notice,))] if notice else []


def _belief(summary: Summary, now: datetime) -> list[Item]:
    """Say how old the data is, which sources failed, how many rules cannot tell and how many cells nobody watches."""
    items = [Item(_age_tone(summary.collected, now), _ages(summary, now))]
    bad = summary.sources_failed + summary.sources_partial
    if bad:
        parts = [
            f"{n} {word}" for n, word in ((summary.sources_failed, "failed"), (summary.sources_partial, "partial")) if n
        ]
        names = clip(", ".join(printable(name) for name in summary.failed_names), 40)
        brief = f"{bad}/{summary.sources} sources bad"
        said = f"{' '.join(parts)} of {plural(summary.sources, 'source')}"
        items.append(
            Item("warning", (f"{said}: {names}" if names else said, said, brief, f"src {bad}/{summary.sources}"))
        )
    else:
        items.append(Item("muted", (f"{plural(summary.sources, 'source')} complete", f"{summary.sources} sources ok")))
    if rules := summary.unknown_rules:
        counted = plural(rules, "rule")
        items.append(Item("unknown", (f"{counted} cannot tell", f"{counted} blind", f"{rules} blind")))
    if blind := summary.blind_cells:
        items.append(
            Item("unknown", (f"{blind} of {summary.cells} cells blind", f"{blind}/{summary.cells} cells blind", ""))
        )
    return items


def _ages(summary: Summary, now: datetime) -> tuple[str, ...]:
    """Say when the last collection was, and the age of the oldest newest value where that is older."""
    if summary.collected is None:
        return ("nothing collected", "no data")
    fresh = ago(summary.collected, now)
    fresh = "<1m" if fresh == "now" else fresh
    oldest = ago(summary.oldest_data, now)
    if summary.oldest_data is None or oldest in (fresh, "now"):
        return (f"data {fresh} old", f"data {fresh}")
    return (f"collected {fresh} ago, oldest data {oldest}", f"data {fresh}, oldest {oldest}", f"data {fresh}, {oldest}")


def _age_tone(collected: datetime | None, now: datetime) -> Tone:
    if collected is None or now - collected >= _DEAD:
        return "critical"
    return "warning" if now - collected >= _STALE else "plain"


def _elsewhere(summary: Summary) -> list[Item]:
    """Count the incidents that other tools have open; the first thing to give way where there is no room."""
    count = summary.open_incidents
    if not count:
        return []
    return [
        Item(
            "strong",
            (f"{plural(count, 'incident')} in other tools", f"{plural(count, 'incident')}", f"{count} inc", ""),
        )
    ]


def _waiting(summary: Summary, now: datetime, mine: int) -> list[Item]:
    """Count the changes that wait for a decision, and those of them that wait for who looks."""
    count = summary.pending_changes
    if not count:
        return [Item("muted", ("no approvals wait", "0 approvals", "appr 0"))]
    age = "" if summary.oldest_change is None else length(now - summary.oldest_change)
    words, brief = f"{plural(count, 'approval')} wait{'s' if count == 1 else ''}", plural(count, "approval")
    oldest = f", oldest {age}" if age else ""
    if mine:
        return [
            Item(
                "accent", (f"{words}, {mine} for you{oldest}", f"{brief}, {mine} yours", f"appr {count}, {mine} yours")
            )
        ]
    return [Item("accent", (f"{words}{oldest}", f"{brief} {age}".rstrip(), f"appr {count}"))]


def _money(summary: Summary) -> list[Item]:
    """Say what the month has cost so far, against the budget where there is one."""
    if summary.cost_month is None:
        return [Item("muted", ("cost not known", "$ -"))]
    spent = money(summary.cost_month, summary.currency)
    if summary.budget is None:
        return [Item("plain", (f"{spent} this month", f"{spent} MTD"))]
    budget = money(summary.budget, summary.currency)
    tone: Tone = "warning" if summary.cost_month > summary.budget else "plain"
    return [Item(tone, (f"{spent} of {budget} this month", f"MTD {spent}/{budget}", f"{spent}/{budget}"))]
