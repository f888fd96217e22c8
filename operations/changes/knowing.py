"""Say who might know of a change that nobody recorded: those who changed the same lately, then owner and deputy."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

from operations.changes.ledger import Entry
from operations.refs import names
from operations.settings import System
from store.ledger import ANNOUNCED, PROPOSER

LATELY: Final = timedelta(days=30)
_MOST: Final = 6


class Observed(Protocol):
    """What was observed: where, from what to what, since when."""

    @property
    def system(self) -> str: ...  # noqa: D102 - as in the finding
    @property
    def from_ref(self) -> str: ...  # noqa: D102
    @property
    def to_ref(self) -> str: ...  # noqa: D102
    @property
    def since(self) -> datetime: ...  # noqa: D102


def might_know(system: System, moved: Observed, ledger: Iterable[Entry]) -> list[tuple[str, str]]:
    """Give names with why each might know, best first.

    Whoever wrote or requested a change of the system within thirty days, the nearest first; the owner and the deputy;
    then whoever moved another system to the same model, prompt or index. A vendor that announces something is nobody.
    """
    near = sorted(
        (abs(each.waiting_since - moved.since), each.change_id, each)
        for each in ledger
        if abs(each.waiting_since - moved.since) <= LATELY and each.source != ANNOUNCED
    )
    own = [each for *_, each in near if each.system == moved.system]
    same = [each for *_, each in near if each.system != moved.system and _is_same(each, moved)]
    told = [
        *((name, f"{word} {each.title}") for each in own for word, name in _people(each)),
        (system.owner, f"owner of {system.name}"),
        (system.deputy, f"deputy of {system.name}"),
        *((name, f"{word} {each.title} of {each.system}") for each in same for word, name in _people(each)),
    ]
    found: dict[str, str] = {}
    for name, why in told:
        if name:
            found.setdefault(name, why)
    return list(found.items())[:_MOST]


def _people(each: Entry) -> tuple[tuple[str, str], ...]:
    requester = "" if each.requester == PROPOSER else each.requester
    return ("requested", requester), ("wrote", each.author)


def _is_same(each: Entry, moved: Observed) -> bool:
    return any(names(ref, shown) for ref in (each.to_ref, each.from_ref) for shown in (moved.to_ref, moved.from_ref))
