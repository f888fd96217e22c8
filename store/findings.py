"""Keep evaluations and changes: few rows with an identity of their own, replaced when the source corrects them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from datetime import datetime

from store.database import Session, aware
from store.records import Change, Evaluation

_EVALUATION_KEY = ("eval_run", "suite", "scorer", "slice", "system")
_EVALUATION_KINDS = {
    "seen": "timestamp",
    "value": "double",
    "n": "bigint",
    "passes": "bigint",
    "errors": "bigint",
    "stderr": "double",
    "scale_min": "double",
    "scale_max": "double",
    "higher_is_better": "boolean",
}
_NAMESPACE = uuid.UUID("6f1d2f6e-6a0b-4c39-9a53-6d2d8f0c7a11")


def take_evaluations(session: Session, source: str, run_id: str, found: Sequence[Evaluation]) -> int:
    """Store scores of one source; the same run, suite, scorer and slice is the same score, corrected."""
    if not found:
        return 0
    names = [field.name for field in fields(Evaluation)]
    chosen = ", ".join(names)
    held = {
        tuple(row[names.index(name)] for name in _EVALUATION_KEY): row
        for row in session.execute(
            f"select {chosen} from evaluations where source = $source and seen >= $since",  # noqa: S608 - names of our own record
            {"source": source, "since": min(score.seen for score in found)},
        )
    }
    seen_at = names.index("seen")
    changed = []
    for score in {tuple(getattr(s, name) for name in _EVALUATION_KEY): s for s in found}.values():
        row = held.get(tuple(getattr(score, name) for name in _EVALUATION_KEY))
        if row is None or (*row[:seen_at], aware(row[seen_at]), *row[seen_at + 1 :]) != astuple(score):
            changed.append(score)
    if not changed:
        return 0
    columns = {n: (_EVALUATION_KINDS.get(n, "varchar"), [getattr(score, n) for score in changed]) for n in names}
    session.stage("staged_evaluations", columns)
    same = " and ".join(f"e.{name} = i.{name}" for name in _EVALUATION_KEY)
    session.execute(
        f"delete from evaluations e using staged_evaluations i where e.source = $source and {same}",  # noqa: S608 - names of our own record
        {"source": source},
    )
    session.execute(
        "insert into evaluations by name select $source as source, i.*, $run as run_id from staged_evaluations i",
        {"source": source, "run": run_id},
    )
    return len(changed)


def change_id(source: str, external_id: str) -> str:
    """Give the stable identity of a change: it survives collections and restarts."""
    return uuid.uuid5(_NAMESPACE, f"{source}\0{external_id}").hex[:12]


def take_changes(
    session: Session, source: str, run_id: str, found: Sequence[Change], now: datetime, *, snapshot: bool
) -> int:
    """Store changes of one source; with ``snapshot``, pending ones that are no longer listed were settled there."""
    names = [field.name for field in fields(Change)]
    chosen = ", ".join(names)
    held = {
        row[0]: row[1:]
        for row in session.execute(
            f"select change_id, {chosen} from changes where source = $source",  # noqa: S608 - names of our own record
            {"source": source},
        )
    }
    requested_at = names.index("requested")
    listed = {change_id(source, change.external_id): change for change in found}
    changed = {
        identity: change
        for identity, change in listed.items()
        if identity not in held or _as_stored(held[identity], requested_at) != astuple(change)
    }
    _upsert(session, source, run_id, changed, now)
    gone = (
        [i for i, row in held.items() if i not in listed and row[names.index("state")] == "pending"] if snapshot else []
    )
    for identity in gone:
        session.execute(
            "update changes set state = 'withdrawn', settled = $now where change_id = $id", {"now": now, "id": identity}
        )
    return len(changed) + len(gone)


def _as_stored(row: tuple[object, ...], requested_at: int) -> tuple[object, ...]:
    requested = row[requested_at]
    known = aware(requested) if isinstance(requested, datetime) else None
    return (*row[:requested_at], known, *row[requested_at + 1 :])


def _upsert(session: Session, source: str, run_id: str, changed: Mapping[str, Change], now: datetime) -> None:
    """Insert or replace changes by identity, in one step; when each was first seen stays."""
    if not changed:
        return
    names = [field.name for field in fields(Change)]
    kinds = {"requested": "timestamp"}
    columns = {n: (kinds.get(n, "varchar"), [getattr(change, n) for change in changed.values()]) for n in names}
    session.stage("staged_changes", {"change_id": ("varchar", list(changed)), **columns})
    replaced = ", ".join(f"{name} = excluded.{name}" for name in [*names, "settled", "run_id"] if name != "external_id")
    session.execute(
        f"""
        insert into changes by name
        select c.*, $source as source, $now::timestamp as first_seen, $run as run_id,
            case when c.state <> 'pending' then $now::timestamp end as settled
        from staged_changes c
        on conflict (change_id) do update set {replaced}
        """,  # noqa: S608 - names of our own record
        {"source": source, "now": now, "run": run_id},
    )
