"""Say why something that a person said of a change does not count; nothing when it does. Each check is one sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.changes.acts import Seen
from operations.changes.classes import Needs
from operations.changes.ledger import Entry
from operations.changes.people import is_same
from operations.changes.queue import LedgerRow
from operations.changes.settings import Settings
from operations.changes.states import DONE, OPEN, deciding, of
from operations.settings import Person
from store.change_records import Act, ChangeStanding, Decision
from store.records import Event
from store.signatures import Checked

SIGNED: Final[frozenset[Act]] = frozenset({"approve", "reject", "waive", "acknowledge", "review"})
"""What needs a person in a role, on the content shown, and a signature where one is required."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that somebody said of a change, with all that tells whether it counts."""

    act: Act
    event: Event
    person: Person | None
    roles: Sequence[str]
    entry: Entry | LedgerRow
    seen: Seen
    needs: Needs
    standing: ChangeStanding
    counted: Sequence[Decision]
    settings: Settings
    checked: Checked | None
    now: datetime


Check = Callable[[Case], str]


def refusal(case: Case) -> str:
    """Give the first reason why it does not count; nothing when it does."""
    checks = (_known, _signed, *((_independent, _in_role, _same_content) if case.act in SIGNED else ()))
    return next((words for check in (*checks, *_CHECKS[case.act]) if (words := check(case))), "")


def _known(case: Case) -> str:
    """Refuse accounts of nobody; one that requested a change, such as a pipeline's, may withdraw or apply it."""
    is_own = case.event.actor == case.entry.requester and case.act in {"withdraw", "applied", "rolledback"}
    if case.person is None and not is_own:
        return f"the account {case.event.actor} stands for no person; give it as os_user under [[people]]"
    return ""


def _signed(case: Case) -> str:
    if case.checked is not None:
        return case.checked.fault
    if case.settings.require_signature and case.act in SIGNED:
        return "it is not signed, and signatures are required; sign it with --key"
    return ""


def _independent(case: Case) -> str:
    """Refuse whoever requested, wrote or last edited the change, under any of their names."""
    entry = case.entry
    for word, name in (("requested", entry.requester), ("wrote", entry.author), ("last edited", entry.editor)):
        if name and case.person is not None and is_same(case.person, name):
            return f"{case.person.name} {word} it; somebody else must decide"
    return ""


def _in_role(case: Case) -> str:
    if case.roles:
        return ""
    wanted = [*case.settings.approver_roles, "owner or deputy of the system"]
    return f"{case.event.actor} may not decide on changes of {case.entry.system}; needs one of: {', '.join(wanted)}"


def _same_content(case: Case) -> str:
    if case.seen.content_hash == case.entry.content_hash:
        return ""
    return f"the content moved: it is {case.entry.content_hash[:12]} now, not {case.seen.content_hash[:12]}"


def _approvable(case: Case) -> str:
    state, entry = case.standing.state, case.entry
    if entry.change_class == "external":
        return "an external change is acknowledged, nobody can approve it"
    if entry.change_class == "standard" and not case.needs.standard:
        return "it fits no pattern of standard changes; request it with the class that it is of"
    if state == "approved":
        by = ", ".join(sorted(each.person for each in deciding(entry, case.counted))) or "a pattern of standard changes"
        return f"it is approved already, by {by}"
    return _open(case)


def _complete(case: Case) -> str:
    if not case.standing.missing:
        return ""
    return f"the evidence does not carry it: {case.standing.missing}; attach it, or waive it with a reason and an end"


def _thawed(case: Case) -> str:
    return case.standing.frozen and f"{case.entry.system} takes no change now: {case.standing.frozen}"


def _open(case: Case) -> str:
    return "" if case.standing.state in OPEN else f"it is {case.standing.state}; nothing is left to decide"


def _undecided(case: Case) -> str:
    """Refuse where nothing is left to decide; an emergency is open until it is reviewed."""
    return "" if case.standing.review_due is not None else _open(case)


def _rejectable(case: Case) -> str:
    if case.entry.change_class == "external":
        return "an external change holds whatever anybody decides; acknowledge it"
    return "" if case.standing.state == "approved" else _open(case)


def _once(case: Case) -> str:
    """Refuse a second decision of one person on one content; to reject what one approved is no repetition."""
    same = [
        each
        for each in of(case.counted, case.act)
        if each.person == _name(case) and each.content_hash == case.seen.content_hash
    ]
    return f"{_name(case)} decided that already" if same else ""


def _external(case: Case) -> str:
    return (
        "" if case.entry.change_class == "external" else "only an external change is acknowledged; approve or reject it"
    )


def _reasoned(case: Case) -> str:
    return "" if case.event.reason.strip() else "it gives no reason"


def _ends(case: Case) -> str:
    ends, longest = case.event.expires, case.settings.longest_waiver
    if ends is None or not case.now < ends <= case.now + longest.delta:
        return f"a waiver ends within {longest}"
    return ""


def _items_known(case: Case) -> str:
    known = list(case.needs.all_evidence)
    wrong = [item for item in case.seen.items if item not in known]
    if wrong or not case.seen.items:
        return f"it names {', '.join(wrong) or 'no evidence'}; this change needs {', '.join(known) or 'none'}"
    return ""


def _own_request(case: Case) -> str:
    if not case.entry.requester:
        return "it was not requested here; close it at its source"
    return (
        "" if case.entry.requester == _name(case) else f"only {case.entry.requester}, who requested it, can withdraw it"
    )


def _unsettled(case: Case) -> str:
    return "" if case.standing.review_due is not None else _not_done(case)


def _not_done(case: Case) -> str:
    return f"it is {case.standing.state} already" if case.standing.state in {*DONE, "withdrawn"} else ""


def _in_force(case: Case) -> str:
    """Refuse to roll back what was not applied, or was rolled back already."""
    state = case.standing.state
    return "" if state in DONE and state != "rolled back" else f"it is {state}; nothing of it is live"


def _emergency(case: Case) -> str:
    if case.entry.change_class != "emergency":
        return "only an emergency is reviewed afterwards"
    approvals = deciding(case.entry, case.counted)
    if not approvals:
        return "nobody has approved it yet; a review comes afterwards"
    if _name(case) in {each.person for each in approvals}:
        return f"{_name(case)} approved it; somebody else must review it"
    return ""


def _name(case: Case) -> str:
    return case.event.actor if case.person is None else case.person.name


_CHECKS: Final[Mapping[Act, tuple[Check, ...]]] = {
    "approve": (_reasoned, _approvable, _once, _thawed, _complete),
    "reject": (_reasoned, _rejectable, _once),
    "acknowledge": (_external, _reasoned, _open, _once),
    "waive": (_reasoned, _undecided, _ends, _items_known),
    "review": (_reasoned, _emergency, _once, _complete),
    "ask": (_reasoned, _undecided),
    "attach": (_reasoned, _unsettled, _items_known),
    "withdraw": (_reasoned, _own_request, _not_done),
    "applied": (_same_content, _not_done),
    "rolledback": (_reasoned, _in_force),
}
