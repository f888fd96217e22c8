"""Offer everything that can be done here in one list: the screen's actions, the app's, the screens and the systems."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.live import Open
from tui.text import printable
from tui.widgets.footer import key_name
from tui.widgets.menu import Choice, Menu

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

    from tui.app import LlmopsApp

Act = Callable[[], Any]


def open_palette(app: "LlmopsApp") -> None:
    """Show the list and do what is chosen."""
    acts = list(_acts(app))
    choices = [Choice(str(place), words, beside) for place, (words, beside, _) in enumerate(acts)]

    def chosen(key: str | None) -> None:
        if key is not None:
            app.call_next(acts[int(key)][2])

    app.push_screen(Menu("Everything that can be done here", choices), chosen)


def _acts(app: "LlmopsApp") -> Iterator[tuple[str, str, Act]]:
    """Give words, key and deed: actions as bound, then systems by name, then themes."""
    yield from _bound(app)
    for row in app.systems:
        yield f"Open system {printable(row.system, 60)}", "", partial(app.post_message, Open("system", row.system))
    for name in sorted(app.available_themes):
        yield f"Theme {name}", "", partial(setattr, app, "theme", name)


def _bound(app: "LlmopsApp") -> Iterator[tuple[str, str, Act]]:
    """Give each action once, with all the keys that do it."""
    keys: dict[tuple[str, str], list["ActiveBinding"]] = {}
    for active in app.screen.active_bindings.values():
        if active.enabled and active.binding.description and not active.binding.system:
            keys.setdefault((active.binding.action, active.binding.description), []).append(active)
    for (action, words), bound in keys.items():
        if "palette" in action:
            continue
        beside = " ".join(key_name(active.binding.key_display or active.binding.key) for active in bound)
        yield words[:1].upper() + words[1:], beside, partial(app.run_action, action, bound[0].node)
