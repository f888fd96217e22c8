"""Check what no single value can tell: names that refer to each other, limits on the right sides, zones, schedules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from collectors.settings import Collection, SourceSettings, Watch
from operations.changes.settings import Settings as Changes
from operations.detection import Settings as Detection
from operations.evaluators import GateSettings, Judge, Suite
from operations.given import Given
from operations.modes import Settings as Modes
from operations.settings import Maintenance, Person, Portfolio, System, Threshold
from store.decode import Mistakes, suggestion
from store.settings import AuditSettings, StoreSettings
from store.values import shown
from tui.changeable import check_changes
from tui.detectable import check_detection, check_modes, check_signals
from tui.gating import check_gates, check_judges, check_suites
from tui.limits import check_overlaps, check_sides
from tui.maintenance import check_maintenance
from tui.naming import free_name_mistake, safe_name_mistake, zone_mistake

_ZERO_OR_MORE: Final = frozenset({"backups"})


class _Named(Protocol):
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be decoded of a configuration, by position in the file, and the table it came from."""

    portfolio: Portfolio | None
    people: Mapping[int, Person]
    systems: Mapping[int, System]
    sources: Mapping[int, SourceSettings]
    thresholds: Mapping[int, Threshold]
    signals: Mapping[int, Given]
    detection: Detection | None
    judges: Mapping[int, Judge]
    suites: Mapping[int, Suite]
    gates: GateSettings | None
    modes: Modes | None
    maintenance: Mapping[int, Maintenance]
    changes: Changes | None
    store: StoreSettings | None
    collection: Collection | None
    watch: Watch | None
    audit: AuditSettings | None
    table: Mapping[str, Any]

    def names(self, section: str) -> list[str]:
        """Name the entries of a section, those with other mistakes too, so that one mistake is told once."""
        tables = self.table.get(section, [])
        entries = tables if isinstance(tables, list) else []
        return [entry["name"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)]


def check(draft: Draft, mistakes: Mistakes) -> None:
    """Add every mistake that shows only when the sections are read together."""
    _portfolio(draft, mistakes)
    _unique(draft.people, "people", mistakes)
    _unique(draft.systems, "systems", mistakes)
    _unique(draft.sources, "sources", mistakes)
    for index, person in draft.people.items():
        _judge(free_name_mistake(person.name), ("people", index, "name"), mistakes)
    _accounts(draft.people, mistakes)
    for index, system in draft.systems.items():
        _system(index, system, draft, mistakes)
    for index, source in draft.sources.items():
        _source(index, source, draft, mistakes)
    for index, threshold in draft.thresholds.items():
        _threshold(index, threshold, draft, mistakes)
    check_overlaps(draft.thresholds, mistakes)
    check_signals(draft.signals, draft.names("systems"), mistakes)
    check_detection(draft.detection, mistakes)
    check_judges(draft.judges, draft.names("people"), mistakes)
    check_suites(draft.suites, draft.names("people"), draft.names("systems"), mistakes)
    check_gates(draft.gates, mistakes)
    check_modes(draft.modes, mistakes)
    _unique(draft.maintenance, "maintenance", mistakes)
    check_maintenance(draft.maintenance, draft.names("systems"), mistakes)
    check_changes(draft.changes, draft.names("systems"), draft.people.values(), mistakes)
    _store(draft.store, mistakes)
    _positive(draft.collection, ("collection",), ("concurrency", "per_host"), mistakes)
    _watch(draft.watch, mistakes)
    _positive(draft.audit, ("audit",), ("syslog_entries",), mistakes)


def _watch(watch: Watch | None, mistakes: Mistakes) -> None:
    if watch is not None and watch.textfile is not None and watch.textfile.suffix != ".prom":
        words = f"expected a name that ends in .prom, or no node exporter reads it; found {shown(watch.textfile.name)}"
        mistakes.add(("watch", "textfile"), words)


def _portfolio(draft: Draft, mistakes: Mistakes) -> None:
    portfolio = draft.portfolio
    if not draft.table.get("systems"):
        mistakes.add(("systems",), "missing; expected at least one [[systems]] with a name and an owner")
    if portfolio is None:
        return
    _judge(free_name_mistake(portfolio.name), ("portfolio", "name"), mistakes)
    _zone(portfolio.timezone, ("portfolio", "timezone"), mistakes)


def _system(index: int, system: System, draft: Draft, mistakes: Mistakes) -> None:
    keys = ("systems", index)
    _judge(safe_name_mistake(system.name), (*keys, "name"), mistakes)
    _person(system.owner, (*keys, "owner"), draft, mistakes)
    if system.deputy:
        _person(system.deputy, (*keys, "deputy"), draft, mistakes)
    if system.monthly_budget is not None and system.monthly_budget <= 0:
        mistakes.add((*keys, "monthly_budget"), "expected an amount above 0; leave the key out when there is no budget")


