"""Write one collection as a whole: everything it brought and what was judged, or nothing; then publish it.

The caller holds the store's lock (``store.lock``) from before it fetches until this returns.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from store import audit_file, boards, checkpoints, compaction, intake, publish, raw_days, retention, schema, spool
from store.backup import before_migration
from store.database import Session, open_file
from store.described_records import RuleRecord, SourceRecord, SystemRecord
from store.detection_records import ModeRecord
from store.evaluator_records import JudgeRecord, SuiteRecord
from store.folder import Folder, write_atomic
from store.ingest import ingest
from store.records import Event, Outcome, Run

COUNTED = (
    "runs", "series", "samples", "sample_revisions", "raw_days", "rollup_1h", "rollup_1d", "costs", "cost_revisions",
    "evaluations", "evaluation_revisions", "cases", "changes", "incidents", "model_dates", "breaches", "baselines",
    "episodes", "cells", "evidence", "quarantine", "events", "requests", "decisions", "deliveries", "change_watches",
    "unrecorded_changes", "audit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """The configuration's part of the store: systems, sources, rules, judges, suites, modes, and facts by name."""

    systems: Sequence[SystemRecord] = ()
    sources: Sequence[SourceRecord] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[RuleRecord] = ()
    judges: Sequence[JudgeRecord] = ()
    suites: Sequence[SuiteRecord] = ()
    modes: Sequence[ModeRecord] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """What a collection left: its runs with their numbers of new rows, the events taken in, the published copy.

    ``held_back`` says why no event was taken in though some may wait; ``checkpoint`` is to leave the host.
    """

    runs: tuple[Run, ...]
    events: tuple[Event, ...]
    published: Path
    held_back: str = ""
    checkpoint: checkpoints.Checkpoint | None = None


def commit(
    folder: Folder,
    outcomes: Sequence[Outcome],
    described: Described | None,
    judge: Callable[[Session], None],
    keep: retention.Keep,
    now: datetime,
    checkpoint_every: int = 1_000,
) -> Committed:
    """Store outcomes and waiting events, judge, publish; ``described`` is ``None`` where no configuration is known.

    Events stay in the spool while they could not be logged. ``checkpoint_every`` entries make a checkpoint due.
    """
    with primary(folder, now) as session:
        held_back = audit_file.catch_up(session, folder, now)
        with session.transaction():
            if described is not None:
                _describe(session, described)
            runs = tuple(intake.take(session, outcome, now) for outcome in outcomes)
            events = () if held_back else ingest(session, folder, now)
            judge(session)
            boards.refresh(session)
            if retention.trim(session, keep, now):
                raw_days.move_out(session, folder, keep.split_above, now)
        if not held_back:
            audit_file.write_out(session, folder.audit, folder.file_mode)
        due = checkpoints.due(session, checkpoint_every, now)
        session.execute("checkpoint")
        counts, days = counted(session), raw_days.held(session)
        smaller = compaction.rewritten(session, folder, keep.split_above)
    if smaller is not None:
        compaction.replace(folder, smaller)
    spool.settle(folder, events)
    retention.trim_spool(folder, now)
    _write_manifest(folder, counts, now)
    return Committed(runs, events, publish.publish(folder, keep.published, days), held_back, due)


@contextmanager
def primary(folder: Folder, now: datetime) -> Iterator[Session]:
    """Open the primary at this release's schema, for the process that holds the lock; only its owner can read it."""
    before = os.umask(0o077)
    try:
        with open_file(folder.primary) as session:
            schema.migrate(session, now, lambda: before_migration(folder, now))
            yield session
    finally:
        os.umask(before)


def counted(session: Session) -> dict[str, int]:
    """Count the rows of every table that a later look must find again."""
    return {table: int(session.execute(f"select count(*) from {table}")[0][0]) for table in COUNTED}  # noqa: S608 - constants


def manifest(folder: Folder) -> dict[str, int]:
    """Give the row counts that the last collection left; empty when none ended."""
    try:
        content = json.loads(folder.manifest.read_text(encoding="ascii"))
        return {str(table): int(count) for table, count in content["rows"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_manifest(folder: Folder, counts: Mapping[str, int], now: datetime) -> None:
    content = json.dumps({"written": now.isoformat(), "rows": dict(counts)}, indent=1)
    write_atomic(folder.manifest, content.encode(), 0o600)


def _describe(session: Session, described: Described) -> None:
    """Replace the configuration's tables."""
    for table in ("systems", "sources", "rules", "judges", "suites", "modes"):
        session.execute(f"delete from {table}")  # noqa: S608 - constants
        session.append(table, getattr(described, table))
    for name, content in described.facts.items():
        session.execute("insert or replace into facts values ($name, $content)", {"name": name, "content": content})
