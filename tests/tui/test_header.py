"""The header says in two rows whether anything burns and whether the picture can be believed, at every width."""

from dataclasses import replace
from datetime import timedelta

import pytest

from operations.portfolio_rows import Summary
from tests.tui.screen_store import NOW
from tests.tui.test_snapshot import SUMMARY
from tui.spans import Span
from tui.text import width
from tui.widgets.header_rows import header_rows

BUSY = replace(
    SUMMARY,
    critical=2,
    warning=3,
    unknown=1,
    ok=9,
    pending_changes=4,
    oldest_change=NOW - timedelta(days=6),
    unknown_rules=4,
)


def texts(summary: Summary | None, room: int = 200, notice: str = "", account: str = "") -> tuple[str, str]:
    first, second = header_rows(summary, notice, NOW, room, account)
    return "".join(text for text, _ in first), "".join(text for text, _ in second)


def tone(rows: tuple[list[Span], list[Span]], part: str) -> str:
    return next(tone for row in rows for text, tone in row if part in text)


def test_wide_rows_use_whole_words() -> None:
    first, second = texts(BUSY)
    assert first == "acme  !! 2 critical  ! 3 warning  ? 1 unknown  ok 9  oldest unacknowledged 3h bot"
    assert second == (
        "data <1m old  1 failed of 2 sources: mlflow  4 rules cannot tell  4 approvals wait, oldest 6d  €12.3 this month"
    )


def test_who_looks_is_told_how_many_changes_wait_for_them() -> None:
    told = replace(BUSY, waiting_for={"ada": 3, "bob": 1})
    assert "  4 approvals wait, 3 for you, oldest 6d  " in texts(told, account="ada")[1]
    assert "  4 approvals, 1 yours  " in texts(told, 88, account="bob")[1]
    assert "  appr 4, 3 yours  " in texts(told, 66, account="ada")[1]
    assert texts(told, account="eve") == texts(BUSY)
    assert tone(header_rows(told, "", NOW, 200, "ada"), "for you") == "accent"


def test_incidents_of_other_tools_are_counted_and_give_way_where_there_is_no_room() -> None:
    told = replace(BUSY, open_incidents=2)
    assert "  2 incidents in other tools  " in texts(told)[1]
    assert "  2 incidents  " in texts(told, 78)[1]
    assert "  2 inc  " in texts(told, 66)[1]
    assert "inc" not in texts(told, 52)[1]
    assert "incident" not in texts(BUSY)[1]


def test_blind_cells_are_told_beside_blind_rules_where_there_is_room() -> None:
    told = replace(BUSY, blind_cells=30)
    assert "  4 rules cannot tell  30 of 46 cells blind  " in texts(told)[1]
    assert "  4 rules blind  30/46 cells blind  " in texts(told, 96)[1]
    assert "cells" not in texts(told, 60)[1]
    assert tone(header_rows(told, "", NOW, 200, ""), "cells") == "unknown"
    assert "cells" not in texts(BUSY)[1]


@pytest.mark.parametrize("room", [200, 120, 100, 90, 78, 70, 60])
def test_rows_fit_from_sixty_cells_on(room: int) -> None:
    first, second = texts(replace(BUSY, blind_cells=30), room)
    assert width(first) <= room
    assert width(second) <= room


@pytest.mark.parametrize("room", [200, 78, 60])
def test_counts_and_age_are_there_at_every_width(room: int) -> None:
    first, second = texts(BUSY, room)
    assert "!!" in first
    assert "ok 9" in first
    assert "data" in second


def test_without_a_store_it_says_what_it_does() -> None:
    assert texts(None) == ("llmops-tui", "reading the store")
    assert texts(None, notice="nothing is collected yet")[1] == "nothing is collected yet"


def test_a_notice_comes_first_and_warns() -> None:
    rows = header_rows(BUSY, "store busy, data 3 min old", NOW, 200, "")
    assert rows[1][0] == ("store busy, data 3 min old", "warning")


def test_quiet_is_said_with_what_cannot_be_seen() -> None:
    quiet = replace(BUSY, open_breaches=0, oldest_unacknowledged=None, oldest_unacknowledged_of="", blind_cells=3)
    assert "quiet: no open breach, 3 cells blind" in texts(quiet)[0]
    assert texts(replace(quiet, blind_cells=0))[0].endswith("quiet: no open breach")


def test_acknowledged_breaches_are_counted() -> None:
    known = replace(BUSY, oldest_unacknowledged=None, oldest_unacknowledged_of="", open_breaches=2)
    assert texts(known)[0].endswith("2 open breaches, all acknowledged")


def test_silenced_breaches_are_counted() -> None:
    known = replace(BUSY, oldest_unacknowledged=None, oldest_unacknowledged_of="", open_breaches=2, silenced=1)
    assert texts(known)[0].endswith("2 open breaches, 1 silenced")


@pytest.mark.parametrize(("hours", "expected"), [(1, "plain"), (2, "warning"), (26, "critical")])
def test_old_data_looks_old(hours: int, expected: str) -> None:
    stale = replace(BUSY, collected=NOW - timedelta(hours=hours), oldest_data=None)
    assert tone(header_rows(stale, "", NOW, 200, ""), "data") == expected


def test_a_store_that_never_collected_is_not_called_fresh() -> None:
    empty = replace(BUSY, collected=None, sources_failed=0, cost_month=None, pending_changes=0, unknown_rules=0)
    assert texts(empty)[1] == "nothing collected  2 sources complete  no approvals wait  cost not known"


def test_money_over_budget_warns() -> None:
    over = replace(BUSY, budget=BUSY.cost_month and BUSY.cost_month / 2)
    assert tone(header_rows(over, "", NOW, 200, ""), "this month") == "warning"
    under = replace(BUSY, budget=BUSY.cost_month and BUSY.cost_month * 2)
    assert tone(header_rows(under, "", NOW, 200, ""), "this month") == "plain"


def test_failed_and_partial_sources_are_told_apart() -> None:
    both = replace(BUSY, sources=9, sources_failed=1, sources_partial=2, failed_names=())
    assert "1 failed 2 partial of 9 sources" in texts(both)[1]