def _source(index: int, source: SourceSettings, draft: Draft, mistakes: Mistakes) -> None:
    keys = ("sources", index)
    _judge(safe_name_mistake(source.name), (*keys, "name"), mistakes)
    if bool(source.system) == (source.route is not None):
        words = "expected either system or [sources.route]: one system for all rows, or one by the value of a label"
        mistakes.add((*keys, "system"), f"{words}; found {'both' if source.system else 'neither'}")
    if source.system:
        _known(source.system, "system", draft.names("systems"), (*keys, "system"), mistakes)
    if source.route is not None:
        _route(source.route.label, source.route.systems, (*keys, "route"), draft, mistakes)
    if _zone(source.timezone, (*keys, "timezone"), mistakes):
        _schedule(source, keys, mistakes)
    names = ("connect", "read", "total", "source", "body_bytes", "rows", "pages", "tries", "concurrency")
    _positive(source.limits, (*keys, "limits"), names, mistakes)


def _route(
    label: str, systems: Mapping[str, str], keys: tuple[str | int, ...], draft: Draft, mistakes: Mistakes
) -> None:
    if not label:
        mistakes.add((*keys, "label"), "expected the name of a label whose value tells the system, found nothing")
    if not systems:
        mistakes.add((*keys, "systems"), 'expected at least one "value of the label" = "system", found none')
    for value, system in systems.items():
        _known(system, "system", draft.names("systems"), (*keys, "systems", value), mistakes)


def _schedule(source: SourceSettings, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    from collectors.schedule import Schedule  # late: croniter is loaded for sources alone

    try:
        Schedule.parse(source.schedule, source.timezone)
    except ValueError as error:
        mistakes.add((*keys, "schedule"), str(error))


def _threshold(index: int, threshold: Threshold, draft: Draft, mistakes: Mistakes) -> None:
    keys = ("thresholds", index)
    _judge(safe_name_mistake(threshold.name), (*keys, "name"), mistakes)
    for position, system in enumerate(threshold.systems):
        _known(system, "system", draft.names("systems"), (*keys, "systems", position), mistakes)
    if threshold.source:
        _known(threshold.source, "source", draft.names("sources"), (*keys, "source"), mistakes)
    if threshold.owner:
        _person(threshold.owner, (*keys, "owner"), draft, mistakes)
    if not threshold.metric.removeprefix("evaluation:").strip("/ "):
        mistakes.add((*keys, "metric"), 'expected a metric such as "latency_ms", "cost" or "evaluation:suite/scorer"')
    if threshold.stat in ("counter", "bucket"):
        words = "is a raw cumulative reading and never judged; judge the rate, sum or percentile made of it"
        mistakes.add((*keys, "stat"), f"{threshold.stat!r} {words}")
    _positive(threshold, keys, ("min_n", "window", "stale_after"), mistakes)
    check_sides(threshold, keys, mistakes)


def _store(store: StoreSettings | None, mistakes: Mistakes) -> None:
    if store is None:
        return
    if store.mode == "group" and not store.group:
        mistakes.add(
            ("store", "group"), 'missing; mode = "group" needs the name of the Unix group that shares the store'
        )
    if store.group and store.mode == "single":
        mistakes.add(("store", "group"), 'is only used with mode = "group"; add that or remove the group')
    _positive(store, ("store",), ("published", "backups", "keep_samples", "keep_rollups", "split_above_mb"), mistakes)


def _positive(section: object, keys: tuple[str | int, ...], names: Iterable[str], mistakes: Mistakes) -> None:
    for name in names:
        value = getattr(section, name, None)
        number = getattr(value, "seconds", value)
        if number is not None and (number < 0 or (number == 0 and name not in _ZERO_OR_MORE)):
            least = "0 or more" if name in _ZERO_OR_MORE else "more than 0"
            mistakes.add((*keys, name), f"expected {least}, found {value}")


def _unique(entries: Mapping[int, _Named], section: str, mistakes: Mistakes) -> None:
    seen: dict[str, int] = {}
    for index, entry in entries.items():
        before = seen.setdefault(entry.name, index)
        if before != index:
            line = mistakes.line((section, before))
            words = f"duplicate name {shown(entry.name)}, first given in line {line}; names are identities, change one"
            mistakes.add((section, index, "name"), words)


def _accounts(people: Mapping[int, Person], mistakes: Mistakes) -> None:
    seen: dict[str, int] = {}
    for index, person in people.items():
        before = seen.setdefault(person.os_user, index)
        if person.os_user and before != index:
            line = mistakes.line(("people", before))
            words = f"{shown(person.os_user)} is also in line {line}; an account stands for one person"
            mistakes.add(("people", index, "os_user"), words)


def _judge(words: str, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    if words:
        mistakes.add(keys, words)


def _person(name: str, keys: tuple[str | int, ...], draft: Draft, mistakes: Mistakes) -> None:
    _known(name, "person", draft.names("people"), keys, mistakes)


def _known(name: str, what: str, names: list[str], keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    if name not in names:
        section = {"person": "people"}.get(what, f"{what}s")
        hint = suggestion(name, names) if names else f"; add it under [[{section}]]"
        mistakes.add(keys, f"no {what} is named {shown(name)}{hint}")


def _zone(name: str, keys: tuple[str | int, ...], mistakes: Mistakes) -> bool:
    words = zone_mistake(name)
    _judge(words, keys, mistakes)
    return not words
