"""Approve a merge request at GitLab, at exactly the commit that was shown; it knows no rejection."""

import re
from typing import Final

from collectors.answers import find, need, rows, text
from collectors.changes import said
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.delivery.gitlab import address, asked, me
from collectors.gitlab.settings import Settings

WHOLE: Final = True

_TARGET: Final = "gitlab merge request"
_MERGE: Final = re.compile(r"(?P<project>[^!]+)!(?P<number>[0-9]+)(?: .*)?", re.DOTALL)


def fits(subject: Subject) -> re.Match[str] | None:
    """Read ``group/name!number``."""
    return _MERGE.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Approve with the commit, which GitLab compares itself (409 where it differs)."""
    if decision.verdict == "reject":
        return Outside(_TARGET, f"GitLab has no rejection to send; request changes or close it at {subject.url}")
    if decision.verdict == "roll back":
        return Outside(_TARGET, f"revert the merge request at {subject.url}")
    sha = subject.content_hash
    return Action(_TARGET, "POST", f"{_place(subject, options)}/approve", {"sha": sha}, f"sha {sha}")


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:  # noqa: ARG001  # one shape
    """Look whether the commit is still the newest of an open merge request, and whether this account approved."""
    merge = await asked(door, _place(subject, options))
    state, sha = text(need(merge, "state"), "state"), said(merge, "sha")
    if sha != subject.content_hash:
        return Seen("moved", f"the newest commit is {sha or 'none'}, shown was {subject.content_hash}")
    login = await me(door, options)
    approvals = await asked(door, f"{_place(subject, options)}/approvals")
    by = [said(each, "user", "username") for each in rows(find(approvals, "approved_by") or [], "approved_by")]
    if login in by:
        return Seen("done", f"approved by {login}", login)
    words = f"the merge request is {state}, {login} did not approve"
    return Seen("waiting" if state == "opened" else "moved", words, login)


def _place(subject: Subject, options: Settings) -> str:
    project, _, rest = subject.external_id.partition("!")
    return address(options, project, f"merge_requests/{rest.partition(' ')[0]}")
