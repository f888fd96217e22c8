"""Let a person take up or silence a breach: ask why, write it to the spool, and show it at once as pending."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from operations.rows import BreachRow
from store.errors import LlmopsError
from tui.figures import clock
from tui.listings.breaches import named
from tui.silencing import EXAMPLE, fault, parted, silenced
from tui.table_screen import TableScreen
from tui.widgets.ask import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime

    from operations.rows import SilenceRow
    from operations.silences import Scope
    from store.database import Reader
    from store.records import Event

T = TypeVar("T")


class Deciding(TableScreen[T]):
    """A screen on whose table breaches can be acknowledged and silenced."""

    def __init__(self) -> None:
        """Start with nothing written."""
        super().__init__()
        self._written: list[Event] = []

    def overlaid(self, rows: Sequence[BreachRow]) -> list[BreachRow]:
        """Show decisions that the store does not hold yet: by whom, and no time, which reads as pending."""
        from operations.silences import Scope

        waiting = (*(self.frame.waiting if self.frame is not None else ()), *self._written)
        known = {event.subject: event.actor for event in waiting if event.kind == "acknowledge"}
        now = self.host.now()
        silences = [
            (scope, event.actor)
            for event in waiting
            if event.kind == "silence"
            and event.expires
            and event.expires > now
            and (scope := Scope.parse(event.subject))
        ]
        return [_overlaid(row, known, silences) for row in rows]

    def covered(self, row: BreachRow) -> Sequence[str]:
        """Give the ids of the breaches that a row stands for: its own, unless a screen folds several into one."""
        return (row.breach_id,)

    def action_acknowledge(self) -> None:
        """Ask for the reason, then write the acknowledgement."""
        row = self._deciding("acknowledge")
        if row is None:
            return
        if row.acknowledged_by:
            self.say([(f"already acknowledged by {row.acknowledged_by}", "muted")])
            return

        async def decided(reason: str) -> None:
            await self._write("acknowledge", self.covered(row), reason)

        self._ask(Ask(f"Acknowledge: {row.system}, {named(row)}", _basis(row)), decided)

    def action_silence(self) -> None:
        """Ask how long and why, then write the silence."""
        row = self._deciding("silence")
        if row is None:
            return
        if row.silenced_by:
            self.work(partial(self._offer_end, row), group="write")
            return

        async def decided(words: str) -> None:
            length, reason = parted(words)
            subjects = [f"breach:{each}" for each in self.covered(row)]
            await self._write("silence", subjects, reason, self.host.now() + length.delta)

        self._ask(Ask(f"Silence: {row.system}, {named(row)}", _basis(row), EXAMPLE, fault), decided)

    async def _offer_end(self, row: BreachRow) -> None:
        """Offer to end what silences a breach; what is not stored yet, and planned work, ends by itself."""

        def load(db: Reader, now: datetime) -> list[SilenceRow]:
            from operations.silences import covering

            return covering(db, row, now)

        try:
            found = await self.reading.look(load, self.host.now())
        except (LlmopsError, OSError) as error:
            self.say([("not read: ", "critical"), (str(error), "plain")])
            return
        if not found:
            self.say([(f"already {silenced(row)}", "muted")])
            return

        async def decided(reason: str) -> None:
            await self._write("unsilence", [each.silence_id for each in found], reason)

        covers = ", ".join(each.covers for each in found)
        self._ask(Ask(f"End the silence: {row.system}, {named(row)}", f"{silenced(row)}; covers {covers}"), decided)

    def _deciding(self, what: str) -> BreachRow | None:
        """Give the selected breach, unless nothing is left to decide of it."""
        row = self.selected
        if not isinstance(row, BreachRow):
            return None
        if row.state == "closed":
            self.say([(f"this breach is closed; nothing is left to {what}", "muted")])
            return None
        return row

    def _ask(self, question: Ask, decided: Callable[[str], Coroutine[None, None, None]]) -> None:
        def answered(words: str | None) -> None:
            if words:
                self.work(partial(decided, words), group="write")

        self.app.push_screen(question, answered)

    async def _write(self, kind: str, subjects: Sequence[str], reason: str, expires: datetime | None = None) -> None:
        """Write the events in the reading thread; a store that cannot be written says why."""
        done = {"acknowledge": "acknowledged", "silence": "silenced", "unsilence": "silence ended"}[kind]
        for subject in subjects:
            try:
                event = await self.reading.write(kind, subject, reason, self.host.now(), expires)
            except (LlmopsError, OSError) as error:
                self.say([(f"not {done}: ", "critical"), (str(error), "plain")])
                return
            self._written.append(event)
        self.redraw()
        until = f"until {clock(expires)} " if expires else ""
        self.say([(f"{done} {until}as {event.actor}", "strong"), ("; the next collection stores it", "muted")])


def _overlaid(row: BreachRow, known: Mapping[str, str], silences: Sequence[tuple[Scope, str]]) -> BreachRow:
    if row.state == "closed":
        return row
    if not row.acknowledged_by:
        row = replace(row, acknowledged_by=known.get(row.breach_id, ""))
    by = next((actor for scope, actor in silences if scope.covers(row)), "")
    return replace(row, silenced_by=by) if by and not row.silenced_by else row


def _basis(row: BreachRow) -> str:
    """Say what the decision rests on."""
    since = f"{row.since:%d %b %H:%MZ}"
    return f"{row.severity} since {since}; {row.note}" if row.note else f"{row.severity} since {since}"
