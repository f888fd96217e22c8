"""Say what a decision on a change rests on, and which words it needs: a reason, an end, the id, a key."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from store.values import Duration
from tui.change_tabs import ACT_WORDS
from tui.figures import plural
from tui.text import hidden, printable
from tui.widgets.decide import Line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from operations.changes.mine import OpenChange
    from store.change_records import Act
    from tui.spans import Span

TAIL: Final = 8
"""Characters of a change's id that are typed where the most is at stake."""
_TYPED: Final = frozenset({"approve", "waive"})
_FREE: Final = frozenset({"applied"})
_REASONS: Final = {
    "acknowledge": "impact note, as others will read it",
    "ask": "what is missing, as others will read it",
    "waive": "why it may be missing, as others will read it",
    "applied": "where and how (may be empty)",
}
_ROOM: Final = 300


def question(act: Act, found: OpenChange) -> tuple[str, list[list[Span]]]:
    """Say what is decided, and what it rests on: content, hidden characters, evidence, who is still needed."""
    row, page = found.page.row, found.page
    title = f"{ACT_WORDS[act].capitalize()}: {printable(row.system)}, {row.change_class}"
    unseen = hidden(page.content.replace("\n", ""))
    carried = sum(each.state == "present" for each in page.items)
    basis: list[list[Span]] = [
        [(printable(row.title, _ROOM), "plain")],
        [
            (
                f"change {row.change_id}, content {row.content_hash[:12]}, evidence {carried} of {len(page.items)}",
                "muted",
            )
        ],
        [(f"needed: {row.needed}" if row.needed else f"state: {row.state}", "muted")],
    ]
    if unseen:
        basis.append([(f"{plural(unseen, 'hidden character')} in the content; Content names each", "critical")])
    if act == "waive":
        basis.append([(f"lacking: {', '.join(found.lacking) or 'nothing'}", "warning")])
    return title, basis


def asked(act: Act, found: OpenChange, *, is_signed: bool) -> tuple[Line, ...]:
    """Give the lines to type in."""
    return tuple(_asked(act, found, is_signed=is_signed))


def items(words: str, found: OpenChange) -> tuple[str, ...]:
    """Give the items that a waiver names; all that lack when it names none."""
    return tuple(words.split()) or found.lacking


def expiry(words: str, now: datetime) -> datetime:
    """Give when a waiver ends."""
    return now + Duration.from_toml(words).delta


def _asked(act: Act, found: OpenChange, *, is_signed: bool) -> Iterator[Line]:
    row = found.page.row
    if act == "waive":
        yield Line("length", "until when: 3d or 2w from now", _no_length)
        yield Line("items", "which items (empty: all that lack)", _unknown_items)
    yield Line("reason", _REASONS.get(act, "reason, as others will read it"), _free if act in _FREE else _no_reason)
    if act in _TYPED and row.tier == 1:
        tail = row.change_id[-TAIL:]
        yield Line("id", f"tier 1: type the last {TAIL} characters of the change's id ({tail})", partial(_not_id, tail))
    if is_signed and act in _signed():
        yield Line("key", "SSH key to sign with, such as ~/.ssh/id_ed25519.pub (a public one asks your agent)", _no_key)


def _signed() -> frozenset[Act]:
    from operations.changes.rights import SIGNED

    return SIGNED


def _no_reason(words: str) -> str:
    return "" if words else "a reason is needed"


def _free(_: str) -> str:
    return ""


def _not_id(tail: str, words: str) -> str:
    return "" if words == tail else f"type {tail} to say that you mean this change"


def _no_key(words: str) -> str:
    return "" if words and Path(words).expanduser().is_file() else "no such key file"


def _no_length(words: str) -> str:
    try:
        Duration.from_toml(words)
    except ValueError as error:
        return str(error)
    return ""


def _unknown_items(words: str) -> str:
    from operations.changes.settings import EvidenceName

    wrong = [each for each in words.split() if each not in get_args(EvidenceName)]
    return f"no evidence is called {', '.join(map(printable, wrong))}" if wrong else ""
