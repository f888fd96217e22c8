"""Take no key that was typed before people could read what it would decide."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from textual import events
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from textual.message import Message

T = TypeVar("T")
GRACE: Final = 0.3
"""Seconds after the first paint in which keys still count as typed before: nobody reads a question faster."""

_LEAVING: Final = frozenset({"escape", "ctrl+c", "ctrl+q"})


class Guarded(ModalScreen[T | None], Generic[T]):
    """A question on which something binding rests; the app asks it whether it takes a key at all."""

    def __init__(self) -> None:
        """Start deaf."""
        super().__init__()
        self._painted: float | None = None

    def on_mount(self) -> None:
        """Begin to listen once the question is on the screen."""
        self.call_after_refresh(self._paint)

    def takes(self, event: Message) -> bool:
        """Say whether a key, paste or click was made after people could read the question; leaving is always taken."""
        if isinstance(event, events.Key) and event.key in _LEAVING:
            return True
        return self._painted is not None and event.time >= self._painted + GRACE

    @property
    def is_listening(self) -> bool:
        """Say whether a key pressed now would be taken."""
        return self._painted is not None and monotonic() >= self._painted + GRACE

    def _paint(self) -> None:
        self._painted = monotonic()


def is_typed(event: Message) -> bool:
    """Say whether an event is something that a person did, and comes from the terminal."""
    return isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
