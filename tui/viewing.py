"""Find the configuration file and read the little of it that a viewer needs, without loading what collects and judges.

The screens paint before anything heavy is imported; that a rule or a source is wrong is told by collections and by
``config check``, which read the whole file (``tui/settings.py``).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from store.decode import Mistakes, decode
from store.document import Document, read
from store.errors import ConfigError
from store.settings import StoreSettings
from store.values import Duration, shown

VARIABLE: Final = "LLMOPS_TUI_CONFIG"

T = TypeVar("T")
_FIVE_SECONDS: Final = Duration(5)
_MISSING_PORTFOLIO: Final = 'missing; begin the file with [portfolio] and a name, or run "llmops-tui init"'


@dataclass(frozen=True, slots=True)
class InterfaceSettings:
    """Options under ``[interface]``: how the screens look and which keys do what."""

    refresh: Duration = _FIVE_SECONDS
    theme: str = ""
    ascii: bool = False
    mouse: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """Where the store is and how the screens look."""

    portfolio: str
    folder: Path
    interface: InterfaceSettings
    path: Path


def load_view(path: Path | None, environ: Mapping[str, str]) -> View:
    """Read what a viewer needs or raise ``ConfigError`` with every mistake in it."""
    document = read(find(path, environ))
    mistakes = Mistakes(document.lines)
    portfolio = document.table.get("portfolio", {})
    name = portfolio.get("name") if isinstance(portfolio, dict) else None
    if not isinstance(name, str):
        words = _MISSING_PORTFOLIO if name is None else f"expected text, found {shown(name)}; put it in quotes"
        mistakes.add(("portfolio", "name"), words)
    store = one(StoreSettings, "store", document, mistakes)
    interface = one(InterfaceSettings, "interface", document, mistakes)
    check_interface(interface, mistakes)
    if mistakes or not isinstance(name, str) or store is None or interface is None:
        raise ConfigError(mistakes.listed(), str(document.path))
    return View(name, store_folder(store.folder, name, document.path, environ), interface, document.path)


def find(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Give the file to read: the one named, the one in ``LLMOPS_TUI_CONFIG``, or the one in the XDG folder."""
    if path is not None:
        return path.expanduser().absolute()
    named = environ.get(VARIABLE, "")
    if named:
        return Path(named).expanduser().absolute()
    usual = usual_path(environ)
    if not is_there(usual):
        places = f"  --config FILE: not given\n  {VARIABLE}: not set\n  {usual}: no such file"
        raise ConfigError([f'no configuration found; looked at\n{places}\n"llmops-tui init" writes one'])
    return usual


def usual_path(environ: Mapping[str, str]) -> Path:
    """Name the file of the XDG folder, whether or not it exists."""
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def is_there(path: Path) -> bool:
    """Tell whether a file is there; one that may not be looked at counts, reading it will say why it cannot be."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def one(kind: type[T], section: str, document: Document, mistakes: Mistakes) -> T | None:
    """Decode a section that is there at most once."""
    if section == "portfolio" and section not in document.table:
        mistakes.add((section,), _MISSING_PORTFOLIO)
        return None
    table = document.table.get(section, {})
    if isinstance(table, list):
        mistakes.add((section,), f"expected one table, found a list; write [{section}] with single brackets, once")
        return None
    return decode(kind, table, (section,), mistakes)


def check_interface(interface: InterfaceSettings | None, mistakes: Mistakes) -> None:
    """Refuse a refresh that would keep the terminal busy."""
    if interface is not None and interface.refresh < Duration(1):
        mistakes.add(("interface", "refresh"), f'expected "1s" or more, found {interface.refresh}')


def store_folder(folder: Path, portfolio: str, path: Path, environ: Mapping[str, str]) -> Path:
    """Give the folder configured (beside the file when relative), or one in the XDG data folder by portfolio."""
    if folder != Path():
        return path.parent / folder
    slug = re.sub(r"[^a-z0-9]+", "-", portfolio.lower()).strip("-")
    return _xdg(environ, "XDG_DATA_HOME", ".local/share") / (slug or "portfolio")


def _xdg(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    """Give our folder under an XDG base; the specification has relative ones ignored."""
    base = Path(environ.get(variable, ""))
    if not base.is_absolute():
        base = Path(environ.get("HOME") or os.path.expanduser("~")) / usual  # noqa: PTH111  # the user's home without HOME
    return base / "llmops-tui"
