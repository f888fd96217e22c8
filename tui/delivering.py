"""Carry one decision out as the person who runs this, and write down each step where the store finds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.delivery.base import Action, Decision, Delivery, Outside, Subject, Target
from collectors.delivery.carrying import deliver
from collectors.delivery.outside import command
from collectors.delivery.settings import DeliverySettings
from collectors.delivery.targets import shares, target_of
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.redaction import Redactor
from collectors.settings import SourceSettings
from collectors.words import plain
from operations.changes.people import person_of
from operations.deliveries import Deliverable, NotDeliverableError, Order
from store import spool
from store.accounts import own_name
from store.change_records import SUBJECT
from store.deliveries import Attempt
from store.errors import SourceError
from store.folder import Folder
from store.records import DeliveryState
from tui.settings import Config

_LONGEST: Final = 2_000
_BOUNDS: Final = Bounds(total=20.0, source=60.0)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Errand:
    """One decision with all that carrying it out needs; ``settings`` is ``None`` where nothing is configured for it."""

    subject: Subject
    decision: Decision
    target: Target
    source: SourceSettings
    settings: DeliverySettings | None

    def planned(self) -> Action | Outside:
        """Say what would be sent."""
        return self.target.plan(self.subject, self.decision, self.source.options)

    def outside(self) -> str:
        """Write what a person does to carry it out by hand."""
        action = self.planned()
        if isinstance(action, Outside):
            return plain(action.words, _LONGEST)
        entered = self.settings.access if self.settings else getattr(self.source.options, "access", Access())
        return command(action, entered if self.settings else _nameless(entered))


def errand_of(config: Config, change: Deliverable, order: Order) -> Errand | None:
    """Find what carries the decision out; ``None`` where its source takes no decisions."""
    source = next((each for each in config.sources if each.name == change.source), None)
    subject = _subject(change)
    target = target_of(source.kind, subject) if source else None
    if source is None or target is None:
        return None
    settings = next((each for each in config.delivery if each.source == source.name and each.enabled), None)
    return Errand(subject, Decision(order.decision_id, order.verdict, order.reason), target, source, settings)


def check_parts(errand: Errand, change: Deliverable, others: tuple[Deliverable, ...]) -> None:
    """Refuse an approval that would decide other changes too, as a review does for every part of a pull request."""
    open_parts = [
        each.change_id
        for each in others
        if not each.is_approved and shares(errand.target, errand.subject, _subject(each))
    ]
    if errand.decision.verdict == "approve" and open_parts:
        words = f"the same call would approve {', '.join(open_parts)} too, which is not approved yet"
        raise NotDeliverableError(f"{change.change_id}: {words}")


async def carry_out(
    errand: Errand, config: Config, folder: Folder, environ: Mapping[str, str], clock: Clock
) -> Delivery:
    """Send it with the person's own token; what cannot be written to the spool first is not sent."""
    attempt = Attempt(
        errand.subject.content_hash, errand.decision.event_id, errand.decision.verdict, errand.planned().target
    )
    known = Redactor()

    def note(state: DeliveryState, words: str, before: str = "") -> None:
        reason, payload = known(words)[:_LONGEST], attempt.payload(state, before)
        about = f"{SUBJECT}{errand.subject.change_id}"
        spool.write(folder, spool.new_event("delivery", about, reason, clock(), payload=payload))

    found = await _sent(errand, config, environ, clock(), known, lambda action: note("recorded", _about_to(action)))
    note(found.state, found.detail, found.before)
    return Delivery(found.state, known(found.detail), found.before)


async def _sent(
    errand: Errand,
    config: Config,
    environ: Mapping[str, str],
    now: datetime,
    known: Redactor,
    about_to: Callable[[Action], None],
) -> Delivery:
    if errand.settings is None:
        return Delivery("recorded", errand.outside())
    person = person_of(config.people, own_name())
    try:
        credentials = credentials_of(errand.settings.access, environ, known)
    except SourceError as error:
        return Delivery("recorded", f"nothing was sent: {error}")
    async with HttpClient(credentials, _BOUNDS, Gate(), now) as door:
        options, logins = errand.source.options, person.logins if person else ()
        found = await deliver(door, errand.target, errand.subject, errand.decision, options, about_to, logins)
    return replace(found, detail=plain(found.detail, _LONGEST))


def _about_to(action: Action) -> str:
    return f"about to send {action.method} {action.url} while {action.guard}"


def _nameless(access: Access) -> Access:
    """Give how a source is entered without saying whose token the collector uses."""
    return Access(token_header=access.token_header, token_scheme=access.token_scheme)


def _subject(change: Deliverable) -> Subject:
    return Subject(
        change.change_id,
        change.source,
        change.external_id,
        change.content_hash,
        change.from_ref,
        change.to_ref,
        change.url,
    )
