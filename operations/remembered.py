"""Take up what the store remembers of the systems that detectors watch: baselines, episodes and breaches."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from operations.baselines import Baseline
from operations.tracks import Key, Track
from store.database import Reader
from store.detection_records import EpisodeState, FrozenBaseline
from store.records import Breach, Event

_HELD: Final = "select * from breaches where starts_with(rule, 'detector:') and state <> 'closed' order by breach_id"


_TRUE: Final = "from events where kind = 'verdict' and reason = 'true'"


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered, by system: baselines by signal, how far each mode is, breaches that are not over by mode.

    ``disputed`` are those of these breaches whose alarm somebody called true.
    """

    baselines: Mapping[str, Mapping[Key, Baseline]]
    episodes: Mapping[str, Sequence[EpisodeState]]
    held: Mapping[str, Mapping[str, Breach]]
    disputed: frozenset[str] = frozenset()


def remembered(reader: Reader) -> Known:
    """Read what the last judging left."""
    baselines: defaultdict[str, dict[Key, Baseline]] = defaultdict(dict)
    for row in reader.rows(FrozenBaseline, "select * from baselines"):
        baselines[row.system][row.signal, row.dim] = thawed(row.content)
    episodes: defaultdict[str, list[EpisodeState]] = defaultdict(list)
    for state in reader.rows(EpisodeState, "select * from episodes"):
        episodes[state.system].append(state)
    held: defaultdict[str, dict[str, Breach]] = defaultdict(dict)
    for each in reader.rows(Breach, _HELD):
        held[each.system][each.mode] = each
    disputed = frozenset(event.subject for event in reader.rows(Event, _TRUE))
    return Known(baselines, episodes, held, disputed)


def thawed(content: str) -> Baseline:
    """Read a baseline as it is stored."""
    known = json.loads(content)
    days = {name: date.fromisoformat(known[name]) for name in ("first", "last")}
    return Baseline(**{**known, **days, "ids": tuple(known["ids"])})


def frozen_row(system: str, key: Key, baseline: Baseline, now: datetime) -> FrozenBaseline:
    """Write a baseline as it is stored."""
    reason = f"{baseline.runs} runs from {baseline.first} on"
    return FrozenBaseline(system, *key, now, reason, json.dumps(asdict(baseline), default=date.isoformat))


def fits(baseline: Baseline, track: Track) -> bool:
    """Say whether a track is still told in the form of its baseline: a share that lost its n is another quantity."""
    return (track.form == "count") == (baseline.form in {"count", "logit"})
