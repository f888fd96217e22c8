"""The person's own approval of a change request at ServiceNow."""

from typing import Any

import pytest

from collectors.delivery import servicenow
from collectors.delivery.base import Decision, Outside, Subject
from collectors.kinds.servicenow import Settings
from store.errors import SourceError
from tests.collectors.delivery.conftest import APPROVE, REJECT, Pages, carry

OPTIONS = Settings("https://host.example")
ID = "0123456789abcdef0123456789abcdef"
SUBJECT = Subject("c1", "snow", ID, "2026-11-22 10:00:00 #4", url="https://host.example/nav_to.do")


def pages(state: str, mark: tuple[str, str] = ("2026-11-22 10:00:00", "4")) -> dict[str, Any]:
    return {
        "/api/now/table/sysapproval_approver": {"result": [{"state": state}] if state else []},
        f"/api/now/table/change_request/{ID}": {"result": {"sys_updated_on": mark[0], "sys_mod_count": mark[1]}},
    }


@pytest.mark.parametrize(("decision", "word"), [(APPROVE, "approved"), (REJECT, "rejected")])
async def test_the_own_approval_is_answered_and_the_record_that_it_moves_on_is_no_fault(
    decision: Decision, word: str
) -> None:
    made = Pages(pages("requested"), pages(word, ("2026-11-23 12:00:00", "5")))
    found = await carry(made, servicenow, SUBJECT, decision, OPTIONS)
    assert (found.state, found.detail) == ("delivered", f"the approval of this account is {word}")
    assert made.sent == [
        ("PATCH", f"/api/sn_chg_rest/change/{ID}/approvals", {"state": word, "comments": decision.reason})
    ]
    asked, params = made.asked[0]
    assert asked.endswith("/sysapproval_approver")
    assert params["sysparm_query"] == f"sysapproval={ID}^approver=javascript:gs.getUserID()"


async def test_a_record_updated_since_it_was_shown_is_left_alone() -> None:
    made = Pages(pages("requested", ("2026-11-22 11:00:00", "5")))
    found = await carry(made, servicenow, SUBJECT, APPROVE, OPTIONS)
    assert found.state == "moved"
    assert "2026-11-22 11:00:00 #5" in found.detail
    assert made.sent == []


@pytest.mark.parametrize("state", ["", "rejected"])
async def test_who_is_not_asked_decides_nothing(state: str) -> None:
    made = Pages(pages(state))
    assert (await carry(made, servicenow, SUBJECT, APPROVE, OPTIONS)).state == "moved"
    assert made.sent == []


async def test_a_call_that_ends_in_silence_is_unconfirmed() -> None:
    made = Pages(pages("requested"), {}, SourceError("timeout", "silence for too long"))
    assert (await carry(made, servicenow, SUBJECT, APPROVE, OPTIONS)).state == "unconfirmed"


def test_a_rollback_is_the_backout_plan() -> None:
    assert isinstance(servicenow.plan(SUBJECT, Decision("e", "roll back"), OPTIONS), Outside)


def test_it_knows_its_own_references() -> None:
    assert servicenow.fits(SUBJECT)
    assert servicenow.fits(Subject("c", "snow", "CHG0001", "")) is None
