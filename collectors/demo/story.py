"""Tell what happens in the demonstration, where and when: eight failures and the events that only look like one.

An episode moves named signals of one system from their ordinary level to another, at once or along a ramp. Times are
distances before the anchor, the full hour in which the demonstration was started.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

HISTORY: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happens to one system; ``mode`` is empty for what is benign.

    ``to`` are levels, ``times`` factors on the ordinary level; both are reached after ``ramp``.
    """

    mode: str
    system: str
    title: str
    before: timedelta
    signal: str
    effect: str
    ramp: timedelta = timedelta(0)
    lasts: timedelta | None = None
    to: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)

    def begins(self, anchor: datetime) -> datetime:
        """Say when it starts."""
        return anchor - self.before

    def strength(self, hours: float) -> float:
        """Give how far it has come, 0 to 1, so many hours after it began."""
        if hours < 0 or (self.lasts is not None and hours >= self.lasts / timedelta(hours=1)):
            return 0.0
        ramp = self.ramp / timedelta(hours=1)
        return 1.0 if hours >= ramp else hours / ramp


@dataclass(frozen=True, slots=True)
class Alert:
    """What the portfolio's Prometheus alarms of, in a tool of its own; one that is silenced is not open."""

    name: str
    system: str
    severity: str
    summary: str
    before: timedelta
    is_silenced: bool = False

    def begins(self, anchor: datetime) -> datetime:
        """Say when it started to fire."""
        return anchor - self.before


