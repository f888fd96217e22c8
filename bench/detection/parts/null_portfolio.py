"""Count the alarms over systems with nothing wrong, and hold what the tool says to expect against them."""

from functools import partial

from bench.detection.measure import BUDGET, Effort, Row, spread
from bench.detection.portfolio import KEYS, history
from operations.detection import WEEK, Settings, alarms, expected, limit_for

_SEED = 2026  # none of those that the rate was fitted on


def rows(effort: Effort) -> list[Row]:
    """Give false alarms a week, and by which factor the expectation is off."""
    series = effort.systems * len(KEYS)
    limit = limit_for(series, BUDGET)
    raised = sum(spread(partial(false_alarms, _SEED, effort.days, limit), range(effort.systems), effort))
    weeks = effort.days / 365.25 / WEEK
    week, said = raised / weeks, expected(series, limit)
    basis = f"{series:,} series x {effort.days} days, seed {_SEED}, limit {limit:.2f}; {raised} alarms"
    return [
        Row("null portfolio: false alarms a week over all series", week, basis, 10, 2, is_more_better=False),
        Row(
            "null portfolio: the printed expectation is off by a factor of",
            max(week, 1 / weeks) / said if week > said else said / max(week, 1 / weeks),
            f"{said:.2f} a week said", 1.5, 1.5, is_more_better=False,
        ),
    ]  # fmt: skip


def false_alarms(seed: int, days: int, limit: float, number: int) -> int:
    """Count the alarms of one system of a null portfolio."""
    return sum(1 for _ in alarms(history(seed, number, days), Settings(), limit))
