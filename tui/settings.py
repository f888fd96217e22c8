"""Put the sections of the configuration together, or list every mistake in it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from collectors.delivery.settings import DeliverySettings
from collectors.foreign import Options, installed
from collectors.settings import Collection, SourceSettings, Watch, collector, kinds
from operations.changes.settings import Settings as Changes
from operations.detection import Settings as Detection
from operations.evaluators import GateSettings, Judge, Suite
from operations.given import Given
from operations.modes import Settings as Modes
from operations.modes import worded
from operations.settings import Maintenance, Person, Portfolio, System, Threshold
from store.decode import Mistakes, decode, suggestion
from store.document import Document, read
from store.errors import ConfigError
from store.settings import AuditSettings, StoreSettings
from tui.deliverable import check_delivery
from tui.references import Draft, check
from tui.viewing import VARIABLE, InterfaceSettings, check_interface, find, one, store_folder, usual_path

__all__ = ["VARIABLE", "Config", "InterfaceSettings", "assemble", "find", "load", "usual_path"]

SECTIONS: Final = (
    "portfolio",
    "people",
    "systems",
    "sources",
    "thresholds",
    "signals",
    "detection",
    "judges",
    "suites",
    "gates",
    "modes",
    "maintenance",
    "changes",
    "delivery",
    "store",
    "interface",
    "collection",
    "watch",
    "audit",
)

T = TypeVar("T")
_UNWATCHED: Final = Watch()
_AUDIT: Final = AuditSettings()
_DETECTION: Final = Detection()
_CHANGES: Final = Changes()
_GATES: Final = GateSettings()
_MODES: Final = worded(Modes())


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
    watch: Watch = _UNWATCHED
    signals: tuple[Given, ...] = ()
    detection: Detection = _DETECTION
    modes: Modes = _MODES
    maintenance: tuple[Maintenance, ...] = ()
    changes: Changes = _CHANGES
    delivery: tuple[DeliverySettings, ...] = ()
    judges: tuple[Judge, ...] = ()
    suites: tuple[Suite, ...] = ()
    gates: GateSettings = _GATES
    audit: AuditSettings = _AUDIT


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration that is in force or raise ``ConfigError`` with every mistake."""
    return assemble(read(find(path, environ)), environ)


def assemble(document: Document, environ: Mapping[str, str]) -> Config:
    """Decode each section by itself, so that one mistake hides no other, and check what refers to what."""
    mistakes = Mistakes(document.lines)
    for key in document.table:
        if key not in SECTIONS:
            mistakes.add((key,), f"unknown section{suggestion(key, SECTIONS)}")
    draft = Draft(
        portfolio=one(Portfolio, "portfolio", document, mistakes),
        people=_many(Person, "people", document, mistakes),
        systems=_many(System, "systems", document, mistakes),
        sources=_sources(document, mistakes),
        thresholds=_many(Threshold, "thresholds", document, mistakes),
        signals=_many(Given, "signals", document, mistakes),
        detection=one(Detection, "detection", document, mistakes),
        judges=_many(Judge, "judges", document, mistakes),
        suites=_many(Suite, "suites", document, mistakes),
        gates=one(GateSettings, "gates", document, mistakes),
        modes=one(Modes, "modes", document, mistakes),
        maintenance=_many(Maintenance, "maintenance", document, mistakes),
        changes=one(Changes, "changes", document, mistakes),
        store=one(StoreSettings, "store", document, mistakes),
        collection=one(Collection, "collection", document, mistakes),
        watch=one(Watch, "watch", document, mistakes),
        audit=one(AuditSettings, "audit", document, mistakes),
        table=document.table,
    )
    interface = one(InterfaceSettings, "interface", document, mistakes)
    delivery = _many(DeliverySettings, "delivery", document, mistakes)
    check(draft, mistakes)
    check_delivery(delivery, draft.sources, mistakes)
    check_interface(interface, mistakes)
    if (
        mistakes
        or not (draft.portfolio and draft.store and interface and draft.collection and draft.watch)
        or not (draft.detection and draft.changes and draft.gates and draft.audit and draft.modes)
    ):
        raise ConfigError(mistakes.listed(), str(document.path))
    return Config(
        portfolio=draft.portfolio,
        people=tuple(draft.people.values()),
        systems=tuple(draft.systems.values()),
        sources=tuple(draft.sources.values()),
        thresholds=tuple(draft.thresholds.values()),
        store=replace(
            draft.store, folder=store_folder(draft.store.folder, draft.portfolio.name, document.path, environ)
        ),
        interface=interface,
        path=document.path,
        collection=draft.collection,
        watch=_placed(draft.watch, document.path.parent),
        signals=tuple(draft.signals.values()),
        detection=draft.detection,
        modes=worded(draft.modes),
        maintenance=tuple(draft.maintenance.values()),
        changes=_beside(draft.changes, document.path.parent),
        delivery=tuple(delivery.values()),
        judges=tuple(draft.judges.values()),
        suites=tuple(draft.suites.values()),
        gates=draft.gates,
        audit=draft.audit,
    )


def _placed(watch: Watch, base: Path) -> Watch:
    """Give a relative path of the metrics file its place beside the configuration."""
    return replace(watch, textfile=base / watch.textfile) if watch.textfile else watch


def _beside(changes: Changes, base: Path) -> Changes:
    """Give a relative path of the list of signers its place beside the configuration."""
    signers = changes.allowed_signers
    return replace(changes, allowed_signers=base / signers.expanduser()) if signers else changes


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
    kind, keys, options = str(table["kind"]), ("sources", index, "options"), table.get("options", {})
    known = kinds()
    if kind in known:
        return decode(collector(kind).Settings, options, keys, mistakes)
    others = installed()
    if kind in others:
        try:
            return Options.from_toml(options)
        except ValueError as error:
            mistakes.add(keys, str(error))
            return None
    mistakes.add(("sources", index, "kind"), f"unknown kind{suggestion(kind, (*known, *others))}")
    return None
