"""Find the configuration file and put its sections together, or list every mistake in it at once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from collectors.settings import Collection, SourceSettings, collector, kinds
from operations.settings import Person, Portfolio, System, Threshold
from store.decode import Mistakes, decode, suggestion
from store.document import Document, read
from store.errors import ConfigError
from store.settings import StoreSettings
from store.values import Duration
from tui.references import Draft, check

VARIABLE: Final = "LLMOPS_TUI_CONFIG"
SECTIONS: Final = ("portfolio", "people", "systems", "sources", "thresholds", "store", "interface", "collection")

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
class Config:
    """The whole configuration, checked."""

    portfolio: Portfolio
    people: tuple[Person, ...]
    systems: tuple[System, ...]
    sources: tuple[SourceSettings, ...]
    thresholds: tuple[Threshold, ...]
    store: StoreSettings
    interface: InterfaceSettings
    path: Path
    collection: Collection


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration that is in force or raise ``ConfigError`` with every mistake."""
    return assemble(read(find(path, environ)), environ)


def find(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Give the file to read: the one named, the one in ``LLMOPS_TUI_CONFIG``, or the one in the XDG folder."""
    if path is not None:
        return path.expanduser().absolute()
    named = environ.get(VARIABLE, "")
    if named:
        return Path(named).expanduser().absolute()
    usual = usual_path(environ)
    if not usual.exists():
        places = f"  --config FILE: not given\n  {VARIABLE}: not set\n  {usual}: no such file"
        raise ConfigError([f'no configuration found; looked at\n{places}\n"llmops-tui init" writes one'])
    return usual


def usual_path(environ: Mapping[str, str]) -> Path:
    """Name the file of the XDG folder, whether or not it exists."""
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def assemble(document: Document, environ: Mapping[str, str]) -> Config:
    """Decode each section by itself, so that one mistake hides no other, and check what refers to what."""
    mistakes = Mistakes(document.lines)
    for key in document.table:
        if key not in SECTIONS:
            mistakes.add((key,), f"unknown section{suggestion(key, SECTIONS)}")
    draft = Draft(
        portfolio=_one(Portfolio, "portfolio", document, mistakes),
        people=_many(Person, "people", document, mistakes),
        systems=_many(System, "systems", document, mistakes),
        sources=_sources(document, mistakes),
        thresholds=_many(Threshold, "thresholds", document, mistakes),
        store=_one(StoreSettings, "store", document, mistakes),
        collection=_one(Collection, "collection", document, mistakes),
        table=document.table,
    )
    interface = _one(InterfaceSettings, "interface", document, mistakes)
    check(draft, mistakes)
    if interface is not None and interface.refresh < Duration(1):
        mistakes.add(("interface", "refresh"), 'expected "1s" or more')
    if mistakes or not (draft.portfolio and draft.store and interface and draft.collection):
        raise ConfigError(mistakes.listed(), str(document.path))
    return Config(
        portfolio=draft.portfolio,
        people=tuple(draft.people.values()),
        systems=tuple(draft.systems.values()),
        sources=tuple(draft.sources.values()),
        thresholds=tuple(draft.thresholds.values()),
        store=replace(draft.store, folder=_folder(draft.store.folder, draft.portfolio, document.path, environ)),
        interface=interface,
        path=document.path,
        collection=draft.collection,
    )


def _one(kind: type[T], section: str, document: Document, mistakes: Mistakes) -> T | None:
    if section == "portfolio" and section not in document.table:
        mistakes.add((section,), _MISSING_PORTFOLIO)
        return None
    table = document.table.get(section, {})
    if isinstance(table, list) and (section,) in document.lines:
        mistakes.add((section,), f"expected one table, found a list; write [{section}] with single brackets, once")
        return None
    return decode(kind, table, (section,), mistakes)


def _many(kind: type[T], section: str, document: Document, mistakes: Mistakes) -> dict[int, T]:
    tables = document.table.get(section, [])
    if not isinstance(tables, list):
        mistakes.add((section,), f"expected a list of tables; write [[{section}]] with double brackets for each")
        return {}
    made = {index: decode(kind, table, (section, index), mistakes) for index, table in enumerate(tables)}
    return {index: each for index, each in made.items() if each is not None}


def _sources(document: Document, mistakes: Mistakes) -> dict[int, SourceSettings]:
    """Decode sources; the options of each by the ``Settings`` of its kind, even where the rest is wrong."""
    sources = _many(SourceSettings, "sources", document, mistakes)
    tables = document.table.get("sources", [])
    options = {
        index: _options(index, cast("dict[str, Any]", table), mistakes)
        for index, table in enumerate(tables if isinstance(tables, list) else [])
        if isinstance(table, dict) and isinstance(table.get("kind"), str)
    }
    return {index: replace(source, options=options[index]) for index, source in sources.items()}


def _options(index: int, table: Mapping[str, Any], mistakes: Mistakes) -> Any:
    kind = str(table["kind"])
    known = kinds()
    if kind not in known:
        mistakes.add(("sources", index, "kind"), f"unknown kind{suggestion(kind, known)}")
        return None
    return decode(collector(kind).Settings, table.get("options", {}), ("sources", index, "options"), mistakes)


def _folder(folder: Path, portfolio: Portfolio, path: Path, environ: Mapping[str, str]) -> Path:
    if folder != Path():
        return path.parent / folder
    slug = re.sub(r"[^a-z0-9]+", "-", portfolio.name.lower()).strip("-")
    return _xdg(environ, "XDG_DATA_HOME", ".local/share") / (slug or "portfolio")


def _xdg(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    """Give our folder under an XDG base; the specification has relative ones ignored."""
    base = Path(environ.get(variable, ""))
    if not base.is_absolute():
        base = Path(environ.get("HOME") or os.path.expanduser("~")) / usual  # noqa: PTH111  # the home of the user without HOME
    return base / "llmops-tui"
