"""Put what a system's month has cost by each basis beside the basis that counts; they are compared and never added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

from operations.costs import month_start
from operations.rows import BasisRow, CostRow
from store.database import Reader

_JUDGED: Final = "select cost_basis as basis, currency from systems where name = $system"


@dataclass(frozen=True, slots=True)
class _Basis:
    """How a charge is known, and in which money."""

    basis: str
    currency: str

    @property
    def provenance(self) -> Literal["invoiced", "estimated"]:
        return "invoiced" if self.basis == "invoice" else "estimated"


def bases(reader: Reader, system: str, days: Sequence[CostRow], now: datetime) -> tuple[BasisRow, ...]:
    """Give one row a basis and currency of the month so far, the judged one first; that one is there without charges.

    ``days`` are the costs by day from the first of the month on, or from earlier.
    """
    judged = reader.rows(_Basis, _JUDGED, {"system": system})[0]
    first, last = month_start(now).date(), now.astimezone(UTC).date()
    found: dict[_Basis, list[CostRow]] = {judged: []}
    for day in days:
        if first <= day.day <= last:
            found.setdefault(_Basis(day.basis, day.currency), []).append(day)
    whole = _total(found[judged])
    others = sorted(found.keys() - {judged}, key=lambda basis: (basis.basis, basis.currency))
    return tuple(_row(basis, found[basis], judged, whole) for basis in (judged, *others))


def _total(days: Sequence[CostRow]) -> Decimal | None:
    """Add the days of one basis; none known is not zero."""
    return sum((day.amount for day in days), Decimal(0)) if days else None


def _row(basis: _Basis, days: Sequence[CostRow], judged: _Basis, whole: Decimal | None) -> BasisRow:
    total = _total(days)
    return BasisRow(
        basis=basis.basis,
        provenance=basis.provenance,
        currency=basis.currency,
        total=total,
        lines=sum(day.lines for day in days),
        newest=max((day.day for day in days), default=None),
        is_judged=basis == judged,
        ratio=_ratio(total, whole) if basis.currency == judged.currency else None,
    )


def _ratio(total: Decimal | None, whole: Decimal | None) -> float | None:
    """Divide; nothing is compared with what is not known or zero."""
    return float(total / whole) if total is not None and whole else None
