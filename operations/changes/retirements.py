"""Put on record that a vendor retires a model, for each system that uses it: a change from outside, to be acknowledged.

It is pending while its day is near and applied from that day on. A date that moves is another announcement and another
change; the former one is announced no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from operations.changes.acts import hashed
from operations.models import SOON
from operations.settings import System
from store.database import Reader
from store.ledger import ANNOUNCED
from store.records import Change

_NEAR: Final = timedelta(days=30)
"""From so long before its day a retirement stands above what waits with less risk; until then below."""

_ENDING: Final = """
select system, model, retires_on, replacement, provider
from model_calendar
where retires_on <= $soon
order by retires_on, system, model
"""
_KNOWN: Final = "select external_id from changes where source = $source"


@dataclass(frozen=True, slots=True)
class _Ending:
    """A model that ends, of a system that uses it."""

    system: str
    model: str
    retires_on: date
    replacement: str
    provider: str


@dataclass(frozen=True, slots=True)
class _Known:
    external_id: str


def retirements(reader: Reader, systems: Sequence[System], now: datetime) -> list[Change]:
    """Give the retirements that are near, and those on record that are in force since, of systems that stay."""
    today = now.astimezone(UTC).date()
    staying = {system.name for system in systems if system.stage != "retiring"}
    known = {each.external_id for each in reader.rows(_Known, _KNOWN, {"source": ANNOUNCED})}
    ending = reader.rows(_Ending, _ENDING, {"soon": today + timedelta(days=SOON)})
    made = [_change(each, today) for each in ending if each.system in staying]
    return [each for each in made if each.state == "pending" or each.external_id in known]


def _change(ending: _Ending, today: date) -> Change:
    """Give the change; it leads to no version by name, so that none that is seen counts as recorded by it."""
    title = f"{ending.model} retires on {ending.retires_on.isoformat()}"
    after = f"{ending.replacement} is named instead" if ending.replacement else "no replacement is named"
    content = f"{title}, says {ending.provider or 'its vendor'}; {after}. From that day on calls to it fail.\n"
    return Change(
        ending.system,
        f"{ending.system} {ending.model} {ending.retires_on.isoformat()}",
        "external",
        title,
        "applied" if ending.retires_on <= today else "pending",
        ending.provider,
        from_ref=ending.model,
        content=content,
        content_hash=hashed(content.encode("utf-8", "surrogatepass")),
        risk="high" if ending.retires_on - today <= _NEAR else "low",
    )
