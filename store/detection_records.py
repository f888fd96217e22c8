"""Define one frozen record per table that detectors fill; the rules are those of ``store.records``."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

Sight = Literal["armed", "degraded", "blind"]


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """What a signal of a system was when it was frozen; ``content`` is the baseline as JSON."""

    TABLE: ClassVar[str] = "baselines"

    system: str
    signal: str
    dim: str
    frozen: datetime
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one detector can see of one system: armed, degraded or blind, with why and what would help.

    ``newest`` is the last day of data that it rests on.
    """

    TABLE: ClassVar[str] = "cells"

    system: str
    mode: str
    state: Sight
    reason: str
    remedy: str
    signals: str
    newest: date | None
    judged: datetime


@dataclass(frozen=True, slots=True)
class EpisodeState:
    """How far one detector has gone through the days of one system; ``opened`` while its breach is not over.

    ``head`` is the mode whose breach it is open under: its own, or its cause's; ``rests`` the signals that last spoke.
    """

    TABLE: ClassVar[str] = "episodes"

    system: str
    mode: str
    day: date
    handled: date | None
    opened: date | None
    calm: int
    head: str
    rests: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that speaks for a detector's breach, loudest first.

    ``began`` is the day from which on it stands, most likely; ``earliest`` and ``latest`` are where else it may have
    begun. ``trend`` holds the last runs of its signal as JSON, ``[[days since 1970, value], ...]``.
    """

    TABLE: ClassVar[str] = "evidence"

    breach_id: str
    place: int
    kind: str
    signal: str
    dim: str
    score: float
    score_limit: float
    runs: int
    value: float | None
    usual: float | None
    n: float | None
    low: float | None
    high: float | None
    began: date | None
    earliest: date | None
    latest: date | None
    trend: str
    words: str


@dataclass(frozen=True, slots=True)
class ModeRecord:
    """A failure mode in its owner's words: what it is, how it is noticed and what operations do about it."""

    TABLE: ClassVar[str] = "modes"

    mode: str
    title: str
    detection: str
    response: str
