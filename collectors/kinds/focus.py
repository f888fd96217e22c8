"""Read cost files in the FOCUS columns (FinOps Open Cost and Usage Specification 1.0 to 1.3), CSV or Parquet.

Whenever one file changed, all files of the pattern are read again, because a publisher restates whole periods. Rows
that agree in everything kept are added up exactly. A row that corrects an invoiced period stands beside that period's
charges and does not replace them. Costs of the four kinds are never mixed.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import Doubtful, moment, money, raw
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.files import rows_of_table
from collectors.shape import counted, priced
from store.errors import SourceError
from store.records import Basis, CostLine, Parsed, Rejected, Unrouted
from store.values import Currency

KIND: Final = Kind(
    "costs",
    needs="to read the files",
    limits="a million rows a run; files still being written are left to the next run",
    finality="as the publisher says: a file that is replaced restates its charges",
    first=timedelta(days=400),
    restate=timedelta(days=7),
)

_UTC: Final = ZoneInfo("UTC")
_COSTS: Final = ("effectivecost", "billedcost", "listcost", "contractedcost")
_CATEGORIES: Final = frozenset({"Usage", "Purchase", "Tax", "Credit", "Adjustment"})
_NEEDED: Final = ("chargeperiodstart", "chargeperiodend", "billingcurrency")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the files (``*`` and ``**`` allowed) and what their own columns are called.

    A row is routed by the value of the column, or of the tag, that the route's label names. The first of ``model`` and
    ``token_type`` that is filled counts; FOCUS has no column of its own for them.
    """

    path: str
    basis: Basis = "invoice"
    model: tuple[str, ...] = ("x_Model", "x_ModelName")
    token_type: tuple[str, ...] = ("x_TokenType", "SkuMeter")


@dataclass(frozen=True, slots=True)
class _Charge:
    """What rows must share to be one cost line."""

    system: str
    start: datetime
    end: datetime
    currency: str
    category: str
    correction: str
    provider: str
    service: str
    account: str
    model: str
    token_type: str
    unit: str
    is_final: bool

    def line(self, file: str) -> str:
        parts = (self.category, self.correction, self.provider, self.service, self.account, self.model, self.token_type)
        return ", ".join(part for part in (*parts, self.unit, file) if part)


@dataclass(slots=True)
class _Sum:
    """Costs and quantity of one charge; what no row states stays unknown."""

    costs: dict[str, Decimal]
    quantity: Decimal | None = None

    def add(self, costs: Mapping[str, Decimal], quantity: Decimal | None) -> None:
        for name, cost in costs.items():
            self.costs[name] = self.costs.get(name, Decimal(0)) + cost
        if quantity is not None:
            self.quantity = (self.quantity or Decimal(0)) + quantity


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read all files when one of them changed since the window began."""
    if await reach.files.has_changed(settings.path, window.start):
        async for name, body in reach.files.read(settings.path):
            yield Answer(body, window, name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the cost lines of one file; a file that is no FOCUS table is set aside and the others are not."""
    sums: dict[_Charge, _Sum] = {}
    try:
        for row in rows_of_table(answer.body, answer.name):
            try:
                yield from _add(row, _known(row), sums, source, settings)
            except Doubtful as error:
                yield Rejected(f"{answer.name}: {error}", raw(row))
    except SourceError as error:
        yield Rejected(f"{answer.name}: not a FOCUS file: {error}", answer.name)
        return
    file = PurePath(answer.name).name
    yield from (_cost_line(charge, summed, file, settings) for charge, summed in sums.items())


def _known(row: Mapping[str, object]) -> dict[str, object]:
    """Give the row by column names written in one way, as exports write them in several."""
    known = {_plain(name): value for name, value in row.items()}
    if absent := [name for name in _NEEDED if name not in known]:
        raise SourceError("shape", f"there is no column {', '.join(absent)}")
    return known


