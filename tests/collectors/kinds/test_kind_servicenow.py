"""ServiceNow: stored and displayed values, UTC whatever the account's zone, pages thinned by ACLs, classes by field."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source
from collectors.kinds.servicenow import KIND, Settings, WordRule
from store.errors import SourceError
from store.records import Change, Rejected, Unrouted
from tests.collectors.kinds.case import WINDOW, Asked

URL = "https://example.service-now.com"
ONE = Settings(URL)
Gather = Callable[..., Any]


@pytest.fixture
def recorded(fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, one_system: Source) -> list[Change]:
    http = exchange(fixtures / "servicenow" / "exchange.json")
    found: list[Change] = gather("servicenow", Settings(f"{URL}/"), WINDOW, one_system, http)
    return found


def test_what_is_asked_for_approved_and_rejected_is_listed_by_class_and_risk(recorded: list[Change]) -> None:
    assert [(each.title.split()[0], each.state, each.change_class, each.risk) for each in recorded] == [
        ("CHG0030001", "pending", "config", "high"),
        ("CHG0030002", "approved", "emergency", "critical"),
        ("CHG0030003", "rejected", "standard", "low"),
    ]


def test_a_change_request_says_who_what_when_and_whose_approval_is_asked(recorded: list[Change]) -> None:
    change = recorded[0]
    assert change.external_id == f"{30001:032x}"
    assert (change.title, change.author) == ("CHG0030001 Move the support bot to the new model", "Maria Silva")
    assert change.requested == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert change.content_hash == "2026-11-22 18:00:05 #7"
    assert change.url == f"{URL}/nav_to.do?uri=change_request.do%3Fsys_id%3D{30001:032x}"
    assert change.content.split("\n") == [
        "type Normal, state Assess",
        "planned from 2026-11-25 20:00:00 to 2026-11-25 22:00:00 UTC",
        "approval asked of Bo Lind, Ada Okafor",
        "",
        "The new model answers in half the time.",
    ]


def test_without_approvals_the_time_is_that_of_the_record_in_utc(recorded: list[Change]) -> None:
    assert recorded[1].requested == datetime(2026, 11, 22, 23, 10, tzinfo=UTC)
    assert recorded[1].content == "type Emergency, state Implement"


def _field(value: str, shown: str | None = None) -> dict[str, Any]:
    return {"value": value, "display_value": value if shown is None else shown}


def _row(**changed: dict[str, Any]) -> dict[str, Any]:
    known = {"sys_id": "s1", "number": "CHG1", "approval": "requested", "sys_created_on": "2026-11-20 08:30:00"}
    return {key: _field(value) for key, value in known.items()} | changed


def _told(*changes: dict[str, Any], approvals: Any = ()) -> bytes:
    return json.dumps({"changes": changes, "approvals": approvals}).encode()


def _server(changes: list[Any], approvals: list[Any] | Exception) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        start, size = (int(asked.sent[f"sysparm_{key}"]) for key in ("offset", "limit"))
        found = changes if asked.path.endswith("change_request") else approvals
        if isinstance(found, Exception):
            raise found
        return json.dumps({"result": [each for each in found[start : start + size] if each]}).encode()

    return answer


def test_a_page_that_acls_made_short_is_not_the_last(replay: Any, gather: Gather, one_system: Source) -> None:
    changes: list[Any] = [_row(sys_id=_field(f"s{n}")) if n % 3 else None for n in range(250)]
    http = replay(_server(changes, []))
    found = gather("servicenow", ONE, WINDOW, one_system, http)
    assert len(found) == len([each for each in changes if each])
    offsets = [each.sent["sysparm_offset"] for each in http.asked if each.path.endswith("change_request")]
    assert offsets == ["0", "100", "200", "300"]


def test_a_page_that_comes_again_ends_the_list(replay: Any, gather: Gather, one_system: Source) -> None:
    page = json.dumps({"result": [_row(approval=_field("approved"))]}).encode()
    http = replay(lambda _: page)
    assert len(gather("servicenow", ONE, WINDOW, one_system, http)) == 1
    assert len(http.asked) == 2


def test_approvals_are_asked_for_only_of_those_that_wait(replay: Any, gather: Gather, one_system: Source) -> None:
    changes = [_row(), _row(sys_id=_field("s2"), approval=_field("approved")), _row(sys_id=_field("s3"))]
    http = replay(_server(changes, []))
    gather("servicenow", ONE, WINDOW, one_system, http)
    (asked,) = {each.sent["sysparm_query"] for each in http.asked if each.path.endswith("approver")}
    assert asked == "state=requested^sysapprovalINs1,s3^ORDERBYsys_id"
    http = replay(_server(changes[1:2], []))
    gather("servicenow", ONE, WINDOW, one_system, http)
    assert not [each for each in http.asked if each.path.endswith("approver")]


def test_approvals_that_the_account_may_not_read_are_named_and_fail_nothing(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_row()], SourceError("auth", "answered 403")))
    (found,) = gather("servicenow", ONE, WINDOW, one_system, http)
    assert found.content.endswith("approvals: this account may not read them")
    assert found.requested == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_the_question_names_table_query_fields_and_asks_for_both_kinds_of_value(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: b'{"result":[]}')
    settings = Settings(URL, table="x_acme/change", query="u_llm=true", labels=("u_system", "type"))
    assert gather("servicenow", settings, WINDOW, one_system, http) == []
    (asked,) = http.asked
    assert asked.path == "/api/now/table/x_acme%2Fchange"
    assert asked.sent["sysparm_query"] == "u_llm=true^ORDERBYsys_created_on^ORDERBYsys_id"
    assert asked.sent["sysparm_display_value"] == "all"
    assert asked.sent["sysparm_fields"].endswith("sys_mod_count,u_system")


def test_a_change_request_that_asks_for_no_approval_is_none(read_one: Any, one_system: Source) -> None:
    body = _told(_row(approval=_field("not requested")))
    assert read_one("servicenow", body, ONE, one_system, WINDOW) == []


@pytest.mark.parametrize(
    ("label", "value"), [("cmdb_ci", "Checkout bot"), ("cmdb_ci.value", "c1"), ("type", "Normal"), ("category", "LLM")]
)
def test_a_row_is_routed_by_what_people_see_or_by_what_is_stored(
    label: str, value: str, read_one: Any, by_label: Callable[..., Source]
) -> None:
    row = _row(cmdb_ci=_field("c1", "Checkout bot"), type=_field("normal", "Normal"), category=_field("llm", "LLM"))
    (found,) = read_one("servicenow", _told(row), ONE, by_label(label, value), WINDOW)
    assert found.system == value
    assert read_one("servicenow", _told(row), ONE, by_label(label, "other"), WINDOW) == [Unrouted(value)]


def test_an_empty_field_routes_nothing(read_one: Any, by_label: Callable[..., Source]) -> None:
    found = read_one("servicenow", _told(_row(cmdb_ci=_field(""))), ONE, by_label("cmdb_ci", "x"), WINDOW)
    assert found == [Unrouted("no cmdb_ci")]


@pytest.mark.parametrize(
    ("category", "kind", "change_class"),
    [
        ("LLM Prompt", "normal", "prompt"),
        ("prompt", "emergency", "prompt"),
        ("Model", "emergency", "emergency"),
        ("Model", "normal", "tool"),
    ],
)
def test_the_first_rule_with_one_of_its_words_gives_the_class(
    category: str, kind: str, change_class: str, read_one: Any, one_system: Source
) -> None:
    rules = (WordRule("prompt", "category", ("*prompt",)), WordRule("emergency", "type.value", ("emergency",)))
    settings = Settings(URL, classes=rules, default_class="tool")
    row = _row(category=_field("x", category), type=_field(kind, "Notfall"))
    (found,) = read_one("servicenow", _told(row), settings, one_system, WINDOW)
    assert found.change_class == change_class


@pytest.mark.parametrize(
    ("risk", "shown"), [(_field("3", "Mittel"), "moderate"), (_field("9", "Own word"), "Own word"), (_field(""), "")]
)
def test_the_risk_is_told_by_its_stored_value_in_any_language(
    risk: Any, shown: str, read_one: Any, one_system: Source
) -> None:
    (found,) = read_one("servicenow", _told(_row(risk=risk)), ONE, one_system, WINDOW)
    assert found.risk == shown


def test_a_title_may_be_missing_and_its_number_stays(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("servicenow", _told(_row(opened_by=_field("u", "Ada"))), ONE, one_system, WINDOW)
    assert (found.title, found.author, found.content) == ("CHG1", "Ada", "type not stated, state not stated")


@pytest.mark.parametrize("written", ["", "1969-01-01 00:00:00"])
def test_a_time_that_cannot_be_true_sets_its_row_aside_or_is_named(
    written: str, read_one: Any, one_system: Source
) -> None:
    body = _told(_row(sys_created_on=_field(written)), _row())
    if written:
        assert [type(each) for each in read_one("servicenow", body, ONE, one_system, WINDOW)] == [Rejected, Change]
        return
    with pytest.raises(SourceError, match="sys_created_on"):
        read_one("servicenow", body, ONE, one_system, WINDOW)


@pytest.mark.parametrize("name", ["sys_id", "number", "approval"])
def test_a_missing_field_is_named(name: str, read_one: Any, one_system: Source) -> None:
    row = _row()
    row[name] = None
    with pytest.raises(SourceError, match=name) as error:
        read_one("servicenow", _told(row), ONE, one_system, WINDOW)
    assert error.value.cause == "shape"


def test_an_error_inside_a_good_status_is_the_servers(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b'{"error":{"message":"Transaction cancelled"},"status":"failure","result":[]}')
    with pytest.raises(SourceError, match="Transaction cancelled") as error:
        gather("servicenow", ONE, WINDOW, one_system, http)
    assert error.value.cause == "upstream"


def test_the_list_is_all_that_waits() -> None:
    assert KIND.snapshot
