"""Since when: a breach seen for the first time knows the stretch of failing windows behind it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from operations.onset import stretch, widened
from operations.rules import Rule
from operations.settings import System, Threshold
from operations.thresholds import Reading
from store.values import Confirm, Duration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULE = Threshold("p95", "latency", "above", 4.0, 8.0, confirm=Confirm(2, 3), min_n=10)


def readings(text: str) -> list[Reading]:
    """Spell windows newest first: + fails, . is ok, ? has too few, _ holds nothing."""
    values = {"+": (5.0, 100), ".": (1.0, 100), "?": (5.0, 3), "_": (None, None)}
    return [Reading(NOW - timedelta(hours=i + 1), *values[sign]) for i, sign in enumerate(text)]


@pytest.mark.parametrize(
    ("windows", "length"),
    [
        ("", 1),
        (".", 1),
        ("+", 1),
        ("+++..+++", 3),
        ("+++.+++..", 7),
        ("+?_+..", 4),
        ("++++", 4),
        ("+..+", 1),
        ("++.", 2),
        ("++.?.+", 2),
    ],
)
def test_the_stretch_ends_where_enough_windows_in_a_row_were_ok(windows: str, length: int) -> None:
    found = stretch(RULE, readings(windows))
    assert len(found) == min(length, len(windows))
    assert [window.start for window in found] == [reading.start for reading in readings(windows)[: len(found)]]


@pytest.mark.parametrize(("window", "asked"), [(3_600, 720), (86_400, 30), (60, 2_000), (0, 2_000), (86_400 * 60, 3)])
def test_a_month_is_looked_back_in_windows_of_the_rules_own_length(window: int, asked: int) -> None:
    rule = Rule(System("bot", "maria"), replace(RULE, window=Duration(max(window, 1))))
    assert widened(rule, window).threshold.confirm == Confirm(1, asked)
