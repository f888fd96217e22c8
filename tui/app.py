"""Put the screens together: one mode per digit, one thread that reads, one clock, and the keys that work everywhere."""

from __future__ import annotations

import gc
import importlib
import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual.app import App
from textual.binding import Binding, BindingType

from store.errors import ConfigError
from tui.figures import spoken
from tui.live import LiveScreen, clock
from tui.onlooking import Onlooking
from tui.reading import Frame, Reading
from tui.screens import ORDER
from tui.shell import Shell
from tui.themes import DEFAULT, DEFAULTS, MONOCHROME, THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from textual.screen import Screen

    from operations.portfolio_rows import Summary, SystemRow
    from tui.first_paint import FirstPaint
    from tui.opening import Open
    from tui.snapshot import Snapshot

_OPENING: Final = frozenset({"palette", "help", "themes"})
_PILED: Final = 200_000
"""So many new objects and garbage is collected whatever goes on; a key leaves a few hundred until the next read."""
_TITLES: Final = {place.name: place.title for place in ORDER}


@dataclass(frozen=True, slots=True)
class Options:
    """How the screens look and where they begin; the configuration's ``[interface]`` and the command line's wishes."""

    refresh: float = 5.0
    theme: str = ""
    ascii: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict)
    screen: str = "portfolio"
    system: str = ""
    config: Path | None = None


def known_state(last: Snapshot | None) -> Frame[None] | None:
    """Turn the snapshot into what the portfolio screen shows before its first read."""
    return None if last is None else Frame(None, last.rows, last.summary, (), last.written, last.written)


def screen_of(name: str, *about: str) -> LiveScreen[Any]:
    """Make the screen of a module in ``tui/screens``; only screens that are opened are ever imported."""
    module = importlib.import_module(f"tui.screens.{name}")
    return cast("LiveScreen[Any]", getattr(module, f"{name.title()}Screen")(*about))


