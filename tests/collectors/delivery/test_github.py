"""Reviews and waiting deployments at a played GitHub: what is sent, what guards it, and how each ending is told."""

from collections.abc import Callable

import pytest

from collectors.delivery import github_deployment, github_review
from collectors.delivery.base import Action, Decision, Outside, Subject, Target
from collectors.github.settings import Settings
from scripts.real.github import Fault, GitHub
from tests.collectors.delivery.conftest import APPROVE, HEAD, LATER, OLD, REJECT, Person

PULL = Subject("c1", "github", "acme/assistants#12 prompts", HEAD, url="https://github.com/acme/assistants/pull/12")
RUN = Subject("c2", "github", "acme/assistants run 7 production", HEAD, url="https://github.com/acme/assistants")
REVIEW = "POST /repos/acme/assistants/pulls/12/reviews"
PENDING = "POST /repos/acme/assistants/actions/runs/7/pending_deployments"
BACK = Decision("e3", "roll back")


def options(site: GitHub) -> Settings:
    return Settings(("acme/assistants",), site.url)


async def test_an_approval_is_a_review_of_exactly_the_commit_that_was_shown(site: GitHub, jonas: Person) -> None:
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert (found.state, found.detail) == ("delivered", "the review of jonas is there: APPROVED")
    (review,) = site.pulls[12].reviews
    assert (review["state"], review["commit_id"], review["body"]) == ("APPROVED", HEAD, "looks right")
    assert [action.guard for action in jonas.told] == [f"head {HEAD}"]


async def test_a_rejection_requests_changes(site: GitHub, jonas: Person) -> None:
    found = await jonas.deliver(github_review, PULL, REJECT, options(site))
    assert (found.state, site.pulls[12].reviews[0]["state"]) == ("delivered", "CHANGES_REQUESTED")


async def test_delivering_twice_sends_once(site: GitHub, jonas: Person) -> None:
    await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert (await jonas.deliver(github_review, PULL, APPROVE, options(site))).state == "delivered"
    assert site.asked.count(REVIEW) == 1


async def test_the_last_word_of_a_person_counts_and_comments_do_not(site: GitHub, jonas: Person) -> None:
    await jonas.deliver(github_review, PULL, REJECT, options(site))
    await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert [review["state"] for review in site.pulls[12].reviews] == ["CHANGES_REQUESTED", "APPROVED"]
    site.answer("POST", REVIEW[5:], "ghp-CANARY-jonas", {"event": "COMMENT", "body": "by the way"})
    assert (await jonas.deliver(github_review, PULL, APPROVE, options(site))).state == "delivered"
    assert len(site.pulls[12].reviews) == 3


async def test_a_head_that_moved_is_seen_before_anything_is_sent(site: GitHub, jonas: Person) -> None:
    site.pulls[12].commits.append(LATER)
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "moved"
    assert found.detail == f"nothing was sent: the newest commit is {LATER}, shown was {HEAD}"
    assert (site.pulls[12].reviews, jonas.told) == ([], [])


async def test_a_commit_that_left_the_pull_request_is_refused_by_github_and_told_as_moved(
    site: GitHub, jonas: Person
) -> None:
    jonas.told = _Then(lambda: site.pulls[12].commits.__setitem__(slice(None), [OLD, LATER]))  # a push by force
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "moved"
    assert "422" in found.detail
    assert "not part of the pull request" in found.detail


async def test_nobody_approves_their_own_pull_request(site: GitHub) -> None:
    found = await Person("maria").deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "refused"
    assert "Can not approve your own pull request" in found.detail


async def test_a_closed_pull_request_is_no_longer_what_was_shown(site: GitHub, jonas: Person) -> None:
    site.pulls[12].state = "closed"
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert (found.state, found.detail) == ("moved", "nothing was sent: the pull request is closed")


