"""Say where a system's month ends in words: the forecast with its range, and its share of the budget."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tui.figures import money, share

if TYPE_CHECKING:
    from operations.portfolio_rows import SystemRow


def outlook(row: SystemRow) -> str:
    """Give the forecast, as far as it is not too early for one; scenarios are called so, they promise nothing."""
    if row.forecast is None:
        return "too early to forecast"
    low, middle, high = (_money(amount, row.currency) for amount in (row.forecast_low, row.forecast, row.forecast_high))
    head, of = ("forecast", "P10 to P90") if row.forecast_method == "quantiles" else ("at this rate", "scenarios")
    pace = "" if row.pace is None else f", pace {share(row.pace)}"
    return f"{head} {middle} ({of} {low} to {high}){pace}"


def _money(amount: float | None, currency: str) -> str:
    return money(None if amount is None else Decimal(amount), currency)
