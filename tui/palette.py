"""Offer everything that can be done here in one list: the screen's actions, the app's, the screens and the systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from tui.opening import Open
from tui.text import printable
from tui.widgets.help import actions
from tui.widgets.menu import Choice, Menu

if TYPE_CHECKING:
    from tui.app import LlmopsApp

Act = Callable[[], Any]


async def open_palette(app: LlmopsApp) -> None:
    """Show the list and do what is chosen."""
    acts = list(_acts(app))
    choices = [Choice(str(place), words, beside) for place, (words, beside, _) in enumerate(acts)]

    def chosen(key: str | None) -> None:
        if key is not None:
            app.call_next(acts[int(key)][2])

    await app.push_screen(Menu("Everything that can be done here", choices), chosen)


def _acts(app: LlmopsApp) -> Iterator[tuple[str, str, Act]]:
    """Give words, key and deed: actions as bound, then systems by name, then themes."""
    yield from _bound(app)
    for row in app.systems:
        yield f"Open system {printable(row.system, 60)}", "", partial(app.post_message, Open("system", row.system))
    for name in sorted(app.available_themes):
        yield f"Theme {name}", "", partial(setattr, app, "theme", name)


def _bound(app: LlmopsApp) -> Iterator[tuple[str, str, Act]]:
    """Give each action once, with all the keys that do it: the screen's first, moving about last."""
    for act in sorted(actions(app.screen), key=lambda act: not isinstance(act.node, App | Screen)):
        if "palette" not in act.name:
            yield act.words, " ".join(act.keys), partial(app.run_action, act.name, act.node)