@pytest.mark.parametrize(("subject", "call"), [(PULL, REVIEW), (RUN, PENDING)])
@pytest.mark.parametrize("fault", ["lost", "late"])
async def test_an_answer_lost_after_it_took_effect_is_found_by_reading_and_never_sent_again(
    site: GitHub, jonas: Person, subject: Subject, call: str, fault: Fault
) -> None:
    site.faults[call] = fault
    target = github_review if subject is PULL else github_deployment
    found = await jonas.deliver(target, subject, APPROVE, options(site))
    assert found.state == "delivered"
    assert "though the call itself ended so" in found.detail
    assert site.asked.count(call) == 1


async def test_a_broken_answer_without_effect_is_unconfirmed_and_never_sent_again(site: GitHub, jonas: Person) -> None:
    site.faults[REVIEW] = "broken"
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "unconfirmed"
    assert found.detail.startswith("whether the call took effect is unknown: ")
    assert site.asked.count(REVIEW) == 1


@pytest.mark.parametrize(
    ("fault", "words"), [("limited", "too many requests"), ("forbidden", "not accessible"), ("absent", "Not Found")]
)
async def test_what_github_refuses_is_refused_with_its_words(
    site: GitHub, jonas: Person, fault: Fault, words: str
) -> None:
    site.faults[REVIEW] = fault
    found = await jonas.deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "refused"
    assert words in found.detail
    assert site.asked.count(REVIEW) == 1


async def test_a_token_that_is_not_known_sends_nothing(site: GitHub) -> None:
    found = await Person("stranger").deliver(github_review, PULL, APPROVE, options(site))
    assert found.state == "recorded"
    assert found.detail.startswith("nothing was sent: GET ")
    assert site.asked == ["GET /repos/acme/assistants/pulls/12"]


async def test_a_waiting_environment_is_let_go_by_its_id(site: GitHub, jonas: Person) -> None:
    found = await jonas.deliver(github_deployment, RUN, APPROVE, options(site))
    assert (found.state, found.detail) == ("delivered", "approved by jonas")
    assert site.runs[7].waiting == {"staging": 160}
    assert site.runs[7].approvals[0]["comment"] == "looks right"


async def test_the_answer_for_another_environment_or_of_another_kind_does_not_count(
    site: GitHub, jonas: Person
) -> None:
    staging = Subject("c3", "github", "acme/assistants run 7 staging", HEAD)
    await jonas.deliver(github_deployment, staging, REJECT, options(site))
    found = await jonas.deliver(github_deployment, staging, APPROVE, options(site))
    assert (found.state, found.detail) == (
        "moved", "nothing was sent: staging waits for nobody any more, and jonas did not answer so"
    )  # fmt: skip
    assert (await jonas.deliver(github_deployment, RUN, REJECT, options(site))).state == "delivered"


async def test_a_run_of_another_commit_is_not_let_go(site: GitHub, jonas: Person) -> None:
    site.runs[7].head = LATER
    found = await jonas.deliver(github_deployment, RUN, APPROVE, options(site))
    assert (found.state, site.runs[7].approvals) == ("moved", [])


async def test_who_is_no_reviewer_is_refused(site: GitHub) -> None:
    found = await Person("lee").deliver(github_deployment, RUN, APPROVE, options(site))
    assert found.state == "refused"
    assert "No pending deployment requests" in found.detail


def test_what_would_be_sent_is_known_without_asking(site: GitHub) -> None:
    action = github_deployment.plan(RUN, REJECT, options(site))
    assert isinstance(action, Action)
    assert action.body == {
        "environment_ids": ["<id of production>"],
        "state": "rejected",
        "comment": "too short",
    }
    assert action.where == action.url


@pytest.mark.parametrize(("target", "subject"), [(github_review, PULL), (github_deployment, RUN)])
def test_a_rollback_is_for_people(target: Target, subject: Subject) -> None:
    found = target.plan(subject, BACK, Settings(("acme/assistants",)))
    assert isinstance(found, Outside)
    assert subject.url in found.words


class _Then(list[Action]):
    """A list that does something when told of an action."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def append(self, action: Action) -> None:
        super().append(action)
        self._act()
