"""The metric's chart begins with the stretch that shows the whole breach."""

from datetime import UTC, datetime, timedelta

import pytest

from tui.screens.metric import covering

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "place"), [(0, 0), (19, 0), (20, 1), (51, 1), (60, 2), (24 * 6, 3), (24 * 30, 4), (24 * 400, 4)]
)
def test_the_shortest_stretch_that_begins_before_the_breach_is_chosen(hours: int, place: int) -> None:
    assert covering(NOW - timedelta(hours=hours), NOW) == place
