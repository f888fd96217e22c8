"""Merge requests and blocked deployments at GitLab."""

from typing import Any

import pytest

from collectors.delivery import gitlab_deployment, gitlab_merge
from collectors.delivery.base import Decision, Outside, Subject, Target
from collectors.gitlab.settings import Settings
from store.errors import SourceError
from tests.collectors.delivery.conftest import APPROVE, HEAD, LATER, REJECT, Pages, carry

OPTIONS = Settings(("acme/bots",), "https://host.example")
MERGE = Subject("c1", "gitlab", "acme/bots!7 prompts", HEAD, url="https://host.example/acme/bots/-/merge_requests/7")
DEPLOY = Subject("c2", "gitlab", "acme/bots deployment 9", HEAD, url="https://host.example/pipelines/3")
PLACE = "/api/v4/projects/acme%2Fbots"
ME = {"/api/v4/user": {"username": "jonas"}}


def merge(sha: str = HEAD, state: str = "opened", by: tuple[str, ...] = ()) -> dict[str, Any]:
    approved = [{"user": {"username": login}} for login in by]
    return {
        **ME,
        f"{PLACE}/merge_requests/7": {"iid": 7, "sha": sha, "state": state},
        f"{PLACE}/merge_requests/7/approvals": {"approved_by": approved},
    }


def deployment(status: str = "blocked", given: tuple[tuple[str, str], ...] = (), sha: str = HEAD) -> dict[str, Any]:
    said = [{"user": {"username": who}, "status": word} for who, word in given]
    return {**ME, f"{PLACE}/deployments/9": {"id": 9, "sha": sha, "status": status, "approvals": said}}


async def test_an_approval_names_the_commit() -> None:
    pages = Pages(merge(by=("lee",)), merge(by=("lee", "jonas")))
    found = await carry(pages, gitlab_merge, MERGE, APPROVE, OPTIONS)
    assert (found.state, found.detail) == ("delivered", "approved by jonas")
    assert pages.sent == [("POST", f"{PLACE}/merge_requests/7/approve", {"sha": HEAD})]


@pytest.mark.parametrize(("sha", "state"), [(LATER, "opened"), ("", "opened"), (HEAD, "merged")])
async def test_what_moved_or_ended_is_not_approved(sha: str, state: str) -> None:
    pages = Pages(merge(sha, state))
    assert (await carry(pages, gitlab_merge, MERGE, APPROVE, OPTIONS)).state == "moved"
    assert pages.sent == []


async def test_a_commit_that_moves_between_look_and_call_is_moved_and_not_only_refused() -> None:
    conflict = SourceError("status", "answered 409", status=409)
    found = await carry(Pages(merge(), merge(LATER), conflict), gitlab_merge, MERGE, APPROVE, OPTIONS)
    assert found.state == "moved"


def test_gitlab_knows_no_rejection_and_no_rollback_of_a_merge_request() -> None:
    for decision in (REJECT, Decision("e", "roll back")):
        found = gitlab_merge.plan(MERGE, decision, OPTIONS)
        assert isinstance(found, Outside)
        assert MERGE.url in found.words


@pytest.mark.parametrize(("decision", "word"), [(APPROVE, "approved"), (REJECT, "rejected")])
async def test_a_blocked_deployment_is_answered(decision: Decision, word: str) -> None:
    pages = Pages(deployment(given=(("lee", "approved"),)), deployment("running", (("jonas", word),)))
    found = await carry(pages, gitlab_deployment, DEPLOY, decision, OPTIONS)
    assert (found.state, found.detail) == ("delivered", f"{word} by jonas")
    assert pages.sent == [("POST", f"{PLACE}/deployments/9/approval", {"status": word, "comment": decision.reason})]


async def test_answers_told_by_rule_count_too() -> None:
    rules = {"rules": [{"deployment_approvals": [{"user": {"username": "jonas"}, "status": "approved"}]}]}
    pages = Pages({**ME, f"{PLACE}/deployments/9": {"sha": HEAD, "status": "blocked", "approval_summary": rules}})
    assert (await carry(pages, gitlab_deployment, DEPLOY, APPROVE, OPTIONS)).state == "delivered"
    assert pages.sent == []


@pytest.mark.parametrize("answers", [deployment("running"), deployment(sha=LATER)])
async def test_a_deployment_that_waits_no_more_or_is_of_another_commit_is_left_alone(answers: dict[str, Any]) -> None:
    pages = Pages(answers)
    assert (await carry(pages, gitlab_deployment, DEPLOY, APPROVE, OPTIONS)).state == "moved"
    assert pages.sent == []


def test_a_deployment_is_rolled_back_by_people() -> None:
    assert isinstance(gitlab_deployment.plan(DEPLOY, Decision("e", "roll back"), OPTIONS), Outside)


@pytest.mark.parametrize(("target", "other"), [(gitlab_merge, DEPLOY), (gitlab_deployment, MERGE)])
def test_each_target_knows_its_own_references(target: Target, other: Subject) -> None:
    assert target.fits(other) is None
