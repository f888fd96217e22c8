"""Let a person decide on the change in sight: ask, sign, write it to the spool, and have it stored at once."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from store.errors import LlmopsError
from tui.change_asking import asked, expiry, items, question
from tui.change_tabs import ACT_WORDS
from tui.live import LiveScreen
from tui.widgets.decide import Decide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from operations.changes.acts import Seen
    from operations.changes.mine import OpenChange
    from store.change_records import Act, Decision
    from store.records import Event
    from store.viewer import Viewer
    from tui.diffs import Sides
    from tui.settings import Config

_LATER: Final = "the next collection stores it, 'llmops-tui ingest' as the store's owner at once"
_WAIT: Final = "20"


@dataclass(frozen=True, slots=True)
class Sight:
    """One change as it is shown: what the ledger says, and its content laid beside the earlier one."""

    found: OpenChange
    content: Sides


class ChangeDeciding(LiveScreen["Sight | None"]):
    """A screen of one change on which decisions are made."""

    def __init__(self) -> None:
        """Start with nothing said."""
        super().__init__()
        self._sent: dict[str, Act] = {}

    @property
    def found(self) -> OpenChange | None:
        """The change as last read; ``None`` before, and when the ledger knows it no more."""
        sight = self.frame.content if self.frame is not None else None
        return None if sight is None else sight.found

    @abstractmethod
    def refusal(self, act: Act) -> str:
        """Say why the onlooker cannot do this now; nothing when they can."""

    def action_decide(self, name: str) -> None:
        """Ask for a decision on exactly what was shown, or say why none can be made."""
        found = self.found
        if found is None:
            return
        act = cast("Act", "review" if name == "approve" and found.act == "review" else name)
        if why := self.refusal(act):
            self.say([(f"you cannot {ACT_WORDS[act]}: ", "warning"), (why, "plain")])
            return
        lines = asked(act, found, is_signed=self._is_signed)

        def decided(words: Mapping[str, str] | None) -> None:
            if words is not None:
                self.work(partial(self._write, act, found, words), group="write")

        self.app.push_screen(Decide(*question(act, found), lines, ACT_WORDS[act].capitalize()), decided)

    def settled(self, said: tuple[Decision, ...]) -> bool:
        """Say what became of what was said here, once it is decided; ``False`` when nothing was."""
        for each in said:
            act = self._sent.pop(each.event_id, None)
            if act is not None:
                words = f": {each.why}" if each.why else ""
                self.say([(f"{act} {each.state}", "critical" if each.why else "ok"), (words, "plain")])
                return True
        return False

    @property
    def _is_signed(self) -> bool:
        config = self.host.onlooking.known
        return config is not None and config.changes.require_signature

    async def _write(self, act: Act, found: OpenChange, words: Mapping[str, str]) -> None:
        """Sign beside everything else, then check and write in the reading thread."""
        try:
            event = await self._sign(self._event(act, found, words), words.get("key", ""))
            await self.reading.look(partial(_send, event, self.host.onlooking.known), self.host.now())
        except (LlmopsError, OSError) as error:
            self.say([(f"not written, {ACT_WORDS[act]}: ", "critical"), (str(error), "plain")])
            return
        self._sent[event.event_id] = act
        self.say([(f"{ACT_WORDS[act]}: written as {event.actor}", "strong"), (f"; {_LATER}", "muted")])
        self.tick(force=True)
        await self._store()

    def _event(self, act: Act, found: OpenChange, words: Mapping[str, str]) -> Event:
        from operations.changes.acts import Seen
        from store import spool
        from store.change_records import SUBJECT

        row, now = found.page.row, self.host.now()
        chosen = items(words.get("items", ""), found) if act == "waive" else ()
        seen: Seen = Seen(row.content_hash, row.evidence_hash, chosen)
        ends = expiry(words["length"], now) if act == "waive" else None
        return spool.new_event(act, f"{SUBJECT}{row.change_id}", words["reason"], now, ends, seen.payload())

    async def _sign(self, event: Event, key: str) -> Event:
        config = self.host.onlooking.known
        if not key or config is None:
            return event
        from tui.change_sending import signed

        self.say([("signing with ", "muted"), (key, "plain"), ("; confirm it where your key asks", "muted")])
        return await asyncio.to_thread(signed, config, event, Path(key), os.environ, is_quiet=True)

    async def _store(self) -> None:
        """Have the spool taken in by a child where this user owns the store; the screens never write to it."""
        config = self.host.onlooking.known
        folder = self.reading.folder
        if config is None or folder.stat().st_uid != os.geteuid():
            return
        from tui.itself import command, surroundings

        child = await asyncio.create_subprocess_exec(
            *command("--config", str(config.path), "ingest", "--wait", _WAIT),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=surroundings(os.environ),
            start_new_session=True,
        )
        await child.wait()
        self.tick(force=True)


def _send(event: Event, config: Config | None, viewer: Viewer, now: datetime) -> Event:
    from store.errors import StoreError
    from tui.change_sending import sent

    if config is None:
        raise StoreError("the configuration cannot be read; see 'llmops-tui config check'")
    return sent(config, viewer, event, now)