def _add(
    row: Mapping[str, object],
    known: Mapping[str, object],
    sums: dict[_Charge, _Sum],
    source: Source,
    settings: Settings,
) -> Iterator[Unrouted]:
    labels = _labels(row)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, f"no {source.route.label}"))
        return
    costs = {name: _exact(known[name], name) for name in _COSTS if known.get(name) is not None}
    if not costs:
        raise Doubtful("none of the four costs is stated")
    quantity = known.get("consumedquantity")
    charge = _charge(known, system, settings)
    sums.setdefault(charge, _Sum({})).add(costs, None if quantity is None else _exact(quantity, "ConsumedQuantity"))


def _charge(known: Mapping[str, object], system: str, settings: Settings) -> _Charge:
    start = _time(known, "chargeperiodstart")
    end = _time(known, "chargeperiodend")
    if end <= start:
        raise Doubtful("ChargePeriodEnd is not after ChargePeriodStart")
    category = _word(known, "chargecategory") or "Usage"
    if category not in _CATEGORIES:
        raise Doubtful("ChargeCategory is none of FOCUS")
    corrects = _word(known, "chargeclass") == "Correction"
    return _Charge(
        system=system,
        start=start,
        end=end,
        currency=_currency(known),
        category=category,
        correction=f"correction of {_word(known, 'billingperiodstart')[:10]}".strip() if corrects else "",
        provider=_first(known, ("ServiceProviderName", "ProviderName", "PublisherName")),
        service=_word(known, "servicename"),
        account=_first(known, ("SubAccountId", "SubAccountName")),
        model=_first(known, settings.model),
        token_type=_first(known, settings.token_type),
        unit=_word(known, "consumedunit"),
        is_final=bool(_word(known, "invoiceid")),
    )


def _cost_line(charge: _Charge, summed: _Sum, file: str, settings: Settings) -> CostLine:
    costs = {name: priced(cost, name) for name, cost in summed.costs.items()}
    return CostLine(
        system=charge.system,
        basis=settings.basis,
        charge_period_start=charge.start,
        charge_period_end=charge.end,
        line=charge.line(file),
        billing_currency=charge.currency,
        effective_cost=costs.get("effectivecost"),
        billed_cost=costs.get("billedcost"),
        list_cost=costs.get("listcost"),
        contracted_cost=costs.get("contractedcost"),
        charge_category=charge.category,
        service_provider_name=charge.provider,
        service_name=charge.service,
        model=charge.model,
        token_type=charge.token_type,
        consumed_quantity=None if summed.quantity is None else counted(summed.quantity, "ConsumedQuantity"),
        consumed_unit=charge.unit,
        is_final=charge.is_final,
    )


def _labels(row: Mapping[str, object]) -> dict[str, str]:
    """Give what may route a row: its columns, and its tags, which a CSV writes as JSON and Parquet as a map."""
    columns = {name: str(value) for name, value in row.items() if value is not None}
    tags = next((value for name, value in row.items() if _plain(name) == "tags"), None)
    if isinstance(tags, str):
        try:
            tags = json.loads(tags)
        except (ValueError, RecursionError):
            tags = None
    if isinstance(tags, dict):
        tags = list(tags.items())
    if not isinstance(tags, list):
        return columns
    named = {str(pair[0]): str(pair[1]) for pair in tags if isinstance(pair, tuple) and len(pair) == 2}
    return named | columns


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _word(known: Mapping[str, object], name: str) -> str:
    found = known.get(name)
    return "" if found is None else str(found)


def _first(known: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := _word(known, _plain(name)))), "")


def _currency(known: Mapping[str, object]) -> str:
    """Take the code of a national currency: amounts in anything else cannot be added up as money."""
    try:
        return Currency.from_toml(_word(known, "billingcurrency"))
    except ValueError as error:
        raise Doubtful(f"BillingCurrency: {error}") from None


def _exact(value: object, where: str) -> Decimal:
    try:
        return money(value, where)
    except Doubtful:
        raise
    except SourceError as error:
        raise Doubtful(str(error)) from None


def _time(known: Mapping[str, object], name: str) -> datetime:
    try:
        return moment(known[name], name, zone=_UTC)
    except Doubtful:
        raise
    except SourceError as error:
        raise Doubtful(str(error)) from None
