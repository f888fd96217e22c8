"""Check what is configured of changes: names that are known, patterns that are not too wide, numbers that can hold."""

from collections.abc import Iterable, Sequence
from typing import Final, get_args

from operations.changes.settings import TIERS, Classes, Settings, Standard
from operations.settings import Person
from store.decode import Mistakes, suggestion
from store.records import ChangeClass
from store.values import shown
from tui.naming import safe_name_mistake

_SECTION: Final = "changes"
_WIDE: Final = "expected a class, or a title or author narrower than *, so that not every change needs nobody"


def check_changes(
    changes: Settings | None, systems: Sequence[str], people: Iterable[Person], mistakes: Mistakes
) -> None:
    """Add what is wrong with the section."""
    if changes is None:
        return
    for name in ("late", "expires", "reviewers", "review_within"):
        if getattr(changes, name) < 1:
            mistakes.add((_SECTION, name), f"expected 1 or more, found {getattr(changes, name)}")
    if not changes.longest_waiver.seconds > 0:
        mistakes.add((_SECTION, "longest_waiver"), f"expected more than 0, found {changes.longest_waiver}")
    if changes.require_signature and changes.allowed_signers is None:
        words = "missing; signatures are required, and this file lists whose keys count (ssh-keygen, ALLOWED SIGNERS)"
        mistakes.add((_SECTION, "allowed_signers"), words)
    known = (*get_args(ChangeClass), *systems)
    for position, name in enumerate(changes.freeze_exceptions):
        if name not in known:
            words = f"expected a class of change or a system, found {shown(name)}{suggestion(name, known)}"
            mistakes.add((_SECTION, "freeze_exceptions", position), words)
    _standard(changes.standard, mistakes)
    _roles(changes, {role for person in people for role in person.roles}, mistakes)


def _standard(entries: Sequence[Standard], mistakes: Mistakes) -> None:
    for index, each in enumerate(entries):
        keys = (_SECTION, "standard", index)
        if words := safe_name_mistake(each.name):
            mistakes.add((*keys, "name"), words)
        if not each.reason.strip():
            mistakes.add((*keys, "reason"), "expected words that others will read, found none")
        if each.change_class is None and not (each.title + each.author).strip("*"):
            mistakes.add((*keys, "title"), _WIDE)


def _roles(changes: Settings, held: Iterable[str], mistakes: Mistakes) -> None:
    """Refuse approvers in a role that nobody has: such a change would wait for ever."""
    for name in Classes.__dataclass_fields__:
        for tier in TIERS:
            quorum = getattr(changes.classes, name).quorum(tier)
            if quorum is not None and quorum.role and quorum.role not in held:
                words = f"nobody has the role {shown(quorum.role)}; give it to somebody under [[people]]"
                mistakes.add((_SECTION, "classes", name, f"tier{tier}"), words)