def _ago(days: int, hours: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


REINDEXING_STOPPED: Final = _ago(11, 4)

STORY: Final = (
    Episode(
        "FM1", "support-bot", "the vendor answers with another model under the same name", _ago(6, 3),
        "share of the pinned model among answers; golden-set correctness; output tokens",
        "critical: pinned model answers 0% (limit 50%); correctness 0.93 -> 0.81; errors and latency flat",
        to={"other_model": 1.0, "correctness": 0.81, "groundedness": 0.9}, times={"tokens_out": 1.4},
    ),
    Episode(
        "FM2", "travel-concierge", "users ask about rail strikes, which no golden case covers", _ago(12),
        "share of queries without a golden case",
        "warning: uncovered share 2.8% -> 8.4% (limits 5% and 10%); scores hardly move: nothing measures it",
        ramp=_ago(8), to={"uncovered": 0.084, "correctness": 0.915},
    ),
    Episode(
        "FM3", "claims-triage", "reserve notes cite findings that the file does not hold", _ago(9),
        "groundedness on the golden set; thumbs-down share",
        "critical: groundedness 0.94 -> 0.79 (limits 0.90 and 0.85 on tier 1); thumbs-down 3% -> 9%",
        ramp=_ago(5), to={"groundedness": 0.79, "thumbs_down": 0.09},
    ),
    Episode(
        "FM4", "legal-search", "the nightly re-indexing stops without an error", REINDEXING_STOPPED,
        "age of the index; share of searches that find nothing",
        "warning: index 11 days old (limits 7 and 14 days); empty searches 2% -> 7.5%",
        ramp=_ago(9), to={"retrieval_empty": 0.075},
    ),
    Episode(
        "FM5", "contract-summary", "prompt version 14 asks for longer summaries, the cap cuts them", _ago(3, 2),
        "share of answers cut at the token limit; share of answers that fit the schema",
        "warning: cut answers 0.6% -> 3.1% (limits 2% and 4%), valid JSON 99.1% -> 95% (limits 97% and 93%)",
        to={"truncated": 0.031, "schema_valid": 0.95, "schema": 0.925}, times={"tokens_out": 1.18},
    ),
    Episode(
        "FM6", "hr-assistant", "a guardrail update blocks harmless questions about pay", _ago(4, 5),
        "share of blocked requests by category; benign questions answered in the red-team suite",
        "warning: blocked 2.2% -> 6.8% (limits 5% and 10%), benign answered 0.985 -> 0.91; attacks stay refused",
        to={"blocked": 0.068, "benign_answered": 0.91},
    ),
    Episode(
        "FM7", "code-assist", "the repair agent retries in a loop with its whole history", timedelta(hours=31),
        "cost per request against its ordinary level; monthly pace",
        "critical: $0.0016 -> $0.0054 a request (limits 1.5x and 2.5x); traffic, errors and quality unchanged",
        ramp=timedelta(hours=6), times={"tokens_in": 3.6, "tokens_out": 2.9},
    ),
    Episode(
        "FM8", "refund-agent", "the payment tool returns nothing and the agent reports success", timedelta(hours=50),
        "share of empty tool results; reported successes confirmed by the payment system",
        "critical: empty tool results 3.4% -> 24% (limits 10% and 20%), confirmed 98.4% -> 86% (limits 95% and 90%)",
        to={"tool_empty": 0.24, "confirmed": 0.86},
    ),
    Episode(
        "", "marketing-copy", "a campaign doubles the traffic", _ago(5),
        "requests; cost per request", "no verdict changes: twice the requests at the same unit cost",
        ramp=timedelta(hours=12), times={"requests": 2.0},
    ),
    Episode(
        "", "sales-email", "a planned prompt change with its record", _ago(10),
        "prompt version 7 carries the alias", "no verdict changes: scores before and after agree",
        times={"tokens_out": 0.97},
    ),
    Episode(
        "", "policy-qa", "a public holiday empties the office", _ago(16),
        "requests", "no verdict changes: a quarter of the traffic for three days",
        lasts=_ago(3), times={"requests": 0.25},
    ),
)  # fmt: skip

ALERTS: Final = (
    Alert(
        "GatewaySpendFast", "code-assist", "warning", "spend of the key is over 3 times its plan", timedelta(hours=25),
    ),
    Alert(
        "PaymentsUnmatched", "refund-agent", "page", "refunds reported paid without an order", timedelta(hours=44),
    ),
    Alert(
        "TrafficDoubled", "marketing-copy", "warning", "requests over twice last week's", _ago(4, 12), is_silenced=True,
    ),
)  # fmt: skip

ALWAYS: Final = (
    ("meeting-notes", "has no quality data at all", "quality stays unknown, never ok"),
    (
        "meridian-large-2026-02",
        "is retired 47 days later by the model calendar, halcyon-swift-4.0 19 days later",
        "the systems that use them warn on their tab of models; of most names nothing is announced",
    ),
    ("vendor-portal", "is a source that refuses its token (401)", "the source is shown as failed with cause auth"),
)


def tell(anchor: datetime) -> Iterator[str]:
    """Say line by line what happens when: mode, system, time, signal and what should be seen."""
    yield f"Told from {anchor:%Y-%m-%d %H:%M} UTC; history begins {anchor - HISTORY:%Y-%m-%d %H:%M}."
    for episode in STORY:
        begins = episode.begins(anchor)
        yield ""
        yield f"{episode.mode or 'benign':7}{episode.system}: {episode.title}"
        yield f"       since   {begins:%Y-%m-%d %H:%M} UTC, {_length(episode.before)} ago{_course(episode)}"
        yield f"       signal  {episode.signal}"
        yield f"       shows   {episode.effect}"
    for alert in ALERTS:
        yield ""
        yield f"{'alert':7}{alert.system}: {alert.name}, {alert.summary}"
        yield f"       since   {alert.begins(anchor):%Y-%m-%d %H:%M} UTC, {_length(alert.before)} ago"
        yield f"       signal  Alertmanager, severity {alert.severity}{', silenced' if alert.is_silenced else ''}"
        yield f"       shows   {_shown(alert)}"
    for name, fact, effect in ALWAYS:
        yield ""
        yield f"{'always':7}{name} {fact}"
        yield f"       shows   {effect}"


def _shown(alert: Alert) -> str:
    return "suppressed, not counted as open" if alert.is_silenced else "an incident of the system; no verdict changes"


def _course(episode: Episode) -> str:
    """Say how long it takes to be complete and when it ends."""
    ramp = f", growing for {_length(episode.ramp)}" if episode.ramp else ""
    return ramp + (f", over after {_length(episode.lasts)}" if episode.lasts is not None else "")


def _length(span: timedelta) -> str:
    """Write a length of time in days and hours."""
    hours = span.seconds // 3600
    return " ".join(part for part in (f"{span.days} d" if span.days else "", f"{hours} h" if hours else "") if part)
