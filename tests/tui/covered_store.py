"""Put cells of all three kinds into a store: what detectors would say of systems that have weeks of history."""

from collections.abc import Iterator
from datetime import timedelta

from operations.modes import MODES
from store import commit, judgements
from store.database import Session
from store.detection_records import Cell, Sight
from store.folder import Folder
from store.judgements import Detected
from store.records import Breach, Event
from store.retention import Keep
from tests.tui.screen_store import NAMES, NOW

_KEEP = Keep(timedelta(days=90), timedelta(days=1095))
_DAY = timedelta(days=1)
_SIGNALS = {"FM1": "model_id, canary_pass", "FM3": "grounded", "FM4": "top_sim_p50, index_age_h", "FM7": "unit_cost"}
_REASONS: dict[Sight, tuple[str, str]] = {
    "armed": ("sees {}", ""),
    "degraded": ("{}: baseline of 14 runs, 28 are wanted", "{}: wait for more runs"),
    "blind": ("no source gives {}", "{}: a Langfuse score or a Prometheus metric"),
}


def cover(folder: Folder) -> None:
    """Replace what detectors found, as a collection does, and publish it."""
    commit.commit(folder, [], None, _judged, _KEEP, NOW)


def _judged(session: Session) -> None:
    found = Detected(cells=list(_cells()), breaches=list(_breaches()), limit=7.5, series=148)
    judgements.keep_detected(session, found)
    event = Event("e" * 32, "replay", "support-bot", "FM1", "ada", 1000, 1000, NOW - 6 * _DAY)
    session.append(Event.TABLE, [event])


def _cells() -> Iterator[Cell]:
    for place, (system, *_) in enumerate(NAMES):
        for number, each in enumerate(MODES):
            state = _state(system, place, number)
            names = _SIGNALS.get(each.mode, "tool_empty")
            reason, remedy = (words.format(names) for words in _REASONS[state])
            newest = None if state == "blind" else (NOW - _DAY).date()
            yield Cell(system, each.mode, state, reason, remedy, "" if state == "blind" else names, newest, NOW)


def _state(system: str, place: int, number: int) -> Sight:
    """Make one system armed in all, one blind in all, and the others something between."""
    if system == "translation":
        return "armed"
    if system == "hr-assistant" or (place + 2 * number) % 7 == 5:
        return "blind"
    return "degraded" if (place + number) % 3 == 2 else "armed"


def _breaches() -> Iterator[Breach]:
    yield Breach(
        "d" * 32, "support-bot", "detector:FM1", "monitoring", "model_id", "critical", "open", "above", NOW - 5 * _DAY,
        NOW, NOW - 4 * _DAY, mode="FM1", note="vendor model change: the model that answers changed",
    )  # fmt: skip
    yield Breach(
        "c" * 32, "code-review", "detector:FM7", "costs", "unit_cost", "warning", "open", "above", NOW - 2 * _DAY,
        NOW, NOW - _DAY, mode="FM7", note="cost and token creep: cost of one request 0.04 against 0.02 over 3 runs",
    )  # fmt: skip
