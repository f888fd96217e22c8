"""What befalls every kind alike: refusals, patience asked for, pages without end, corrections and rows that come late."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from store import commit, intake
from store.folder import Folder
from store.records import CostLine, Outcome
from tests.collectors.kinds.case import NOW
from tests.collectors.kinds.site import CASES, EVERY, Answered, NewStore, Site, collected, whole

REFUSED = b'{"error": {"message": "no"}, "message": "no"}'
MOST_QUESTIONS = 120


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "auth"), (403, "auth"), (429, "throttled"), (500, "status"), (503, "status")]
)
def test_a_refusal_is_its_own_cause_and_brings_nothing(site: Site, status: int, cause: str) -> None:
    site.failing = dict.fromkeys(CASES, Answered(status, REFUSED))
    for kind, outcome in collected(site, *CASES).items():
        assert (outcome.run.state, outcome.run.cause, outcome.records) == ("failed", cause, ()), kind
        assert str(status) in outcome.run.detail, kind


def test_an_address_where_nothing_is_is_never_an_empty_answer(site: Site) -> None:
    site.failing = dict.fromkeys(CASES, Answered(404, REFUSED))
    for kind, outcome in collected(site, *CASES).items():
        assert outcome.run.state in ("failed", "partial"), kind
        assert outcome.run.cause not in ("", "internal"), kind
        assert outcome.records == (), kind


HINTS: dict[str, dict[str, str]] = {
    "openai": {"retry-after-ms": "90000"},
    "anthropic": {"retry-after": "90"},
    "openrouter": {"Retry-After": "90"},
    "langfuse": {"Retry-After": "90", "X-RateLimit-Reset": "Mon Nov 23 2026 16:01:30 GMT+0000"},
    "github": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)},
    "gitlab": {"RateLimit-Reset": str(int(NOW.timestamp()) + 90)},
    "azure_monitor": {"x-ms-ratelimit-microsoft.consumption-retry-after": "90"},
    "pagerduty": {"ratelimit-reset": "90"},
    "opik": {"Retry-After": "90"},
    "langsmith": {"Retry-After": format_datetime(NOW.astimezone(UTC) + timedelta(seconds=90), usegmt=True)},
}
"""How each vendor says that it wants to be left alone for a minute and a half; the others say ``Retry-After``."""


@pytest.mark.parametrize("kind", CASES)
def test_a_source_that_wants_to_be_left_alone_is(site: Site, kind: str) -> None:
    hint = HINTS.get(kind, {"Retry-After": "90"})
    site.failing = {kind: Answered(429, REFUSED, {"Date": format_datetime(NOW, usegmt=True), **hint})}
    run = collected(site, kind)[kind].run
    assert run.cause == "throttled"
    assert run.retry_after is not None
    assert timedelta(seconds=89) <= run.retry_after - run.started <= timedelta(seconds=100)


@pytest.mark.parametrize("kind", CASES)
def test_a_server_that_gives_the_same_page_for_ever_is_left(site: Site, kind: str) -> None:
    site.endless = True
    outcome = collected(site, kind)[kind]
    assert len(site.sent) < MOST_QUESTIONS
    assert outcome.run.cause not in ("internal", "timeout")


def _stored(folder: Folder, *outcomes: Outcome) -> tuple[list[int], dict[str, list[tuple[Any, ...]]]]:
    """Store outcomes one after the other; give how many rows each changed, and what is there then."""
    with commit.primary(folder, NOW) as session:
        new = [
            intake.take(session, replace(each, run=replace(each.run, run_id=f"run-{number}")), NOW).new_rows
            for number, each in enumerate(outcomes)
        ]
        tables = {
            "samples": "from sample_values order by all",
            "days": "select * exclude (series_id) replace (round(value, 12) as value) from history_1d order by all",
            "costs": "select * exclude (run_id) from costs order by all",
            "evaluations": "select * exclude (run_id) from evaluations order by all",
            "revisions": "select count(*) from cost_revisions",
        }
        return new, {name: session.execute(sql) for name, sql in tables.items()}


@pytest.mark.parametrize("kind", EVERY)
def test_rows_that_come_late_find_their_place(site: Site, kind: str, tmp_path: Path, new_store: NewStore) -> None:
    found = whole(kind, site, tmp_path / "files")
    early, late = found.records[::2], found.records[1::2]
    short = replace(found, run=replace(found.run, state="partial"))
    _, at_once = _stored(new_store(tmp_path / "one"), replace(short, records=early + late))
    _, in_turn = _stored(new_store(tmp_path / "two"), replace(short, records=early), replace(short, records=late))
    assert in_turn == at_once


@pytest.mark.parametrize("kind", EVERY)
def test_a_restated_cost_replaces_the_one_before_and_leaves_a_revision(
    site: Site, kind: str, tmp_path: Path, new_store: NewStore
) -> None:
    found = whole(kind, site, tmp_path / "files")
    lines = tuple(each for each in found.records if isinstance(each, CostLine))
    dearer = tuple(_dearer(each) for each in lines)
    new, there = _stored(new_store(tmp_path / "store"), replace(found, records=lines), replace(found, records=dearer))
    count = len(there["costs"])
    assert (count > 0) == bool(lines)
    assert (new, there["revisions"]) == ([count, count], [(count,)])


def _dearer(line: CostLine) -> CostLine:
    names = ("effective_cost", "billed_cost", "list_cost", "contracted_cost")
    stated = {name: getattr(line, name) for name in names if getattr(line, name) is not None}
    return replace(line, **{name: amount + Decimal(1) for name, amount in stated.items()})
