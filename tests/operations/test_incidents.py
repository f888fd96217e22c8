"""What other tools say is wrong: what is open first, worst first; what is suppressed is there and not open."""

from datetime import timedelta
from typing import Any

from operations.incidents import of_system
from operations.portfolio import board
from operations.settings import System
from store.records import Incident
from tests.operations.stores import NOW, Store

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def incident(name: str, level: str = "warning", state: str = "open", ago: timedelta = HOUR, **fields: Any) -> Incident:
    return Incident("bot", name, f"{name} is wrong", NOW - ago, level.upper(), level, state, **fields)  # type: ignore[arg-type]  # words as text


def filled(store: Store, bot: System) -> None:
    store.described([bot])
    store.collected(
        incident("old", ago=DAY),
        incident("fresh"),
        incident("told", "info"),
        incident("fire", "critical", "acknowledged", acknowledged=NOW),
        incident("quiet", "critical", "suppressed"),
        incident("over", "critical", "resolved", 3 * HOUR, resolved=NOW - HOUR),
        incident("long over", "critical", "resolved", 40 * DAY, resolved=NOW - 31 * DAY),
        source="pager",
    )


def test_what_is_open_comes_first_and_the_worst_and_oldest_of_it_ahead(store: Store, bot: System) -> None:
    filled(store, bot)
    found = of_system(store.session, "bot", NOW - 30 * DAY, NOW)
    assert [row.external_id for row in found] == ["fire", "old", "fresh", "told", "quiet", "over"]
    assert [row.is_open for row in found] == [True, True, True, True, False, False]


def test_each_has_its_age_its_own_severity_and_who_answers(store: Store, bot: System) -> None:
    filled(store, bot)
    found = {row.external_id: row for row in of_system(store.session, "bot", NOW - 30 * DAY, NOW)}
    assert (found["old"].age, found["old"].severity, found["old"].source) == (DAY, "WARNING", "pager")
    assert (found["over"].age, found["over"].ended) == (2 * HOUR, NOW - HOUR)
    assert (found["fire"].owner, found["fire"].tier, found["fire"].acknowledged) == ("Ada", 2, NOW)


def test_an_incident_that_its_source_no_longer_lists_ended_when_that_was_seen(store: Store, bot: System) -> None:
    from dataclasses import replace

    from store import intake
    from store.records import Outcome, Run

    filled(store, bot)
    run = Run("later", "pager", "pagerduty", "complete", "", "", NOW, NOW + HOUR, NOW + HOUR, NOW + HOUR)
    with store.session.transaction():
        intake.take(store.session, Outcome(run, (replace(incident("old", ago=DAY)),), snapshot=True), NOW + HOUR)
    found = {row.external_id: row for row in of_system(store.session, "bot", NOW - DAY, NOW + HOUR)}
    assert (found["fresh"].state, found["fresh"].ended, found["fresh"].age) == ("resolved", NOW + HOUR, 2 * HOUR)
    assert found["old"].ended is None


def test_the_portfolio_counts_what_is_open_and_not_what_is_suppressed_or_over(store: Store, bot: System) -> None:
    filled(store, bot)
    store.refreshed()
    (row,), summary = board(store.session, NOW)
    assert (row.open_incidents, summary.open_incidents) == (4, 4)
