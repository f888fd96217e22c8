"""FOCUS files of three versions."""

from collectors.kinds.focus import Settings
from tests.collectors.kinds.case import Case, recorded

_COLUMNS = "ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,x_Model"
_ROW = "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,USD,1"


def _hostile(name: str) -> tuple[bytes, str]:
    quoted = name.replace('"', '""')
    return f'{_COLUMNS}\n{_ROW},"{quoted}"\n'.encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("focus", "focus-1.0.csv", "focus-1.2.csv", "focus-1.3.parquet"),
    hostile=_hostile,
)
