"""Fill a real store as a collection fills it; what the tests of this room put in and ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from operations.detecting import detect
from operations.detection import Settings
from operations.given import KNOWN, Given
from operations.judging import Judged, judge
from operations.month_ends import month_ends
from operations.settings import System, Threshold
from operations.silences import MaintenanceWindow
from store import boards, intake, judgements
from store.database import Session
from store.described_records import SourceRecord, SystemRecord
from store.judgements import Detected
from store.records import Breach, CostLine, Evaluation, Event, Outcome, Record, Run, Sample, Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = NOW.replace(hour=0)
_USUAL = Settings()


@dataclass
class Store:
    """An open store with what tests put into it and ask of it."""

    session: Session
    runs: int = 0

    def collected(
        self, *records: Record, source: str = "prom", state: str = "complete", cause: str = "", now: datetime = NOW
    ) -> None:
        """Take in what one run of one source brought."""
        self.runs += 1
        run = Run(
            run_id=f"run-{self.runs:04}",
            source=source,
            kind="prometheus",
            state=state,  # type: ignore[arg-type]  # tests name states as text
            cause=cause,
            detail="",
            window_start=now - timedelta(hours=1),
            window_end=now,
            started=now,
            finished=now + timedelta(seconds=2),
            slot=now,
            skew_seconds=0.1,
        )
        with self.session.transaction():
            reached = now if state == "complete" else None
            intake.take(self.session, Outcome(run, tuple(records), reached=reached), now)

    def described(self, systems: Iterable[System] = (), sources: Sequence[SourceRecord] = ()) -> None:
        """Say what is configured."""
        self.session.execute("delete from systems")
        self.session.append("systems", [_described(system) for system in systems])
        self.session.execute("delete from sources")
        self.session.append("sources", sources)

    def judged(
        self,
        thresholds: Iterable[Threshold],
        systems: Iterable[System],
        now: datetime = NOW,
        maintenance: Sequence[MaintenanceWindow] = (),
    ) -> Judged:
        """Judge and keep the result, as a collection does."""
        with self.session.transaction():
            found = judge(self.session, thresholds, systems, now, maintenance)
            judgements.keep(self.session, found.verdicts, found.breaches)
            judgements.keep_forecasts(self.session, month_ends(self.session, now))
            boards.refresh(self.session)
        return found

    def detected(
        self, systems: Sequence[System], now: datetime = NOW, given: Sequence[Given] = (), settings: Settings = _USUAL
    ) -> Detected:
        """Let the detectors judge and keep the result, as a collection does."""
        with self.session.transaction():
            found = detect(self.session, systems, (*given, *KNOWN), settings, now)
            judgements.keep_detected(self.session, found)
        return found

    def verdict(self, threshold: Threshold, system: System, now: datetime = NOW) -> Verdict:
        """Judge one rule of one system."""
        return self.judged([threshold], [system], now).verdicts[0]

    def breaches(self) -> list[Breach]:
        """Give the breaches as they are stored."""
        return self.session.rows(Breach, "select * from breaches order by since, breach_id")

    def acknowledged(self, breach_id: str, actor: str = "ada", now: datetime = NOW) -> None:
        """Store that somebody acknowledged a breach."""
        event = Event(f"{breach_id}-{actor}", "acknowledge", breach_id, "seen", actor, 1000, 1000, now)
        self.session.append("events", [event])

    def refreshed(self, now: datetime = NOW) -> None:
        """Compute the forecasts and the boards anew."""
        judgements.keep_forecasts(self.session, month_ends(self.session, now))
        boards.refresh(self.session)


def _described(system: System) -> SystemRecord:
    return SystemRecord(
        name=system.name,
        title=system.title,
        owner=system.owner,
        deputy=system.deputy,
        tier=system.tier,
        environment=system.environment,
        stage=system.stage,
        data_class=system.data_class,
        cost_basis=system.cost_basis,
        monthly_budget=system.monthly_budget,
        currency="USD",
        depends_on=", ".join(system.depends_on),
        headline=system.headline,
    )


def hours(
    metric: str, values: Sequence[float | None], stat: str = "avg", end: datetime = NOW, **fields: object
) -> list[Sample]:
    """Make one sample an hour, the last at ``end``; ``None`` leaves a gap."""
    first = Sample("bot", metric, stat, end, 0.0, period=3600)  # type: ignore[arg-type]  # statistics as text
    last = len(values) - 1
    return [
        replace(first, seen=end - timedelta(hours=last - place), value=value, **fields)  # type: ignore[arg-type]  # of Sample
        for place, value in enumerate(values)
        if value is not None
    ]


def days(
    metric: str, values: Sequence[float | None], stat: str = "ratio", end: datetime = TODAY, **fields: object
) -> list[Sample]:
    """Make one sample a day that speaks of the whole day, the last of the day before ``end``; ``None`` leaves a gap."""
    first = Sample("bot", metric, stat, end, 0.0, period=86_400)  # type: ignore[arg-type]  # statistics as text
    last = len(values) - 1
    return [
        replace(first, seen=end - timedelta(days=last - place), value=value, **fields)  # type: ignore[arg-type]  # of Sample
        for place, value in enumerate(values)
        if value is not None
    ]


def score(value: float | None, ago: timedelta = timedelta(0), now: datetime = NOW, **fields: object) -> Evaluation:
    """Make one run of the golden set by the scorer ``quality``."""
    seen = now - ago
    made = Evaluation("bot", f"run-{seen.isoformat()}", "golden", "quality", seen, value)
    return replace(made, **fields)  # type: ignore[arg-type]  # of Evaluation


def charge(day: datetime, amount: str, **fields: object) -> CostLine:
    """Make one day's charge."""
    made = CostLine("bot", "gateway_estimate", day, day + timedelta(days=1), "all", effective_cost=Decimal(amount))
    return replace(made, **fields)  # type: ignore[arg-type]  # of CostLine


def source(
    name: str = "prom", systems: str = "bot", next_slot: datetime | None = NOW + timedelta(minutes=15)
) -> SourceRecord:
    """Describe a source."""
    return SourceRecord(name, "prometheus", "*/15 * * * *", next_slot, systems, "http://127.0.0.1")
