"""Turn what detectors say into breaches that people read: severity, since when, value, and words for the evidence."""

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from operations.evidence import Bench, Evidence
from operations.modes import PREFIX
from operations.settings import System
from operations.signals import SIGNALS
from operations.statistics import wilson
from operations.words import counted
from store.detection_records import ModeRecord, Spoken
from store.records import Breach

DOMAIN: Final[Mapping[str, str]] = {"FM3": "evaluation", "FM7": "costs"}
"""The domain of a mode's breach; of all others it is monitoring."""

_NAMESPACE: Final = uuid.UUID("5f0c8f4e-7f0f-5d0e-9a3b-2a5a1c6f6f11")
_HARMS: Final = frozenset({"FM3", "FM8"})  # wrong answers and deeds reach users
_EPOCH: Final = date(1970, 1, 1)
_SHOWN: Final = 60
_DOUBLE: Final = 2.0
_LIKELY, _CERTAIN = 2.0, 6.0


def identity(system: str, mode: str, opened: date) -> str:
    """Give the stable id of a detector's breach: the same one however often it is judged."""
    return uuid.uuid5(_NAMESPACE, f"{system}\0{mode}\0{opened.isoformat()}").hex


def breach(
    system: System, known: ModeRecord, opened: date, told: Sequence[Evidence], bench: Bench, day: date, now: datetime
) -> Breach:
    """Give the breach that a mode's evidence of a day makes; ``told`` is loudest first and not empty."""
    mode, loudest = known.mode, told[0]
    begun = since(loudest, bench, day)
    rises = loudest.usual is None or loudest.value is None or loudest.value >= loudest.usual
    return Breach(
        breach_id=identity(system.name, mode, opened),
        system=system.name,
        rule=PREFIX + mode,
        domain=DOMAIN.get(mode, "monitoring"),
        metric=loudest.signal,
        severity=severity(mode, system.tier, told),
        state="open",
        direction="above" if rises else "below",
        since=midnight(begun[1] if begun else opened),
        judged=now,
        opened=min(midnight(opened + timedelta(days=1)), now),
        value=loudest.value,
        worst=loudest.value,
        n=None if loudest.n is None else round(loudest.n),
        unit="1" if SIGNALS[loudest.signal].form == "count" else "",
        mode=mode,
        note=note(known.title, told),
    )


def moved(held: Breach, made: Breach) -> Breach:
    """Carry a breach that is held on with today's figures; it keeps when it opened, and its severity does not sink."""
    severest: Literal["warning", "critical"] = "critical" if "critical" in {held.severity, made.severity} else "warning"
    return replace(
        made, breach_id=held.breach_id, since=held.since, opened=held.opened, severity=severest, event=held.event,
        worst=_worst(held, made),
    )  # fmt: skip


def _worst(held: Breach, made: Breach) -> float | None:
    if held.worst is None or made.worst is None or held.metric != made.metric:
        return made.worst
    return max(held.worst, made.worst) if made.direction == "above" else min(held.worst, made.worst)


def severity(mode: str, tier: int, told: Sequence[Evidence]) -> Literal["warning", "critical"]:
    """Propose a severity from the tier and from what harm the mode does; certainty changes urgency, not severity."""
    loudest = told[0]
    if mode == "FM6" and any(each.kind == "event" for each in told):
        return "critical"
    if mode == "FM7":
        doubled = loudest.value is not None and loudest.usual is not None and loudest.value >= _DOUBLE * loudest.usual
        return "critical" if doubled and tier < 3 else "warning"
    return "critical" if tier == 1 or (mode in _HARMS and tier == 2) else "warning"


def confidence(margin: float) -> Literal["possible", "likely", "certain"]:
    """Say in a word how far evidence lies over its limit."""
    if margin < _LIKELY:
        return "possible"
    return "likely" if margin < _CERTAIN else "certain"


def note(title: str, told: Sequence[Evidence]) -> str:
    """Say what a breach of a mode rests on, in one sentence."""
    more = [SIGNALS[each.signal].title for each in told[1:3] if each.signal != told[0].signal]
    beside = f"; also {' and '.join(dict.fromkeys(more))}" if more else ""
    return f"{title}: {sentence(told[0])}, {confidence(told[0].margin)}{beside}"


def sentence(each: Evidence) -> str:
    """Say one piece of evidence in words: value against what it was, over how long, with which odds."""
    title = SIGNALS[each.signal].title
    where = f" ({each.dim})" if each.dim else ""
    if each.kind in {"event", "age"}:
        return f"{title}{where}: {each.words}"
    if each.kind == "together":
        names = " and ".join(SIGNALS[signal].title for signal in each.signals)
        return f"{names} moved together over {counted(each.length, 'run')}, {odds(each.score)}"
    values = f"{shown(each, each.value)} against {shown(each, each.usual)}"
    beside = f"; {each.words}" if each.words else ""
    return f"{title}{where} {values} over {counted(each.length, 'run')}, {odds(each.score)}{beside}"


def shown(each: Evidence, value: float | None) -> str:
    """Write a value of a signal: a share in percent, anything else with three digits."""
    if value is None:
        return "?"
    if SIGNALS[each.signal].form == "count":
        return f"{value:.1%}"
    return f"{value:.3g}"


def odds(score: float) -> str:
    """Say a score as odds against chance, before looking in many places."""
    if score > math.log(1e7):
        return f"1 in 10^{score / math.log(10):.0f} by chance"
    times = math.exp(score)
    digits = max(0, int(math.log10(times)) - 1)
    return f"1 in {round(times, -digits):,.0f} by chance"


def since(each: Evidence, bench: Bench, day: date) -> tuple[date, date, date] | None:
    """Give the earliest, the likeliest and the latest day on which the evidence began; ``None`` without a track."""
    track = bench.history.tracks.get((each.signal, each.dim))
    if track is None:
        return None
    if each.kind in {"event", "age"}:
        begun = track.days[max(0, bench.place(each, day) - each.length)]
        return begun, begun, begun
    stretch = bench.stretch(each, day)
    return track.days[stretch.earliest], track.days[stretch.begins], track.days[stretch.latest]


def rows(breach_id: str, told: Sequence[Evidence], bench: Bench, day: date) -> list[Spoken]:
    """Give the evidence of a breach as it is stored, loudest first."""
    out = []
    for place, each in enumerate(told):
        earliest, began, latest = since(each, bench, day) or (None, None, None)
        out.append(
            Spoken(
                breach_id, place, each.kind, each.signal, each.dim, each.score, each.limit, each.length, each.value,
                each.usual, each.n, *_interval(each), began, earliest, latest, trend(each, bench, day), sentence(each),
            )
        )  # fmt: skip
    return out


def trend(each: Evidence, bench: Bench, day: date) -> str:
    """Write the last runs of a signal as JSON, shares as shares."""
    track = bench.history.tracks.get((each.signal, each.dim))
    if track is None or not track.values:
        return "[]"
    until = bench.place(each, day)
    first = max(0, until - _SHOWN)
    counts = track.counts[first:until] if track.form == "count" else [1.0] * (until - first)
    runs = zip(track.days[first:until], track.values[first:until], counts, strict=True)
    return json.dumps([[(run - _EPOCH).days, value / n] for run, value, n in runs if n])


def midnight(day: date) -> datetime:
    """Give the moment at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def _interval(each: Evidence) -> tuple[float | None, float | None]:
    if SIGNALS[each.signal].form != "count" or each.value is None or not each.n or each.kind != "scan":
        return None, None
    return wilson(each.value * each.n, round(each.n)) or (None, None)
