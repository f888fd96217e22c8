"""All kinds at once: servers of every kind behind one loopback address, collected through the real client and store."""

from datetime import timedelta
from pathlib import Path

import pytest

from store import commit, intake
from tests.collectors.kinds.case import NOW
from tests.collectors.kinds.site import CANARY, CASES, Answered, NewStore, Site, collected

LATER = NOW + timedelta(hours=1)


def test_all_kinds_at_once_are_complete(site: Site) -> None:
    for kind, outcome in collected(site, *CASES).items():
        assert (outcome.run.state, outcome.run.cause) == ("complete", ""), kind
        assert outcome.records, kind


@pytest.mark.parametrize("first", [0, 1])
def test_with_every_second_one_failing_the_others_are_complete_and_each_failure_has_its_cause(
    site: Site, first: int
) -> None:
    site.failing = dict.fromkeys(list(CASES)[first::2], Answered(403, b'{"error": "not allowed"}'))
    for kind, outcome in collected(site, *CASES).items():
        if kind in site.failing:
            assert (outcome.run.state, outcome.run.cause, outcome.records) == ("failed", "auth", ()), kind
        else:
            assert (outcome.run.state, outcome.run.cause) == ("complete", ""), kind


@pytest.mark.parametrize("kind", CASES)
def test_a_window_without_news_is_complete_and_stores_nothing(site: Site, kind: str) -> None:
    site.silent = True
    outcome = collected(site, kind)[kind]
    assert (outcome.run.state, outcome.run.cause, outcome.records) == ("complete", "", ())


@pytest.mark.parametrize("kind", CASES)
def test_a_window_collected_again_changes_nothing(site: Site, kind: str, tmp_path: Path, new_store: NewStore) -> None:
    with commit.primary(new_store(tmp_path / "store"), NOW) as session:
        assert intake.take(session, collected(site, kind)[kind], NOW).new_rows > 0
        assert intake.take(session, collected(site, kind)[kind], LATER).new_rows == 0


@pytest.mark.parametrize("kind", CASES)
def test_a_secret_that_was_sent_is_in_no_byte_that_is_stored(
    site: Site, kind: str, tmp_path: Path, new_store: NewStore
) -> None:
    folder = new_store(tmp_path / "store")
    outcome = collected(site, kind)[kind]
    with commit.primary(folder, NOW) as session:
        intake.take(session, outcome, NOW)
    assert any(CANARY in sent for sent in site.sent)
    assert CANARY not in repr(outcome)
    assert all(CANARY.encode() not in path.read_bytes() for path in folder.root.rglob("*") if path.is_file())
