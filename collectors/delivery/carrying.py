"""Carry one decision out: look, send once, look again. What the source does not confirm is never called delivered."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from collectors.delivery.base import Action, Decision, Delivery, Door, Seen, Subject, Target
from store.errors import SourceError

_UNSENT: Final = frozenset({"dns", "tls", "proxy", "secret", "redirect"})
"""Causes after which the call certainly had no effect, beside every status from 400 to 499 but 408."""


async def deliver(
    door: Door,
    target: Target,
    subject: Subject,
    decision: Decision,
    options: Any,
    about_to: Callable[[Action], None],
    logins: Sequence[str] = (),
) -> Delivery:
    """Give how it ended; ``about_to`` is told before anything is sent, and what it raises keeps it from being sent.

    ``logins`` are what the person is called at sources: with some, a token of somebody else's account sends nothing.
    """
    action = target.plan(subject, decision, options)
    if not isinstance(action, Action):
        return Delivery("recorded", action.words)
    before = await _looked(door, target, subject, decision, options, logins)
    if isinstance(before, Delivery):
        return before
    about_to(action)
    fault = await _sent(door, action, before)
    try:
        after = await target.read(door, subject, decision, options)
    except SourceError as error:
        return _unread(fault, error, before)
    return _ended(fault, before, after)


async def _looked(
    door: Door, target: Target, subject: Subject, decision: Decision, options: Any, logins: Sequence[str]
) -> Seen | Delivery:
    """Look before sending; a delivery where nothing is left to send, or nothing may be."""
    try:
        seen = await target.read(door, subject, decision, options)
    except SourceError as error:
        return Delivery("recorded", f"nothing was sent: {error}")
    if seen.account and logins and seen.account.casefold() not in {each.casefold() for each in logins}:
        return Delivery("refused", f"nothing was sent: the token is that of {seen.account}, not one of your logins")
    if seen.state == "done":
        return Delivery("delivered", seen.words, seen.before)
    return Delivery("moved", f"nothing was sent: {seen.words}") if seen.state == "moved" else seen


async def _sent(door: Door, action: Action, before: Seen) -> SourceError | None:
    """Send the call once; give what went wrong."""
    try:
        await door.send(action.method, action.url, {**action.body, **before.adds}, action.headers)
    except SourceError as error:
        return error
    return None


def _ended(fault: SourceError | None, before: Seen, after: Seen) -> Delivery:
    """Believe what the source says now, whatever it answered."""
    if after.state == "done":
        said = f" (though the call itself ended so: {fault})" if fault else ""
        return Delivery("delivered", after.words + said, before.before)
    if fault is not None and _is_refusal(fault):
        return Delivery("moved" if after.state == "moved" else "refused", f"{fault}; {after.words}")
    return Delivery("unconfirmed", f"{_told(fault)}, and on being read again: {after.words}", before.before)


def _unread(fault: SourceError | None, error: SourceError, before: Seen) -> Delivery:
    """Say what is known when the source cannot be read after the call."""
    if fault is not None and _is_refusal(fault):
        return Delivery("refused", str(fault))
    return Delivery("unconfirmed", f"{_told(fault)}, and it could not be read again: {error}", before.before)


def _told(fault: SourceError | None) -> str:
    return "the call was accepted" if fault is None else f"whether the call took effect is unknown: {fault}"


def _is_refusal(fault: SourceError) -> bool:
    """Tell an answer that excludes any effect from silence."""
    status = fault.status or 0
    return fault.cause in _UNSENT or (400 <= status < 500 and status != 408)
