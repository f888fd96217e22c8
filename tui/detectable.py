"""Check what detectors rest on: what gives their signals, how loud these must speak, and the texts of their modes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from operations import given
from operations.detection import DETECTORS, Settings
from operations.given import Given
from operations.modes import LONGEST, MODES
from operations.modes import Settings as Modes
from store.decode import Mistakes, suggestion
from store.values import shown

_FACTORS: Final = frozenset({"least", "older"})


def check_signals(signals: Mapping[int, Given], systems: Sequence[str], mistakes: Mistakes) -> None:
    """Refuse entries that no signal could be read by, and those for systems that are not there."""
    for index, entry in signals.items():
        keys = ("signals", index)
        for key, words in given.mistakes(entry):
            mistakes.add((*keys, key), words)
        for position, system in enumerate(entry.systems):
            if system not in systems:
                mistakes.add(
                    (*keys, "systems", position), f"no system is named {shown(system)}{suggestion(system, systems)}"
                )


def check_detection(detection: Settings | None, mistakes: Mistakes) -> None:
    """Refuse a portfolio without any false alarm, and limits that would turn a detector round."""
    if detection is None:
        return
    if detection.alarms_per_week <= 0:
        words = f"expected more than 0, found {detection.alarms_per_week:g}: no portfolio goes without any false alarm"
        mistakes.add(("detection", "alarms_per_week"), words)
    for detector in DETECTORS:
        for name, value in asdict(getattr(detection, detector.MODE)).items():
            lowest = 1 if name in _FACTORS else 0
            if value < lowest:
                mistakes.add(("detection", detector.MODE, name), f"expected {lowest} or more, found {value:g}")


def check_modes(modes: Modes | None, mistakes: Mistakes) -> None:
    """Refuse texts that say nothing, and titles that are too long for a line."""
    if modes is None:
        return
    for known in MODES:
        for name, text in asdict(getattr(modes, known.mode)).items():
            if text and not text.strip():
                mistakes.add(
                    ("modes", known.mode, name), "expected words, found blanks; leave it out for the usual ones"
                )
            elif name == "title" and (len(text) > LONGEST or "\n" in text):
                words = f"expected one line of at most {LONGEST} characters, found {shown(text)}"
                mistakes.add(("modes", known.mode, name), words)
