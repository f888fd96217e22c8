"""Keep what sources list: changes, incidents, model dates; each has an identity and is replaced when corrected."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from store.database import Session, aware
from store.records import Change, Incident, ModelDates

Listed = TypeVar("Listed", bound=Change | Incident | ModelDates)
_NAMESPACE: Final = uuid.UUID("6f1d2f6e-6a0b-4c39-9a53-6d2d8f0c7a11")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Listed]):
    """How one kind of record is kept.

    ``identity`` is the column of its id and ``key`` what the id is made of; ``kinds`` are the types of columns that are
    not text. Those in a state of ``pending`` that a whole list no longer has are put into the state ``gone``. What the
    columns of ``stays`` hold stays where a source says nothing of it any more: once a version is live, a registry does
    not tell which one it replaced.
    """

    table: str
    record: type[Listed]
    identity: str
    key: Callable[[Listed], str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    gone: str = ""
    stays: tuple[str, ...] = ()


CHANGES: Final = Shelf(
    "changes",
    Change,
    "change_id",
    lambda change: change.external_id,
    {"requested": "timestamp"},
    ("pending",),
    "withdrawn",
    ("from_ref",),
)
INCIDENTS: Final = Shelf(
    "incidents",
    Incident,
    "incident_id",
    lambda incident: incident.external_id,
    {"started": "timestamp", "acknowledged": "timestamp", "resolved": "timestamp"},
    ("open", "acknowledged", "suppressed"),
    "resolved",
)
MODEL_DATES: Final = Shelf(
    "model_dates",
    ModelDates,
    "model_id",
    lambda model: f"{model.provider}\0{model.model}",
    {"released_on": "date", "deprecated_on": "date", "retires_on": "date"},
)


def listed_id(source: str, key: str) -> str:
    """Give the stable identity of a thing that a source lists: it survives collections and restarts."""
    return uuid.uuid5(_NAMESPACE, f"{source}\0{key}").hex[:12]


def take(
    session: Session,
    shelf: Shelf[Listed],
    source: str,
    run_id: str,
    found: Sequence[Listed],
    now: datetime,
    *,
    snapshot: bool,
) -> int:
    """Store what a source lists; with ``snapshot``, pending things that are no longer listed were settled there."""
    held = _held(session, shelf, source)
    told = {listed_id(source, shelf.key(each)): each for each in found}
    listed = {identity: _staying(shelf, each, held.get(identity)) for identity, each in told.items()}
    changed = {identity: each for identity, each in listed.items() if held.get(identity) != astuple(each)}
    _upsert(session, shelf, source, run_id, changed, now)
    return len(changed) + (_settle(session, shelf, source, list(listed), now) if snapshot and shelf.gone else 0)


def _names(shelf: Shelf[Listed]) -> list[str]:
    """Name the record's fields, which are columns of the table."""
    return [each.name for each in fields(shelf.record)]


def _staying(shelf: Shelf[Listed], told: Listed, held: tuple[object, ...] | None) -> Listed:
    """Give what a source tells with what was held of it before, in columns where that stays."""
    if held is None:
        return told
    known = dict(zip(_names(shelf), held, strict=True))
    staying: dict[str, Any] = {name: known[name] for name in shelf.stays if not getattr(told, name)}
    return replace(told, **staying)


def _texts(words: Sequence[str]) -> str:
    """Write words of this module as a list of SQL literals."""
    return f"({', '.join(repr(word) for word in words)})"


def _held(session: Session, shelf: Shelf[Listed], source: str) -> dict[str, tuple[object, ...]]:
    """Give what is kept of a source, as tuples of the record's fields."""
    chosen = ", ".join([shelf.identity, *_names(shelf)])
    found = session.execute(
        f"select {chosen} from {shelf.table} where source = $source",  # noqa: S608 - names of our own records
        {"source": source},
    )
    return {row[0]: tuple(aware(each) if isinstance(each, datetime) else each for each in row[1:]) for row in found}


def _settle(session: Session, shelf: Shelf[Listed], source: str, listed: Sequence[str], now: datetime) -> int:
    """Note which pending things of a source are no longer listed; give how many."""
    settled = session.execute(
        f"""
        update {shelf.table} set state = $gone, settled = $now
        where source = $source and state in {_texts(shelf.pending)}
            and not list_contains($listed::varchar[], {shelf.identity})
        returning 1
        """,  # noqa: S608 - names of our own records
        {"gone": shelf.gone, "now": now, "source": source, "listed": listed},
    )
    return len(settled)


def _upsert(
    session: Session, shelf: Shelf[Listed], source: str, run_id: str, changed: Mapping[str, Listed], now: datetime
) -> None:
    """Insert or replace by identity, in one step; when each was first seen stays."""
    if not changed:
        return
    names = _names(shelf)
    columns = {n: (shelf.kinds.get(n, "varchar"), [getattr(each, n) for each in changed.values()]) for n in names}
    session.stage("staged_list", {shelf.identity: ("varchar", list(changed)), **columns})
    replaced = ", ".join(f"{name} = excluded.{name}" for name in [*names, "run_id"])
    # a thing that is corrected in its words was settled when it was first seen so
    settled = (
        "excluded.settled"
        if not shelf.pending
        else f"if({shelf.table}.state = excluded.state, {shelf.table}.settled, excluded.settled)"
    )
    is_pending = f"c.state in {_texts(shelf.pending)}" if shelf.pending else "true"
    session.execute(
        f"""
        insert into {shelf.table} by name
        select c.*, $source as source, $now::timestamp as first_seen, $run as run_id,
            case when not {is_pending} then $now::timestamp end as settled
        from staged_list c
        on conflict ({shelf.identity}) do update set {replaced}, settled = {settled}
        """,  # noqa: S608 - names of our own records
        {"source": source, "now": now, "run": run_id},
    )
