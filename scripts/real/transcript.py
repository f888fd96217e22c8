"""Type commands in a real terminal as several people, and keep what stood there as a page."""

import re
import shlex
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from scripts.real.accounts import Accounts
from scripts.real.terminal import Terminal

_COLUMNS, _LINES = 600, 150  # so wide that no path is broken before it is found; the page breaks its lines itself
_WIDEST = 120
_SCREEN = (120, 26)
_READY = "collected "
_READING = 0.8  # seconds in which somebody reads a question; what is typed sooner is dropped
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Typed:
    """One command: who typed it, its words, what it printed, and how it ended."""

    who: str
    line: str
    printed: str
    code: int


@dataclass(slots=True)
class Step:
    """A part of the story: what was typed, and how a change stood afterwards (``changes show --json``)."""

    title: str
    words: str
    typed: list[Typed] = field(default_factory=list)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def printed(self) -> str:
        """Give everything that was printed."""
        return "\n".join(each.printed for each in self.typed)

    @property
    def codes(self) -> list[int]:
        """Give how the commands ended."""
        return [each.code for each in self.typed]


@dataclass(slots=True)
class Desk:
    """A terminal for everybody; ``names`` says what stands on the page for words that differ from run to run."""

    accounts: Accounts
    names: Mapping[str, str]
    clock: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)

    def begin(self, title: str, words: str) -> Step:
        """Begin the next step."""
        self.steps.append(Step(title, words))
        return self.steps[-1]

    def type(self, who: str, *words: str, more: Mapping[str, str] | None = None) -> Typed:
        """Type a command as somebody and wait for its end; ``more`` is set in their environment."""
        return self._typed(who, shlex.join(words), [*self.clock, *words], more)

    def shell(self, who: str, line: str) -> Typed:
        """Type a line of shell as somebody and wait for its end."""
        return self._typed(who, line, ["sh", "-c", line], None)

    @contextmanager
    def screens(self, who: str, *words: str) -> Iterator["Screens"]:
        """Open the screens as somebody, and leave them as people do."""
        argv = self.accounts.argv(who, *self.clock, *words)
        with closing(Terminal(argv, *_SCREEN, cwd=self.accounts.home(who))) as terminal:
            terminal.wait_for(lambda text: _READY in text)
            yield Screens(self, who, terminal)
            terminal.press("q")
            terminal.ended()

    def _typed(self, who: str, line: str, words: list[str], more: Mapping[str, str] | None) -> Typed:
        argv = self.accounts.argv(who, *words, more=more)
        with closing(Terminal(argv, _COLUMNS, _LINES, cwd=self.accounts.home(who))) as terminal:
            code = terminal.ended(60.0)
            return self.keep(Typed(who, line, _blank_ends(terminal.text()), code))

    def keep(self, typed: Typed) -> Typed:
        """Put what was typed and printed into the step under way."""
        self.steps[-1].typed.append(typed)
        return typed

    def page(self, head: str) -> str:
        """Write the page: a heading for each step, its words, and a block of what was typed and printed."""
        parts = [head.strip(), *(part for step in self.steps for part in self._written(step))]
        return _BLANK_LINES.sub("\n\n", "\n\n".join(parts)) + "\n"

    def _written(self, step: Step) -> list[str]:
        blocks = []
        for each in step.typed:
            ended = f"\n(exit {each.code})" if each.code else ""
            blocks.append(f"{each.who}$ {each.line}\n{each.printed}".rstrip() + ended)
        lines = [row for line in self._named("\n\n".join(blocks)).split("\n") for row in _broken(line)]
        return [
            f"## {step.title}",
            "\n".join(textwrap.wrap(step.words, _WIDEST)),
            "\n".join(["```console", *lines, "```"]),
        ]

    def _named(self, text: str) -> str:
        for found, shown in self.names.items():
            text = text.replace(found, shown)
        return text


@dataclass(frozen=True, slots=True)
class Screens:
    """Screens that somebody has open."""

    desk: Desk
    who: str
    terminal: Terminal

    def press(self, keys: str, until: str, line: str = "") -> None:
        """Press keys, wait for words, read what is there, and put it on the page where a line says what was pressed."""
        self.terminal.press(keys)
        self.terminal.wait_for(lambda text: until in text)
        shown = self.terminal.rest(_READING)
        if line:
            self.desk.keep(Typed(self.who, line, _blank_ends(shown), 0))


def _blank_ends(screen: str) -> str:
    return "\n".join(row.rstrip() for row in screen.splitlines()).strip("\n")


def _broken(line: str) -> list[str]:
    """Break a line between words as a reader needs it; what follows is set in."""
    if len(line) <= _WIDEST:
        return [line]
    lead = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, _WIDEST, subsequent_indent=lead, break_on_hyphens=False, break_long_words=False)
