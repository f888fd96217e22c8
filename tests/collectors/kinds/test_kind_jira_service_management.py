"""Jira Service Management: Cloud's page tokens, Data Center's starts, what the approvals of a request decide."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source
from collectors.kinds.jira_service_management import KIND, Settings, WordRule
from store.errors import SourceError
from store.records import Change, Rejected, Unrouted
from tests.collectors.kinds.case import WINDOW, Asked

KIND_NAME = "jira_service_management"
URL = "https://example.atlassian.net"
ONE = Settings(URL)
Gather = Callable[..., Any]


@pytest.fixture
def recorded(fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, one_system: Source) -> list[Change]:
    http = exchange(fixtures / KIND_NAME / "exchange.json")
    settings = Settings(f"{URL}/", risk="customfield_10100")
    found: list[Change] = gather(KIND_NAME, settings, WINDOW, one_system, http)
    return found


def test_what_waits_and_what_was_just_approved_is_listed(recorded: list[Change]) -> None:
    assert [(each.external_id, each.state, each.change_class, each.risk) for each in recorded] == [
        ("LLM-31", "pending", "config", "High"),
        ("LLM-32", "approved", "emergency", ""),
    ]


def test_a_request_says_who_what_and_what_each_approver_decided(recorded: list[Change]) -> None:
    change = recorded[0]
    assert (change.title, change.author) == ("LLM-31 Let the bot quote prices", "Maria Silva")
    assert change.requested == datetime.fromtimestamp(1795431600, UTC)
    assert (change.content_hash, change.url) == ("2026-11-22T18:00:00.000+0100", f"{URL}/browse/LLM-31")
    assert change.content.split("\n") == [
        "type Normal change, status Awaiting approval, priority High",
        "approval Owner: approved",
        "  Lee: approved",
        "approval Board: pending",
        "  Ada: approved",
        "  Bo: pending",
    ]


def test_without_a_pending_approval_the_time_is_that_of_the_request(recorded: list[Change]) -> None:
    assert recorded[1].requested == datetime(2026, 11, 20, 9, 15, 0, 120000, tzinfo=UTC)


def _issue(key: str = "LLM-1", **changed: Any) -> dict[str, Any]:
    fields = {"summary": "s", "created": "2026-11-20T10:15:00.000+0000", "project": {"key": "LLM"}}
    return {"key": key, "fields": fields | changed}


def _told(approvals: Any = (), **changed: Any) -> bytes:
    return json.dumps({"issue": _issue(**changed), "approvals": approvals}).encode()


def _approval(decision: str, day: int = 1, **more: Any) -> dict[str, Any]:
    return {"finalDecision": decision, "createdDate": {"epochMillis": 1795345200000 + day * 86_400_000}} | more


@pytest.mark.parametrize(
    ("approvals", "state"),
    [
        (None, "pending"),
        ([], "pending"),
        ([_approval("pending")], "pending"),
        ([_approval("approved")], "approved"),
        ([_approval("declined")], "rejected"),
        ([_approval("approved", 1), _approval("pending", 2)], "pending"),
        ([_approval("approved", 2), _approval("declined", 1)], "approved"),
        ([_approval("approved", 1), _approval("declined", 2)], "rejected"),
    ],
)
def test_the_newest_approval_decides(approvals: Any, state: str, read_one: Any, one_system: Source) -> None:
    (found,) = read_one(KIND_NAME, _told(approvals), ONE, one_system, WINDOW)
    assert found.state == state


def test_approvers_of_data_center_have_names_and_an_approval_may_have_none(read_one: Any, one_system: Source) -> None:
    approval = {"finalDecision": "pending", "approvers": [{"approver": {"name": "ada"}}]}
    (found,) = read_one(KIND_NAME, _told([approval]), ONE, one_system, WINDOW)
    assert found.content.split("\n")[1:] == ["approval without a name: pending", "  ada: pending"]
    assert found.requested == datetime(2026, 11, 20, 10, 15, tzinfo=UTC)


def _page(issues: list[Any], **more: Any) -> bytes:
    return json.dumps({"issues": issues} | more).encode()


def test_cloud_is_asked_by_page_token_until_there_is_none(replay: Any, gather: Gather, one_system: Source) -> None:
    pages = {None: _page([_issue("LLM-1")], nextPageToken="a"), "a": _page([_issue("LLM-2")], nextPageToken=None)}
    empty = b'{"values":[]}'
    http = replay(lambda asked: pages[asked.sent.get("nextPageToken")] if "jql" in asked.sent else empty)
    found = gather(KIND_NAME, ONE, WINDOW, one_system, http)
    assert [each.external_id for each in found] == ["LLM-1", "LLM-2"]
    assert {each.path for each in http.asked if "jql" in each.sent} == {"/rest/api/3/search/jql"}
    headers = {each.headers.get("X-ExperimentalApi") for each in http.asked if "jql" not in each.sent}
    assert headers == {"opt-in"}


def test_a_token_that_comes_again_ends_the_search(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: _page([], nextPageToken="again"))
    assert gather(KIND_NAME, ONE, WINDOW, one_system, http) == []
    assert [each.sent.get("nextPageToken") for each in http.asked] == [None, "again"]


def test_data_center_is_asked_by_start(replay: Any, gather: Gather, one_system: Source) -> None:
    issues = [_issue(f"LLM-{n}") for n in range(120)]

    def answer(asked: Asked) -> bytes:
        start = int(asked.sent.get("startAt", 0))
        return _page(issues[start : start + 50], total=120) if "jql" in asked.sent else b'{"values":[]}'

    http = replay(answer)
    settings = Settings(URL, edition="data_center", jql="project = LLM", labels=("customfield_1",), risk="summary")
    assert len(gather(KIND_NAME, settings, WINDOW, one_system, http)) == 120
    asked = [each for each in http.asked if "jql" in each.sent]
    assert [(each.path, each.sent["startAt"]) for each in asked] == [
        ("/rest/api/2/search", "0"),
        ("/rest/api/2/search", "50"),
        ("/rest/api/2/search", "100"),
    ]
    assert asked[0].sent["fields"].endswith("components,customfield_1")


def test_all_approvals_of_a_request_are_read_and_a_refusal_fails_nothing(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    approvals = [_approval("approved", n) for n in range(60)]

    def answer(asked: Asked) -> bytes:
        if "jql" in asked.sent:
            return _page([_issue("LLM-1"), _issue("LLM-2")])
        if "LLM-2" in asked.path:
            raise SourceError("status", "answered 404")
        start = int(asked.sent["start"])
        return json.dumps({"values": approvals[start : start + 50]}).encode()

    first, second = gather(KIND_NAME, ONE, WINDOW, one_system, replay(answer))
    assert (first.state, len(first.content.split("\n"))) == ("approved", 61)
    assert (second.state, second.content.split("\n")[-1]) == ("pending", "approvals: this account may not read them")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("project", "LLM"),
        ("type", "Change"),
        ("status", "Waiting"),
        ("priority", "High"),
        ("component", "guardrails"),
        ("system", "checkout"),
        ("customfield_1", "Option"),
        ("customfield_2", "Name"),
        ("customfield_3", "Text"),
        ("customfield_4", "First"),
        ("customfield_5", "Person"),
    ],
)
def test_a_request_is_routed_by_its_fields_and_labels(
    label: str, value: str, read_one: Any, by_label: Callable[..., Source]
) -> None:
    body = _told(
        issuetype={"name": "Change"},
        status={"name": "Waiting"},
        priority={"name": "High"},
        components=[{"name": "guardrails"}, {"name": "other"}],
        labels=["system:checkout", "urgent"],
        customfield_1={"value": "Option"},
        customfield_2={"name": "Name"},
        customfield_3="Text",
        customfield_4=[{"value": "First"}, {"value": "Second"}],
        customfield_5={"displayName": "Person"},
        customfield_6=[],
        customfield_7=3,
    )
    settings = Settings(URL, labels=tuple(f"customfield_{n}" for n in range(1, 9)))
    (found,) = read_one(KIND_NAME, body, settings, by_label(label, value), WINDOW)
    assert found.system == value
    for empty in ("customfield_6", "customfield_7", "customfield_8"):
        assert read_one(KIND_NAME, body, settings, by_label(empty, "x"), WINDOW) == [Unrouted("LLM")]


def test_the_class_is_told_by_a_rule(read_one: Any, one_system: Source) -> None:
    settings = Settings(URL, classes=(WordRule("guardrail", "component", ("guardrails", "moderation")),))
    (found,) = read_one(KIND_NAME, _told(components=[{"name": "Guardrails"}]), settings, one_system, WINDOW)
    assert found.change_class == "guardrail"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-20T10:15:00.000+0530", datetime(2026, 11, 20, 4, 45, tzinfo=UTC)),
        ("2026-11-20T10:15:00.000-0300", datetime(2026, 11, 20, 13, 15, tzinfo=UTC)),
        ("2026-11-20T10:15:00Z", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ],
)
def test_an_offset_without_its_colon_is_read(written: str, read: datetime, read_one: Any, one_system: Source) -> None:
    (found,) = read_one(KIND_NAME, _told(created=written), ONE, one_system, WINDOW)
    assert found.requested == read


def test_what_cannot_be_true_is_set_aside(read_one: Any, one_system: Source) -> None:
    (found,) = read_one(KIND_NAME, _told(created="1969-01-01T00:00:00.000+0000"), ONE, one_system, WINDOW)
    assert isinstance(found, Rejected)
    assert "LLM-1" in found.raw


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (_told(summary=None), "summary"),
        (_told(project=None), "project"),
        (_told(created=None), "created"),
        (_told([{"name": "x"}]), "finalDecision"),
    ],
)
def test_a_missing_field_is_named(body: bytes, named: str, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one(KIND_NAME, body, ONE, one_system, WINDOW)
    assert error.value.cause == "shape"


def test_a_question_that_jira_does_not_understand_is_its_own_error(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: b'{"errorMessages":["no field approvals"],"issues":null}')
    with pytest.raises(SourceError, match="issues"):
        gather(KIND_NAME, ONE, WINDOW, one_system, http)


def test_the_list_is_all_that_waits() -> None:
    assert KIND.snapshot
