"""Say of changes in lines of text where each stands, what it rests on, and what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.figures import clock, length, plural
from tui.remaining import remaining
from tui.text import hidden, pad, printable, revealed, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from operations.changes.queue import ChangePage, LedgerRow
    from store.change_records import Decision, EvidenceItem
    from tui.change_acts import Outcome

_ID: Final = 12
_WIDEST: Final = 40
_MOST: Final = 2_000
_LATER: Final = "the next collection stores it, 'llmops-tui ingest' as the store's owner at once"
_SIDES: Final = {"better": "+", "no worse": "=", "worse": "!", "cannot tell": "?"}
_HOWS: Final = {"observed": "seen in telemetry", "said": "as somebody said", "source": "as its source says"}
_SIGNS: Final = {"present": "+", "missing": "-", "failing": "!", "inconclusive": "?"}


def lines(rows: Sequence[LedgerRow], now: datetime) -> list[str]:
    """Write one line a change: state, class, system, age, title, and what it waits for."""
    if not rows:
        return ["no change asks anything of anybody; --all lists those that are settled"]
    states = max(len(_state(row)) for row in rows)
    systems = max(width(printable(row.system, _WIDEST)) for row in rows)
    return [
        f"{row.change_id[:_ID]}  {_state(row):<{states}}  {row.change_class:<9}  "
        f"{pad(printable(row.system, _WIDEST), systems)}  {length(now - row.waiting_since):>4}  "
        f"{printable(row.title, 80)}{_wants(row)}"
        for row in rows
    ]


def page_lines(page: ChangePage) -> Iterator[str]:
    """Write everything about one change; hidden characters of its content by name."""
    row = page.row
    yield f"{row.change_id}  {_state(row)}: {row.change_class} for {printable(row.system)} (tier {row.tier})"
    yield f"  {printable(row.title)}"
    yield from (f"  {name}: {printable(value)}" for name, value in facts(row) if value)
    yield "evidence:"
    yield from (f"  {item_line(each)}" for each in page.items)
    if not page.items:
        yield "  none is needed, or the change was settled when it was first seen"
    yield "decisions:"
    yield from (f"  {said_line(each)}" for each in page.said)
    if not page.said:
        yield "  nobody has said anything yet"
    yield from _watch(page)
    yield from _content(page.content)


def _watch(page: ChangePage) -> Iterator[str]:
    """Say what became of a change since it was applied: how that is known, the answer, and what each signal says."""
    watch = page.watch
    if watch is None:
        return
    seen = f" ({printable(watch.seen)})" if watch.seen else ""
    until = f", watched until {clock(watch.watch_until)}" if watch.watch_until else ""
    yield f"after: applied {clock(watch.applied)}, {_HOWS[watch.how]}{seen}{until}"
    told = watch.words if watch.words.startswith(watch.result) else f"{watch.result}: {watch.words}"
    yield f"  {printable(told, _MOST)}"
    yield from (f"  {_SIDES[each.verdict]} {each.verdict:<11}  {printable(each.words, _MOST)}" for each in page.signals)


def outcome_lines(found: Outcome) -> Iterator[str]:
    """Say what became of something that a person said."""
    if found.state == "waiting":
        yield f"{found.event_id[:_ID]}: written; {_LATER}"
        return
    if found.state == "refused":
        yield f"{found.change_id}: refused: {printable(found.why)}"
        return
    needed = f"; still needed: {printable(found.needed)}" if found.needed else ""
    yield f"{found.change_id}: {found.state}; the change is {found.ledger_state or 'not judged yet'}{needed}"
    if found.left:
        first, *more = found.left.split("\n")
        yield f"recorded, not delivered; to do: {printable(first, _MOST)}"
        yield from (f"  {printable(each, _MOST)}" for each in more)


def _state(row: LedgerRow) -> str:
    late = " (late)" if row.is_late else ""
    return f"{row.state or row.plain_state}{late}"


def _wants(row: LedgerRow) -> str:
    """Say what a change waits for."""
    frozen = f"frozen: {row.frozen}" if row.frozen else ""
    review = f"to be reviewed until {clock(row.review_due)}" if row.review_due else ""
    words = "; ".join(filter(None, (row.needed, row.missing, review, frozen, row.note)))
    return f": {printable(words, 200)}" if words else ""


def facts(row: LedgerRow) -> Iterator[tuple[str, str]]:
    """Give what is known of a change by name; some of it may be empty."""
    refs = " to ".join(part for part in (row.from_ref, row.to_ref) if part)
    yield "hash", row.content_hash
    yield "from and to", refs
    yield "asked", f"{clock(row.waiting_since)} by {row.requester or row.author or 'an unknown author'}"
    yield "author", row.author
    yield "last edited by", row.editor
    yield "owner", row.owner
    yield "source", row.source
    yield "link", row.url
    yield "reason", row.reason
    yield "rollback", row.rollback
    yield "incident", row.incident
    yield "still needed", row.needed
    yield "note", row.note
    yield "frozen", row.frozen
    yield "applied", clock(row.applied) if row.applied else ""
    yield "watched until", clock(row.watch_until) if row.watch_until else ""
    yield "review due", clock(row.review_due) if row.review_due else ""
    yield "to do", remaining(row) if row.state == "approved" else ""


def item_line(item: EvidenceItem) -> str:
    """Write one item of evidence with its sign and state."""
    waived = f" (waived until {clock(item.waived)})" if item.waived else ""
    return f"{_SIGNS[item.state]} {item.state:<12}  {printable(item.words)}{waived}"


def said_line(said: Decision) -> str:
    """Write one thing that somebody said: when, what, on which content, as what, signed by which key, and why."""
    role = f" ({printable(said.role)})" if said.role else ""
    key = f", signed {said.fingerprint}" if said.fingerprint else ""
    why = f" [{said.state}: {printable(said.why)}]" if said.state != "counted" else ""
    until = f" until {clock(said.expires)}" if said.expires else ""
    about = f" {printable(said.items)}" if said.items else ""
    seen = f" of {said.content_hash[:_ID]}" if said.content_hash else ""
    words = f"{clock(said.written)} {said.decision}{about}{seen}{until} by {printable(said.person)}{role}{key}"
    return f"{words}: {printable(said.reason)}{why}"


def _content(content: str) -> Iterator[str]:
    unseen = hidden(content.replace("\n", ""))
    warned = f"; {plural(unseen, 'hidden character')}, each shown by its name" if unseen else ""
    yield f"content{warned}:" if content else "content: the source gave none; follow the link"
    if content:
        yield from (f"  | {revealed(line, _MOST)}" for line in content.split("\n"))
