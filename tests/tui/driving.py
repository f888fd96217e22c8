"""Drive the app in tests: open it on a store with a clock that stands still, wait for what must come, read the screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from tests.tui.screen_store import NOW
from tui.app import LlmopsApp, Options
from tui.live import LiveScreen
from tui.reading import Frame
from tui.table_screen import TableScreen

LATER = NOW + timedelta(seconds=20)
STILL = Options(refresh=3600)
_STEPS = 400


class Driven:
    """A running app and its pilot."""

    def __init__(self, app: LlmopsApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What is on the screen, line by line, without blanks at the ends."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def lines(self) -> list[str]:
        """The lines of the screen."""
        return self.text.split("\n")

    @property
    def screen(self) -> LiveScreen[Any]:
        """The screen in sight."""
        return cast("LiveScreen[Any]", self.app.screen)

    @property
    def table(self) -> TableScreen[Any]:
        """The screen in sight, which has a table."""
        return cast("TableScreen[Any]", self.app.screen)

    @property
    def sentence(self) -> str:
        """The line that explains the selected row."""
        return self.lines[-2].strip()

    async def until(self, claim: Callable[[], bool] | str) -> None:
        """Wait until the claim holds, or the text is on the screen."""
        holds: Callable[[], bool] = (lambda: claim in self.text) if isinstance(claim, str) else claim
        for _ in range(_STEPS):
            await self.pilot.pause(0.01)
            if holds():
                return
        raise AssertionError(f"never came: {claim}\n{self.text}")

    async def read(self) -> None:
        """Wait until the screen in sight shows live data and reads no more."""
        await self.until(lambda: isinstance(self.app.screen, LiveScreen) and self.screen.frame is not None)
        await self.until(lambda: not self.screen._is_reading and not self.app.workers._workers)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def go(self, *keys: str) -> None:
        """Press keys that lead to another screen, and wait for its data."""
        for key in keys:
            await self.press(key)
            await self.read()


@asynccontextmanager
async def opened(
    folder: Path,
    size: tuple[int, int] = (80, 24),
    *,
    options: Options = STILL,
    now: Callable[[], datetime] = lambda: LATER,
    snapshot: Frame[None] | None = None,
    is_live: bool = True,
) -> AsyncIterator[Driven]:
    """Open the app; by default it ticks only when told to, and its first data is there."""
    app = LlmopsApp(folder, options, now=now, snapshot=snapshot)
    async with app.run_test(size=size) as pilot:
        driven = Driven(app, pilot)
        if is_live:
            await driven.read()
        yield driven


@asynccontextmanager
async def ledger(
    config: Path, size: tuple[int, int] = (80, 24), now: Callable[[], datetime] = lambda: LATER
) -> AsyncIterator[Driven]:
    """Open the app as whoever runs the tests, on a store with a change ledger."""
    async with opened(config.parent / "store", size, options=replace(STILL, config=config), now=now) as driven:
        yield driven
