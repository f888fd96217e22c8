"""Carry out one collection: hold the lock, fetch everything, store and judge it in one transaction, publish it."""

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from collectors import runner
from collectors.connecting import tools
from collectors.schedule import Schedule
from collectors.settings import SourceSettings, collector_of
from operations.detecting import detect
from operations.evaluators import described as evaluators_of
from operations.given import KNOWN
from operations.judging import judge
from operations.modes import recorded as recorded_modes
from operations.month_ends import month_ends
from operations.portfolio import portfolio, summary
from operations.rules import recorded, rules
from store import commit, judgements, lock
from store.commit import Committed, Described
from store.database import Session
from store.described_records import SourceRecord, SystemRecord
from store.folder import Folder
from store.progress import Progress, progress
from store.records import Outcome
from store.retention import Keep
from store.viewer import Viewer
from tui import snapshot
from tui.changing import changing, judge_changes
from tui.checkpointing import announce
from tui.maintenance import under_way
from tui.reporting import Voice
from tui.settings import Config
from tui.watching import watched

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one collection is asked for: which sources, since when, how long to wait for another, whether to store."""

    sources: tuple[SourceSettings, ...]
    slots: dict[str, datetime]
    since: datetime | None = None
    wait: float = 0.0
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Collected:
    """How a collection ended: one outcome a source, and what was committed (nothing for a dry run)."""

    outcomes: Sequence[Outcome]
    committed: Committed | None


def folder_of(config: Config) -> Folder:
    """Name the store that the configuration means."""
    return Folder(config.store.folder, config.store.group if config.store.mode == "group" else "")


def held_progress(folder: Folder, now: datetime) -> dict[str, Progress]:
    """Read how far each source is; the caller holds the lock."""
    with commit.primary(folder, now) as session:
        return progress(session)


async def collect(config: Config, wanted: Wanted, now: datetime, stop: asyncio.Event, voice: Voice) -> Collected:
    """Collect the wanted sources once; raise ``StoreBusyError`` while another collection holds the store."""
    folder = folder_of(config)
    folder.create()
    with lock.held(folder, wanted.wait):
        if wanted.dry_run:
            return Collected(await _fetched(config, wanted, now, stop, voice), None)
        async with watched(config, folder, voice, now, has_sources=bool(wanted.sources)) as ending:
            outcomes = await _fetched(config, wanted, now, stop, voice)
            committed = store(config, folder, outcomes, now)
            ending.went(outcomes, str(committed.checkpoint or ""))
    return Collected(outcomes, committed)


async def _fetched(
    config: Config, wanted: Wanted, now: datetime, stop: asyncio.Event, voice: Voice
) -> Sequence[Outcome]:
    """Ask every wanted source for what is new."""
    known = held_progress(folder_of(config), now)
    plans = [
        runner.plan(s, collector_of(s), known.get(s.name), now, wanted.since, wanted.slots.get(s.name))
        for s in wanted.sources
    ]
    made = tools(config.collection, os.environ, now, config.path.parent, voice.redact)
    return await runner.collect(plans, made, config.collection.concurrency, stop, voice.report)


def store(config: Config, folder: Folder, outcomes: Sequence[Outcome], now: datetime) -> Committed:
    """Commit outcomes and waiting events, judge, publish, and leave the snapshot that viewers paint first."""

    def judged(session: Session) -> None:
        planned = under_way(config.maintenance, config.systems, now)
        found = judge(session, config.thresholds, config.systems, now, planned)
        judgements.keep(session, found.verdicts, found.breaches)
        given = (*config.signals, *KNOWN)
        found_by = detect(session, config.systems, given, config.detection, now, planned, config.gates)
        judgements.keep_detected(session, found_by)
        judgements.keep_forecasts(session, month_ends(session, now))
        judge_changes(session, changing(config, now), now)

    kept = config.store
    split_above = kept.split_above_mb * 1_000_000
    keep = Keep(kept.keep_samples.delta, kept.keep_rollups.delta, kept.published, split_above)
    every = config.audit.syslog_entries
    committed = commit.commit(folder, outcomes, described(config, now), judged, keep, now, every)
    if committed.held_back:
        log.warning("what people did waits in the spool: it cannot be logged", extra={"fault": committed.held_back})
    if committed.checkpoint and config.audit.syslog:
        announce(committed.checkpoint)
    _leave_snapshot(folder, now)
    return committed


def _leave_snapshot(folder: Folder, now: datetime) -> None:
    viewer = Viewer(folder.root)
    viewer.refresh()
    snapshot.write(folder.snapshot, portfolio(viewer, now), summary(viewer, now), now, mode=folder.file_mode)
    viewer.close()


def described(config: Config, now: datetime) -> Described:
    """Say what the configuration says, in the store's words."""
    systems = [
        SystemRecord(
            name=s.name,
            title=s.title,
            owner=s.owner,
            deputy=s.deputy,
            tier=s.tier,
            environment=s.environment,
            stage=s.stage,
            data_class=s.data_class,
            cost_basis=s.cost_basis,
            monthly_budget=s.monthly_budget,
            currency=config.portfolio.currency,
            depends_on=", ".join(s.depends_on),
            headline=s.headline,
        )
        for s in config.systems
    ]
    sources = [_described_source(s, now) for s in config.sources if s.enabled]
    facts = {"portfolio": config.portfolio.name, "currency": config.portfolio.currency}
    standing = [recorded(rule) for rule in rules(config.thresholds, config.systems)]
    judges, suites = evaluators_of(config.judges, config.suites)
    return Described(systems, sources, facts, standing, judges, suites, recorded_modes(config.modes))


def _described_source(settings: SourceSettings, now: datetime) -> SourceRecord:
    served = settings.route.systems.values() if settings.route else [settings.system]
    return SourceRecord(
        name=settings.name,
        kind=settings.kind,
        schedule=settings.schedule,
        next_slot=Schedule.parse(settings.schedule, settings.timezone).next_slot(now),
        systems=", ".join(sorted(set(served))),
        target=target(settings),
    )


def target(settings: SourceSettings) -> str:
    """Name where a source is, without a password or query that its address may hold."""
    url = str(getattr(settings.options, "url", "") or "")
    if not url:
        return str(getattr(settings.options, "path", "") or getattr(settings.options, "files", ""))
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
