"""Define what all screens share: a header, a footer and a read per tick that never overlaps and never blocks a key."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from store.errors import LlmopsError
from tui.figures import spoken
from tui.screens import ORDER
from tui.widgets.footer import Footer
from tui.widgets.header import Header
from tui.widgets.position import Position
from tui.widgets.too_small import TooSmall, is_too_small

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget
    from textual.worker import Worker

    from operations.portfolio_rows import Summary
    from store.database import Reader
    from tui.app import LlmopsApp
    from tui.reading import Frame, Reading, Stamp
    from tui.spans import Span

T = TypeVar("T")
_ANEW: Final = timedelta(seconds=60)
"""A frame is read again after this time even when the store did not change: slots fall due, months begin."""


class LiveScreen(Screen[None], Generic[T]):
    """A screen that shows one frame of the store and keeps it fresh."""

    TITLE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,h,backspace", "back", "Back", show=False, id="screen.back"),
        Binding("R", "read_now", "Read the store now", show=False, id="screen.read"),
    ]
    CSS_PATH = None
    AUTO_FOCUS = "LineTable"
    BLANK = True  # what widgets cover needs no styling, line by line, in every frame
    OPENS: ClassVar[bool] = False
    """Whether Enter leads further in."""

    def __init__(self) -> None:
        """Start without a frame."""
        super().__init__()
        self._css_update_count = 0  # Textual would read every style again for a screen that has not been styled yet
        self.frame: Frame[T] | None = None
        self._stamp: Stamp | None = None
        self._is_reading = False
        self._is_wanted = False
        self._trouble = ""
        self.drawn: datetime | None = None
        """The moment for which the frame was drawn."""
        self._too_small: TooSmall | None = None
        self.said: tuple[Span, ...] = ()

    # what a screen says

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """Give the widgets between header and footer."""

    @abstractmethod
    def load(self, db: Reader, now: datetime) -> T:
        """Ask for what is shown; runs in the reading thread and touches no widget."""

    @abstractmethod
    def draw(self, frame: Frame[T], now: datetime) -> None:
        """Show a frame; runs in the app's thread and reads nothing."""

    def crumbs(self) -> tuple[str, ...]:
        """Name the way from the digit's screen to this one."""
        return ()

    def notes(self) -> tuple[str, ...]:
        """Say how the table is cut."""
        return ()

    def troubled(self, words: str) -> None:
        """Say why there is nothing to show; called when a read failed."""

    # what all screens do

    @property
    def host(self) -> LlmopsApp:
        """The app, with its own attributes."""
        return cast("LlmopsApp", self.app)

    @property
    def reading(self) -> Reading:
        """The thread that reads the store."""
        return self.host.reading

    @property
    def is_typing(self) -> bool:
        """Whether keys are letters now: a line to type in is there."""
        return bool(self.query("FilterPrompt"))

    def compose(self) -> ComposeResult:
        """Put the header above and the footer below the body."""
        self._header, self._footer = Header(), Footer()
        yield self._header
        yield from self.body()
        yield self._footer

    def on_mount(self) -> None:
        """Show which keys work here, and the last known state while the first read is under way."""
        self._footer.offer(self.keys())
        self.locate()
        self.tell(self.host.summary, self.host.notice)

    def on_screen_resume(self) -> None:
        """Be fresh at once when shown."""
        self._footer.offer(self.keys())
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        """Say in numbers what is missing when the terminal is too small to be of use."""
        is_small = is_too_small(event.size)
        if is_small and self._too_small is None:
            self._too_small = TooSmall()
            self.mount(self._too_small)
        for child in self.children:
            if not (child.id or "").startswith("textual-"):  # tooltips and notices come and go by themselves
                child.display = (child is self._too_small) == is_small
        if is_small and self._too_small is not None:
            self._too_small.tell(event.size)

    def keys(self) -> Sequence[tuple[str, str]]:
        """List the keys for the footer: opening and going back, the screen's own, those that work everywhere."""
        shown = [active.binding for active in self.active_bindings.values() if active.binding.show and active.enabled]
        seen = {"open": "enter"} if self.OPENS else {}
        seen |= {"back": "escape"} if len(self.app.screen_stack) > 1 else {}
        for binding in sorted(shown, key=_rank):
            seen.setdefault(binding.description, binding.key)
        return [(key, words) for words, key in seen.items()]

    def tick(self, *, force: bool = False) -> None:
        """Start a read unless one is under way; redraw ages once a minute."""
        now = self.host.now()
        if self.frame is not None and (self.drawn is None or _minute(self.drawn) != _minute(now)):
            self._draw(self.frame, now)
        if self._is_reading or not self.host.may_read:
            self._is_wanted = self._is_wanted or force
            return
        self._is_reading = True
        is_old = self.frame is None or now - self.frame.read >= _ANEW
        self.work(partial(self._read, now, None if force or is_old else self._stamp), group="read")

    def work(self, task: Callable[[], Coroutine[None, None, None]], group: str, *, is_only: bool = False) -> None:
        """Do something beside the keys; what is replaced before its turn is never begun."""
        _worker: Worker[None] = self.run_worker(task, group=group, exclusive=is_only)

    def action_read_now(self) -> None:
        """Read the store again whatever it says."""
        self.tick(force=True)

    async def action_back(self) -> None:
        """Go one level out; the outermost screen stays."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()

    def locate(self) -> None:
        """Show the breadcrumb and how the table is cut."""
        places = tuple((place.digit, place.title) for place in ORDER)
        current = next((place.title for place in ORDER if place.name == self.app.current_mode), "")
        self._footer.locate(Position(places, current, self.crumbs(), self.notes()))

    def say(self, sentence: Sequence[Span]) -> None:
        """Say what was done; it stays until the cursor moves on."""
        self.said = tuple(sentence)
        self.explain(sentence)

    def explain(self, sentence: Sequence[Span]) -> None:
        """Put a sentence above the keys."""
        self._footer.explain(sentence)

    def tell(self, summary: Summary | None, notice: str) -> None:
        """Show the portfolio's state in the header."""
        self._header.tell(summary, notice, self.host.now())

    def shown(self, frame: Frame[T]) -> None:
        """Take a frame that did not come from a read (the snapshot) and draw it."""
        self.frame = frame
        self._draw(frame, self.host.now())

    async def _read(self, now: datetime, known: Stamp | None) -> None:
        """Wait for the reading thread, then show what it brought or why it brought nothing."""
        try:
            frame, stamp = await self.reading.frame(self.load, now, known)
        except (LlmopsError, OSError) as error:
            self._fail(str(error))
            return
        finally:
            self._is_reading = False
            self.call_after_refresh(self.host.look_for_garbage)
        self._stamp = stamp
        if frame is not None and (self.frame is None or frame.read >= self.frame.read or self._trouble):
            self.frame = frame
            self.host.summary, self.host.systems = frame.summary, frame.systems
        if frame is not None or self._trouble:
            self._trouble = self.host.notice = ""
            if self.frame is not None:
                self._draw(self.frame, self.host.now())
        if self._is_wanted:
            self._is_wanted = False
            self.tick(force=True)

    def _fail(self, words: str) -> None:
        """Keep the old frame and say in the header that it is old, and why."""
        self._trouble = words
        then = None if self.frame is None else self.frame.read
        old = "" if then is None else f", data {spoken(then, self.host.now())} old"
        self.host.notice = f"store busy{old}: {words}" if then else words
        self.troubled(words)
        self.tell(self.host.summary, self.host.notice)

    def copy(self, text: str) -> None:
        """Hand a text to the terminal's clipboard and say so."""
        self.app.copy_to_clipboard(text)
        self.say([("copied to the terminal's clipboard: ", "muted"), (text, "plain")])

    def _draw(self, frame: Frame[T], now: datetime) -> None:
        self.drawn = now
        self.draw(frame, now)
        self.tell(frame.summary, self.host.notice)
        self.locate()


def clock() -> datetime:
    """Read the clock; the only place of the viewer that does."""
    return datetime.now(UTC)


def _rank(binding: Binding) -> int:
    """Put a screen's own keys before those of all tables, and those before the app's."""
    return ("table", "app").index(room) + 1 if (room := (binding.id or "").split(".")[0]) in {"table", "app"} else 0


def _minute(now: datetime) -> datetime:
    """Cut to the minute: between two minutes a picture with nothing new stays as it is."""
    return now.replace(second=0, microsecond=0)