class LlmopsApp(Shell):
    """The portfolio of one store, live."""

    TITLE = "llmops-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours, in tui/palette.py: Textual's reads its help texts as markup
    DEFAULT_MODE = "portfolio"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        place.name: partial(screen_of, place.name) for place in ORDER
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(place.digit, f"place('{place.name}')", place.title, show=False, id=f"app.{place.name}")
            for place in ORDER
        ),
        # priority: as in tui/table_screen.py
        Binding("colon,ctrl+p", "palette", "command", id="app.palette", priority=True),
        Binding("question_mark", "help", "help", id="app.help", priority=True),
        Binding("t", "themes", "Theme", show=False, id="app.themes", priority=True),
        Binding("minus", "last", "Last screen", show=False, id="app.last"),
        Binding("ctrl+l", "repaint", "Draw the screen anew", show=False, id="app.repaint"),
        Binding("f2", "mouse", "Mouse on or off", show=False, id="app.mouse"),
        Binding("q", "quit", "quit", id="app.quit"),
    ]

    def __init__(
        self,
        folder: Path,
        options: Options = Options(),
        *,
        now: Callable[[], datetime] = clock,
        snapshot: Frame[None] | None = None,
        reading: Reading | None = None,
        first_paint: FirstPaint | None = None,
    ) -> None:
        """Take the store folder, the options, the clock, the last known state, and what has begun already, if any."""
        is_plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if is_plain else None)
        self.options = options
        self.now = now
        self.reading = reading or Reading(folder)
        self.first_paint = first_paint
        self.onlooking = Onlooking(options.config)
        self.snapshot = snapshot
        self.summary: Summary | None = snapshot.summary if snapshot else None
        self.notice = f"as of {spoken(snapshot.read, now())} ago" if snapshot else ""
        self.systems: tuple[SystemRow, ...] = snapshot.systems if snapshot else ()
        self.may_read = False
        self._before = self.DEFAULT_MODE
        self._is_leaving = False
        self._is_collecting = not gc.isenabled()
        self.animation_level = "none"
        self.is_ascii = options.ascii
        for theme in THEMES:
            self.register_theme(theme)
        wanted = MONOCHROME if is_plain else options.theme or DEFAULT
        if wanted not in self.available_themes:
            names = ", ".join(theme.name for theme in THEMES)
            raise ConfigError([f"no theme is called {wanted!r}; there are {names} and Textual's own"])
        self._put_on(wanted)
        if options.keymap:
            self.set_keymap(dict(options.keymap))

    def _put_on(self, theme: str) -> None:
        """Begin with a theme; assigning it would have every style read twice, but native colours need that."""
        if self.available_themes[theme].ansi:
            self.theme = theme
            return
        self.set_reactive(App.theme, theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our variables to themes that do not know them."""
        return dict(DEFAULTS)

    async def on_ready(self) -> None:
        """Begin where asked; read only after the first paint."""
        if self.options.screen in _TITLES:
            await self.switch_mode(self.options.screen)
        if self.options.system:
            await self.push_screen(screen_of("system", self.options.system))
        self.set_interval(self.options.refresh, self._tick)
        self.call_after_refresh(self._begin)

    def look_for_garbage(self) -> None:
        """Collect garbage after a read, not between a key and its paint; what the start made is kept to the end.

        Only where collecting was put off at the start, as the command that opens the screens does.
        """
        if self._is_collecting:
            if not gc.isenabled():
                gc.freeze()
                gc.set_threshold(_PILED)
                gc.enable()
            gc.collect()

    def on_unmount(self) -> None:
        """Let go of the store."""
        self.reading.close()

    async def on_open(self, message: Open) -> None:
        """Open the screen that another one asked for."""
        await self.push_screen(screen_of(message.name, *message.about))

    async def action_place(self, name: str) -> None:
        """Go to a screen; its digit again goes back out to its top."""
        if name == self.current_mode:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            return
        self._before = self.current_mode
        await self.switch_mode(name)

    async def action_last(self) -> None:
        """Go back to the screen before."""
        await self.action_place(self._before)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Open nothing over what is open, and leave the keys to whoever types."""
        is_free = isinstance(self.screen, LiveScreen) and not self.screen.is_typing
        return (is_free or action not in _OPENING) and super().check_action(action, parameters)

    async def action_palette(self) -> None:
        """Open the list of everything that can be done."""
        from tui.palette import open_palette

        await open_palette(self)

    async def action_help(self) -> None:
        """Say what the keys of this screen do."""
        from tui.widgets.help import Help, chapters

        await self.push_screen(Help(self.screen.title or self.title, chapters(self.screen)))

    async def action_themes(self) -> None:
        """Choose the colours; the theme is put on while the cursor stands on it no longer than it is chosen."""
        from tui.widgets.menu import Choice, Menu

        def chosen(name: str | None) -> None:
            if name is not None:
                self.theme = name

        names = [theme.name for theme in THEMES]
        names += sorted(name for name in self.available_themes if name not in names)
        await self.push_screen(Menu("Theme", [Choice(name, name) for name in names], self.theme), chosen)

    def action_repaint(self) -> None:
        """Draw every cell again, whatever the terminal shows."""
        self.redraw()
        self.screen.refresh(repaint=True, layout=True)

    def action_mouse(self) -> None:
        """Turn the mouse on or off; off leaves selecting text to the terminal."""
        driver: Any = self._driver
        switch = "_disable_mouse_support" if getattr(driver, "_mouse", False) else "_enable_mouse_support"
        if hasattr(driver, switch):  # private in Textual 8.2.8; without it the key does nothing
            is_on = switch.startswith("_enable")
            driver._mouse = True  # noqa: SLF001  # both switches do nothing otherwise
            getattr(driver, switch)()
            driver._mouse = is_on  # noqa: SLF001

    def action_help_quit(self) -> None:
        """Leave at the second Ctrl-C; the first says so."""
        if self._is_leaving:
            self.exit()
        self._is_leaving = True
        self.set_timer(2, self._stay)
        if isinstance(self.screen, LiveScreen):
            self.screen.say([("Ctrl-C again, or q, leaves", "strong")])

    def _stay(self) -> None:
        self._is_leaving = False

    def _begin(self) -> None:
        self.may_read = True
        self._tick()

    def _tick(self) -> None:
        """Let the screen in sight read; what lies behind a menu goes on too."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, LiveScreen):
                screen.tick()
                return
