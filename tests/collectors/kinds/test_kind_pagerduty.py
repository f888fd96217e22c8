"""PagerDuty: open incidents of any age with their urgency, pages that overlap, a list that moved, its own hint."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.access import Access, credentials_of
from collectors.base import Source, Window
from collectors.kinds.pagerduty import Settings
from collectors.refusals import refusal
from collectors.secrets import SecretRef
from store.errors import SourceError
from store.records import Incident, Parsed, Rejected, Unrouted
from tests.collectors.kinds.case import case

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
WINDOW = Window(NOW, NOW, NOW)
Read = Callable[..., list[Parsed]]


def _incident(identity: str = "P1", **changed: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "title": "Spend is 3 times the plan",
        "summary": "[#7] Spend is 3 times the plan",
        "status": "triggered",
        "urgency": "low",
        "created_at": "2026-11-23T09:00:00Z",
        "service": {"id": "S1", "summary": "support-bot"},
        "assignments": [{"assignee": {"summary": "Ann Example"}}],
    } | changed


def _page(*incidents: Any, more: bool = False) -> bytes:
    return json.dumps({"incidents": list(incidents), "more": more}).encode()


def test_recorded_pages_give_each_open_incident_however_old(
    replay: Any, gather: Any, by_label: Callable[..., Source]
) -> None:
    http = replay(case("pagerduty").play)
    found = gather("pagerduty", Settings(), WINDOW, by_label("service", "support-bot", "claims-triage"), http)
    old, spend, again = (each for each in found if isinstance(each, Incident))
    assert old == Incident(
        system="support-bot",
        external_id="POLD001",
        title="Refunds promised that policy does not know",
        started=datetime(2026, 6, 2, 8, 15, tzinfo=UTC),
        severity="high",
        level="critical",
        state="acknowledged",
        acknowledged=datetime(2026, 6, 2, 8, 31, tzinfo=UTC),
        url="https://acme.pagerduty.com/incidents/POLD001",
    )
    assert (spend.severity, spend.level, spend.state, spend.acknowledged) == ("low", "warning", "open", None)
    assert again == spend
    assert [each for each in found if isinstance(each, Unrouted)] == [Unrouted("mail gateway")]
    assert [each.sent["offset"] for each in http.asked] == ["0", "1"]
    assert {each.headers["Accept"] for each in http.asked} == {"application/vnd.pagerduty+json;version=2"}
    assert "Ann" not in str(found)


def test_services_and_teams_narrow_the_question(replay: Any, gather: Any, one_system: Source) -> None:
    http = replay(lambda _: _page())
    gather("pagerduty", Settings(services=("S1", "S2"), teams=("T1",)), WINDOW, one_system, http)
    (asked,) = http.asked
    assert (asked.sent["service_ids[]"], asked.sent["team_ids[]"]) == (["S1", "S2"], ["T1"])


@pytest.mark.parametrize(
    ("label", "value"), [("service_id", "S1"), ("escalation_policy", "on-call"), ("priority", "P2")]
)
def test_other_labels_route_too(label: str, value: str, read_one: Read, by_label: Callable[..., Source]) -> None:
    body = _page(_incident(escalation_policy={"summary": "on-call"}, priority={"summary": "P2"}), _incident("P2"))
    found = read_one("pagerduty", body, Settings(), by_label(label, value), WINDOW)
    assert isinstance(found[0], Incident)
    assert found[0].system == value
    assert isinstance(found[1], Incident if label == "service_id" else Unrouted)


def test_an_urgency_of_ones_own_and_none_at_all(read_one: Read, one_system: Source) -> None:
    body = _page(_incident(urgency="severe", title=None), _incident("P2", urgency=None))
    found = read_one("pagerduty", body, Settings(levels={"severe": "critical"}), one_system, WINDOW)
    assert [(each.severity, each.level, each.title[:4]) for each in found if isinstance(each, Incident)] == [
        ("severe", "critical", "[#7]"),
        ("", "info", "Spen"),
    ]


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"id": None}, "incidents[].id"),
        ({"title": None, "summary": None}, "title"),
        ({"status": "resolved"}, "status: expected triggered or acknowledged, found 'resolved'"),
        ({"created_at": None}, "created_at"),
        ({"service": None}, "service"),
        ({"acknowledgements": [{}]}, "the answer: expected a table with 'at'"),
    ],
)
def test_an_incident_that_cannot_be_read_is_set_aside_without_the_people_in_it(
    broken: dict[str, Any], named: str, read_one: Read, one_system: Source
) -> None:
    body = _page(_incident(**broken), _incident("P2"))
    rejected, kept = read_one("pagerduty", body, Settings(), one_system, WINDOW)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(named)
    assert "Ann" not in rejected.raw
    assert isinstance(kept, Incident)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (_page(_incident("P3"), _incident("P4")), "changed while it was read"),  # something before it was resolved
        (_page(), "changed while it was read"),
        (_page(_incident("P2"), more=True), "lists none"),
    ],
)
def test_a_list_that_moved_or_never_ends_is_no_whole_list(
    second: bytes, words: str, replay: Any, gather: Any, one_system: Source
) -> None:
    pages = {"0": _page(_incident("P1"), _incident("P2"), more=True), "1": second}
    http = replay(lambda asked: pages[asked.sent["offset"]])
    with pytest.raises(SourceError, match=words) as error:
        gather("pagerduty", Settings(), WINDOW, one_system, http)
    assert error.value.cause == "upstream"


def test_more_than_the_vendor_lists_is_named_and_not_left_out(replay: Any, gather: Any, one_system: Source) -> None:
    def page(asked: Any) -> bytes:
        offset = int(asked.sent["offset"])
        return _page(*(_incident(f"P{offset + number}") for number in range(100)), more=True)

    http = replay(page)
    with pytest.raises(SourceError, match="more than 10000 open incidents; narrow") as error:
        gather("pagerduty", Settings(), WINDOW, one_system, http)
    assert error.value.cause == "too_large"
    assert max(int(each.sent["offset"]) for each in http.asked) <= 9_900


def test_an_answer_that_complains_inside_a_200_is_an_error(replay: Any, gather: Any, one_system: Source) -> None:
    http = replay(lambda _: b'{"error": {"message": "Access denied", "code": 2010}}')
    with pytest.raises(SourceError, match="Access denied"):
        gather("pagerduty", Settings(), WINDOW, one_system, http)


def test_the_key_is_sent_in_the_vendors_own_scheme() -> None:
    access = Access(token=SecretRef.from_toml("env:KEY"), token_scheme="Token token=")
    credentials = credentials_of(access, {"KEY": "y_NbAkKc66ryYTWUXYEu"})
    assert credentials.headers["Authorization"].reveal() == "Token token=y_NbAkKc66ryYTWUXYEu"
    assert "y_NbAk" not in credentials.redact("sent Token token=y_NbAkKc66ryYTWUXYEu")


def test_the_wait_that_the_vendor_asks_for_is_kept() -> None:
    headers = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "17"}
    error = refusal(429, headers, "https://api.pagerduty.com/incidents", "", NOW)
    assert (error.cause, error.retryable, error.retry_after) == ("throttled", True, 17.0)
