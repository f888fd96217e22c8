"""List what other tools say is wrong with a system: what is open first, the worst and the oldest of it ahead."""

from datetime import datetime
from typing import Final

from operations.rows import IncidentRow
from store.database import Reader

_OF_SYSTEM: Final = """
select *, coalesce(ended, $now::timestamp) - started as age
from incident_list
where system = $system and (state <> 'resolved' or coalesce(ended, started) >= $since)
order by
    case when is_open then 0 when state = 'suppressed' then 1 else 2 end,
    case level when 'critical' then 0 when 'warning' then 1 else 2 end,
    started, incident_id
"""


def of_system(reader: Reader, system: str, since: datetime, now: datetime) -> tuple[IncidentRow, ...]:
    """Give the incidents of one system: those that last, then those that are suppressed, then those over since."""
    return tuple(reader.rows(IncidentRow, _OF_SYSTEM, {"system": system, "since": since, "now": now}))
