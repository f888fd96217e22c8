"""Check the sections that gates rest on: judges, suites, and how sure a gate must be."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final

from operations.evaluators import GateSettings, Judge, Suite
from store.decode import Mistakes, suggestion
from store.values import shown

_SHARES: Final[Mapping[str, tuple[float, float]]] = {
    "level": (0.0, 0.5), "max_drop": (0.0, 1.0), "power": (0.5, 1.0), "min_agreement": (0.0, 1.0),
}  # fmt: skip
"""The open stretches in which the shares of ``[gates]`` must lie."""


def check_judges(judges: Mapping[int, Judge], people: Sequence[str], mistakes: Mistakes) -> None:
    """Refuse calibrations that say nothing, and two of one judge and version."""
    seen: dict[tuple[str, str], int] = {}
    for index, judge in judges.items():
        keys = ("judges", index)
        _named(judge.name, "judge", keys, mistakes)
        before = seen.setdefault((judge.name, judge.version), index)
        if before != index:
            line = mistakes.line(("judges", before))
            words = f"{shown(judge.name)} in this version is also in line {line}; keep the newer calibration"
            mistakes.add((*keys, "name"), words)
        _among(judge.owner, people, "person", (*keys, "owner"), mistakes)
        if judge.agreement is not None and not 0 <= judge.agreement <= 1:
            mistakes.add((*keys, "agreement"), f"expected a share from 0 to 1, found {judge.agreement:g}")
        if judge.n is not None and judge.n < 1:
            mistakes.add((*keys, "n"), f"expected the number of answers that both judged, found {judge.n}")
        told = [name for name in ("calibrated", "agreement", "n") if getattr(judge, name) is not None]
        if told and len(told) < 3:
            absent = next(name for name in ("calibrated", "agreement", "n") if name not in told)
            words = f"missing; a calibration is its day, its agreement and its n, and {' and '.join(told)} is there"
            mistakes.add((*keys, absent), words)


def check_suites(
    suites: Mapping[int, Suite], people: Sequence[str], systems: Sequence[str], mistakes: Mistakes
) -> None:
    """Refuse suites of systems that are not there, and two of one name for the same system."""
    seen: dict[tuple[str, str], int] = {}
    for index, suite in suites.items():
        keys = ("suites", index)
        _named(suite.name, "suite", keys, mistakes)
        _among(suite.owner, people, "person", (*keys, "owner"), mistakes)
        for position, system in enumerate(suite.systems):
            _among(system, systems, "system", (*keys, "systems", position), mistakes)
        for system in suite.systems or ("",):
            before = seen.setdefault((suite.name, system), index)
            if before != index:
                whose = f" for {shown(system)}" if system else " for all systems"
                words = f"{shown(suite.name)}{whose} is also in line {mistakes.line(('suites', before))}; keep one"
                mistakes.add((*keys, "name"), words)
        if suite.max_drop is not None and not 0 <= suite.max_drop < 1:
            words = f"expected a share of the scorer's scale, from 0 to less than 1, found {suite.max_drop:g}"
            mistakes.add((*keys, "max_drop"), words)


def check_gates(settings: GateSettings | None, mistakes: Mistakes) -> None:
    """Refuse gates that could only ever say one thing."""
    if settings is None:
        return
    for name, (low, high) in _SHARES.items():
        value = getattr(settings, name)
        if not low < value < high:
            mistakes.add(("gates", name), f"expected more than {low:g} and less than {high:g}, found {value:g}")
    if settings.min_n < 2:
        mistakes.add(("gates", "min_n"), f"expected 2 or more, found {settings.min_n}: one case has no spread")
    for each in fields(settings):
        value = getattr(settings, each.name)
        if each.name.endswith("_age") and value.seconds < 86_400:
            mistakes.add(("gates", each.name), f"expected a day or more, found {value}: calibrations are told by day")


def _named(name: str, what: str, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    if not name.strip():
        mistakes.add((*keys, "name"), f"expected the name of the {what} as evaluations carry it, found none")


def _among(name: str, known: Sequence[str], what: str, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    if name and name not in known:
        mistakes.add(keys, f"no {what} is named {shown(name)}{suggestion(name, known)}")
