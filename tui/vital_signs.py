"""Say as metrics how the tool itself is; names and meanings are an interface, alerts rest on them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.metrics_page import Gauge, Value
from operations.vitals import SourceVitals, Vitals

_STATES: Final = ("complete", "partial", "failed", "interrupted", "never")
_TRUTH: Final = {True: "true", False: "false"}
_CODES: Final = "0 all sources complete, 1 some not, 69 none reachable, 70 a fault of the program, 73 the store"


@dataclass(frozen=True, slots=True)
class Ended:
    """One collection that ended, well or not."""

    portfolio: str
    code: int
    began: datetime
    finished: datetime


def gauges(ended: Ended, vitals: Vitals | None, store_bytes: int) -> tuple[Gauge, ...]:
    """Give every metric; those of the store are left out where it could not be read."""
    name = {"portfolio": ended.portfolio}
    seconds = (ended.finished - ended.began).total_seconds()
    own = (
        Gauge("llmops_tui_collection_exit_code", f"How the last collection ended: {_CODES}.", [(name, ended.code)]),
        Gauge(
            "llmops_tui_collection_end_timestamp_seconds",
            "When the last collection ended.",
            [(name, ended.finished.timestamp())],
        ),
        Gauge("llmops_tui_collection_duration_seconds", "How long the last collection took.", [(name, seconds)]),
        Gauge("llmops_tui_store_size_bytes", "Size of the primary file of the store.", [(name, store_bytes)]),
    )
    return own if vitals is None else (*own, *_portfolio(vitals, name), *_sources(vitals, name))


def _portfolio(vitals: Vitals, name: Mapping[str, str]) -> Iterator[Gauge]:
    states: list[Value] = [({**name, "state": state}, count) for state, count in vitals.systems.items()]
    yield Gauge("llmops_tui_systems", "Systems of the portfolio by state.", states)
    breaches: list[Value] = [
        ({**name, "severity": severity, "acknowledged": _TRUTH[is_known], "silenced": _TRUTH[is_silenced]}, count)
        for (severity, is_known, is_silenced), count in vitals.breaches.items()
    ]
    yield Gauge("llmops_tui_open_breaches", "Confirmed breaches that are not over.", breaches)
    yield Gauge("llmops_tui_pending_changes", "Changes that wait for a decision.", [(name, vitals.pending_changes)])


def _sources(vitals: Vitals, name: Mapping[str, str]) -> Iterator[Gauge]:
    states: list[Value] = [
        ({**name, "source": each.source, "kind": each.kind, "state": state}, each.state == state)
        for each in vitals.sources
        for state in _STATES
    ]
    yield Gauge("llmops_tui_source_state", "How the last collection of a source ended: 1 for its state.", states)
    for metric, meaning, read in _OF_SOURCES:
        values: list[Value] = [
            ({**name, "source": each.source}, value) for each in vitals.sources if (value := read(each)) is not None
        ]
        yield Gauge(f"llmops_tui_source_{metric}", meaning, values)


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


_OF_SOURCES: Final[tuple[tuple[str, str, Callable[[SourceVitals], float | None]], ...]] = (
    (
        "last_success_timestamp_seconds",
        "When a source was last collected completely; absent if it never was.",
        lambda each: _seconds(each.last_complete),
    ),
    ("last_run_timestamp_seconds", "When its last collection began.", lambda each: _seconds(each.started)),
    ("next_run_timestamp_seconds", "When its schedule wants the next one.", lambda each: _seconds(each.next_slot)),
    ("data_timestamp_seconds", "Up to when its data is complete.", lambda each: _seconds(each.high_water)),
    ("duration_seconds", "How long its last collection took.", lambda each: each.duration_s),
    ("rows", "Rows that its last collection brought.", lambda each: each.rows),
    ("rejected_rows", "Rows of its last collection that were set aside.", lambda each: each.rejected),
    ("unrouted_rows", "Rows of its last collection that belong to no system.", lambda each: each.unrouted),
    ("consecutive_failures", "Collections in a row that failed.", lambda each: each.failures),
    ("clock_skew_seconds", "How far its clock is ahead of ours.", lambda each: each.skew_seconds),
)
