"""Ask for another screen without knowing it."""

from __future__ import annotations

from textual.message import Message


class Open(Message):
    """Ask the app for another screen; screens do not know each other."""

    def __init__(self, name: str, *about: str) -> None:
        """Name the screen's module and what it is about."""
        super().__init__()
        self.name = name
        self.about = about
