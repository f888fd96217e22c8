"""Answer for a deployment that is blocked at GitLab until people approve it (Premium and Ultimate)."""

import re
from collections.abc import Iterator
from typing import Final

from collectors.answers import find, need, rows, text
from collectors.changes import said
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.delivery.gitlab import address, asked, me
from collectors.gitlab.settings import Settings

WHOLE: Final = False

_TARGET: Final = "gitlab deployment"
_DEPLOYMENT: Final = re.compile(r"(?P<project>.+) deployment (?P<number>[0-9]+)", re.DOTALL)
_STATES: Final = {"approve": "approved", "reject": "rejected"}


def fits(subject: Subject) -> re.Match[str] | None:
    """Read ``group/name deployment number``."""
    return _DEPLOYMENT.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Say approved or rejected; a deployment never changes its commit, so the guard is that it still waits."""
    if decision.verdict == "roll back":
        return Outside(_TARGET, f"deploy the version before again, from {subject.url}")
    body = {"status": _STATES[decision.verdict], "comment": decision.reason}
    return Action(_TARGET, "POST", f"{_place(subject, options)}/approval", body, f"sha {subject.content_hash}")


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:
    """Look whether the deployment is of the commit, what this account answered, and whether it still waits."""
    deployment = await asked(door, _place(subject, options))
    sha, status = text(need(deployment, "sha"), "sha"), said(deployment, "status")
    if sha != subject.content_hash:
        return Seen("moved", f"the deployment is of commit {sha}, shown was {subject.content_hash}")
    login = await me(door, options)
    if _STATES[decision.verdict] in (said(each, "status") for each in _given(deployment, login)):
        return Seen("done", f"{_STATES[decision.verdict]} by {login}", login)
    words = f"the deployment is {status}, {login} did not answer so"
    return Seen("waiting" if status == "blocked" else "moved", words, login)


def _given(deployment: object, login: str) -> Iterator[object]:
    """Give what this account answered, whichever of the two ways GitLab tells it."""
    found = [*rows(find(deployment, "approvals") or [], "approvals")]
    for rule in rows(find(deployment, "approval_summary", "rules") or [], "approval_summary.rules"):
        found += rows(find(rule, "deployment_approvals") or [], "deployment_approvals")
    yield from (each for each in found if said(each, "user", "username") == login)


def _place(subject: Subject, options: Settings) -> str:
    project, _, number = subject.external_id.rpartition(" deployment ")
    return address(options, project, f"deployments/{number}")
