"""An audit gets the population with what is missing from it, and of each change the whole trail."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.audit_trail import Span, Trail, stage, trail
from store import audit, commit, intake
from store.database import Session
from store.folder import Folder
from store.records import Change, Outcome, Run

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def session(tmp_path: Path, new_store: Callable[[Path], Folder]) -> Iterator[Session]:
    """Give a store with two changes, of which the log knows one, and an entry about neither."""
    changes = [
        Change("bot", "1", "prompt", "Shorter", "approved", "ada", NOW - DAY * 9, content_hash="new"),
        Change("bot", "2", "model", "Newer", "pending", "ada", NOW),
    ]
    run = Run("r", "hub", "github", "complete", "", "", NOW, NOW, NOW, NOW)
    with commit.primary(new_store(tmp_path / "store"), NOW) as opened:
        intake.take(opened, Outcome(run, tuple(changes)), NOW)
        known = known_id(opened)
        for day, action, evidence in (
            (-9, "change-request", audit.Evidence(content_hash="old")),
            (-2, "approve", audit.Evidence(1, 1, "SHA256:x", "new")),
            (-1, "reject", audit.Evidence(content_hash="new", result="refused", why="not an approver")),
        ):
            audit.append(opened, "maria", action, known, "", NOW + DAY * day, evidence)
        audit.append(opened, "maria", "silence", "system:bot", "known", NOW)
        yield opened


def known_id(session: Session) -> str:
    return str(session.execute("select change_id from changes where external_id = '1'")[0][0])


def said(found: Trail, name: str = "population") -> dict[str, object]:
    return {str(row["what"]): row["value"] for row in found.tables[name]}


def test_everything_is_counted_and_what_is_missing_is_named(session: Session) -> None:
    session.execute("delete from audit where sequence = 3")
    counts = said(trail(session, Span(), {"log": "broken"}, NOW))
    assert counts["log"] == "broken"
    assert (counts["entries: all"], counts["entries by action: approve"]) == (3, 1)
    assert counts["entries by result: accepted"] == 3
    assert (counts["changes: all"], counts["changes by state: approved"], counts["changes by class: model"]) == (
        2,
        1,
        1,
    )
    assert counts["gap: numbers that no entry has"] == "3 to 3"
    assert counts["gap: entries on other content than the change has now"] == known_id(session)
    assert counts["gap: pending change that the log does not know"] != known_id(session)


def test_each_change_has_its_whole_trail_with_the_part_that_each_entry_plays(session: Session) -> None:
    found = trail(session, Span(NOW - DAY * 2, NOW), {}, NOW)
    rows = list(found.tables["trail"])
    assert [(row["stage"], row["action"], row["result"]) for row in rows] == [
        ("request", "change-request", "accepted"),
        ("decision", "approve", "accepted"),
        ("decision", "reject", "refused"),
    ]
    assert {row["change_id"] for row in rows} == {known_id(session)}
    assert [row["entries"] for row in found.tables["changes"]] == [3]
    assert [row["action"] for row in found.tables["entries"]] == ["approve", "reject"]


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ("approve", "decision"),
        ("approve void", "decision"),
        ("attach counted", "evidence"),
        ("delivery", "application"),
        ("note", "other"),
    ],
)
def test_an_action_is_known_by_its_word(action: str, part: str) -> None:
    assert stage(action) == part
