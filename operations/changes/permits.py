"""Tell a pipeline whether exactly this content may go live on a system, by what the ledger knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from operations.changes.queue import LedgerRow
from store.database import Reader

Answer = Literal["approved", "pending", "rejected", "unknown"]

_VOID: Final = """
select distinct d.change_id
from decisions d
join changes c on c.change_id = d.change_id
where d.content_hash = $hash and d.state = 'void' and c.system = $system
"""

_LAPSED: Final = frozenset({"expired", "withdrawn"})
"""Nobody decided on these: they count where nothing else does."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the ledger says of a content: the answer with the reason, and the change that it rests on."""

    answer: Answer
    words: str
    change_id: str = ""


@dataclass(frozen=True, slots=True)
class _Voided:
    change_id: str


def permit(reader: Reader, known: Sequence[LedgerRow], system: str, content_hash: str) -> Permit:
    """Say whether a content may go live; of several changes with this content the newest that was decided counts."""
    fitting = [row for row in known if row.system == system and row.content_hash == content_hash]
    newest = sorted(fitting, key=lambda row: (row.waiting_since, row.change_id), reverse=True)
    if newest:
        answers = [(row.state in _LAPSED, _permit(row)) for row in newest]
        return min(answers, key=lambda pair: (pair[0], pair[1].answer == "pending"))[1]
    voided = reader.rows(_Voided, _VOID, {"hash": content_hash, "system": system})
    if voided:
        return Permit("rejected", "the content moved after this was decided on; it is void", voided[0].change_id)
    return Permit("unknown", f"no change of {system} has this content; request it with 'llmops-tui changes request'")


def _permit(row: LedgerRow) -> Permit:
    """Answer for one change; what was applied without its approvals here is not approved."""
    if row.state in {"rejected", "rolled back", *_LAPSED}:
        return Permit("rejected", f"{row.state} {row.note}".rstrip(), row.change_id)
    is_approved = row.state == "approved" or (row.is_done and not row.needed)
    if is_approved and row.frozen and not row.is_done:
        return Permit("pending", f"approved, and {row.system} takes no change now: {row.frozen}", row.change_id)
    if is_approved:
        return Permit("approved", row.state, row.change_id)
    wanting = "; ".join(filter(None, (row.needed, row.missing, row.note)))
    return Permit("pending", f"{row.state or 'not judged yet'}: {wanting or 'nobody decided yet'}", row.change_id)
