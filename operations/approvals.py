"""List the changes that wait for a decision: the riskiest first, then the longest waiting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.rows import ChangeRow
from store.database import Reader
from store.records import ChangeClass, ChangeState

_RISKS: Final = {"critical": 0, "high": 1, "medium": 2, "moderate": 2, "low": 3}
_RISK_OF_TIER: Final = {1: 1, 2: 2}
_LEAST: Final = 3

_COLUMNS: Final = """
select change_id, system, change_class, title, author, requested, risk, state, from_ref, to_ref, source, url,
    content_hash, content, waiting_since, tier, owner
from change_list
"""
_PENDING: Final = _COLUMNS + "where state = 'pending' order by waiting_since, change_id"
_OF_SYSTEM: Final = (
    _COLUMNS + "where system = $system and (state = 'pending' or coalesce(settled, waiting_since) >= $since)"
    " order by state <> 'pending', if(state = 'pending', waiting_since, null), waiting_since desc, change_id"
)


@dataclass(frozen=True, slots=True)
class _Change:
    """One row of the view ``change_list``."""

    change_id: str
    system: str
    change_class: ChangeClass
    title: str
    author: str
    requested: datetime | None
    risk: str
    state: ChangeState
    from_ref: str
    to_ref: str
    source: str
    url: str
    content_hash: str
    content: str
    waiting_since: datetime
    tier: int
    owner: str


def pending(reader: Reader, now: datetime) -> tuple[ChangeRow, ...]:
    """Give what waits for a decision: by risk, then by age."""
    found = [_row(change, now) for change in reader.rows(_Change, _PENDING)]
    return tuple(sorted(found, key=lambda change: urgency(change.risk, change.tier)))


def of_system(reader: Reader, system: str, since: datetime, now: datetime) -> tuple[ChangeRow, ...]:
    """Give the changes of one system: those that wait by risk, then by age; those settled since, newest first."""
    found = [_row(change, now) for change in reader.rows(_Change, _OF_SYSTEM, {"system": system, "since": since})]
    return tuple(sorted(found, key=_place))


def urgency(risk: str, tier: int) -> int:
    """Order by the risk said; where none is, by what the system's tier puts at stake."""
    return _RISKS.get(risk.strip().lower(), _RISK_OF_TIER.get(tier, _LEAST))


def _place(row: ChangeRow) -> tuple[bool, int]:
    """Sort what waits by its risk, and leave what is settled in its order behind it."""
    return row.state != "pending", urgency(row.risk, row.tier) if row.state == "pending" else 0


def _row(found: _Change, now: datetime) -> ChangeRow:
    return ChangeRow(
        change_id=found.change_id,
        system=found.system,
        change_class=found.change_class,
        title=found.title,
        author=found.author,
        requested=found.requested,
        age=now - found.waiting_since,
        risk=found.risk,
        tier=found.tier,
        state=found.state,
        from_ref=found.from_ref,
        to_ref=found.to_ref,
        source=found.source,
        url=found.url,
        content_hash=found.content_hash,
        content=found.content,
        owner=found.owner,
    )
