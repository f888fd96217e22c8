"""Read times that a source sent as aware UTC: RFC 3339, numbers of a declared unit, local times of a declared zone."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from collectors.numbers import Doubtful, precise, refuse, wrong

Unit = Literal["s", "ms", "us", "ns"]
Fold = Literal[0, 1] | None

_PER_SECOND: Final[Mapping[Unit, int]] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?(?:([zZ])|([+-][0-9]{2}:[0-9]{2}))?"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def moment(
    value: object, where: str, *, zone: ZoneInfo | None = None, unit: Unit | None = None, fold: Fold = None
) -> datetime:
    """Take a time as aware UTC: RFC 3339, a number of the declared unit since 1970, or a day or local time of a zone.

    Digits beyond microseconds are cut, never rounded up. A local time that its zone has twice or never is doubtful
    unless ``fold`` says which one is meant; a day begins at its first instant. Before 2000 or after 2099 is doubtful.
    """
    found = _moment(value, where, zone, unit, fold)
    if not _EARLIEST <= found < _LATEST:
        raise Doubtful(f"{where}: in the year {found.year} nothing was measured")
    return found


def _moment(value: object, where: str, zone: ZoneInfo | None, unit: Unit | None, fold: Fold) -> datetime:
    if isinstance(value, datetime):
        return _utc(value, where) if value.tzinfo else _local(value, where, zone, fold)
    if isinstance(value, date):
        return _local(datetime.combine(value, time()), where, zone, 0)
    if isinstance(value, str) and unit is None:
        return _written(value, where, zone, fold)
    exact = precise(value, where, "a time", text_ok=True)
    if unit is None:
        raise wrong(where, "a time with its zone", "a number without a declared unit")
    if Decimal(exact).adjusted() > 20:
        raise Doubtful(f"{where}: a time beyond any calendar")
    micros = Decimal(exact) * 1_000_000 / _PER_SECOND[unit]
    if abs(micros) >= 10**16:
        raise Doubtful(f"{where}: a time beyond any calendar")
    return _EPOCH + timedelta(microseconds=math.floor(micros))


def _written(value: str, where: str, zone: ZoneInfo | None, fold: Fold) -> datetime:
    is_day, found = _DAY.fullmatch(value), _TIME.fullmatch(value)
    if not is_day and not found:
        refuse(where, "a time such as 2026-01-31T08:00:00Z", value)
    day, clock, fraction, utc, offset = found.groups() if found else (value, "00:00:00", None, None, None)
    try:
        written = datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{'+00:00' if utc else offset or ''}")
    except ValueError:
        refuse(where, "a time that exists", value)
    if written.tzinfo:
        return _utc(written, where)
    return _local(written, where, zone, 0 if is_day else fold)


def _local(local: datetime, where: str, zone: ZoneInfo | None, fold: Fold) -> datetime:
    if zone is None:
        raise wrong(where, "a time with its offset", "one without; set timezone")
    first, second = (_utc(local.replace(tzinfo=zone, fold=side), where) for side in (0, 1))
    if fold is None and first != second:
        raise Doubtful(f"{where}: {local:%Y-%m-%d %H:%M} comes twice or never in {zone.key}")
    return second if fold else first


def _utc(aware: datetime, where: str) -> datetime:
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise Doubtful(f"{where}: a time beyond any calendar") from None
