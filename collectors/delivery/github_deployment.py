"""Let a deployment that waits at GitHub go on, or stop it: for one environment of one run at the commit shown."""

import re
from typing import Final

from collectors.answers import find, need, rows, text, whole
from collectors.changes import said
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.delivery.github import address, asked, headers, me
from collectors.github.settings import Settings

WHOLE: Final = False

_TARGET: Final = "github deployment"
_RUN: Final = re.compile(
    r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+) run (?P<run>[0-9]+) (?P<environment>.+)", re.DOTALL
)
_STATES: Final = {"approve": "approved", "reject": "rejected"}


def fits(subject: Subject) -> re.Match[str] | None:
    """Read ``owner/name run number environment``."""
    return _RUN.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Answer for the environment; its id is read with the guard, because a change does not carry it."""
    if decision.verdict == "roll back":
        return Outside(_TARGET, f"deploy the version before again, from {subject.url}")
    path, environment = _parts(subject)
    url = address(options, f"{path}/pending_deployments")
    body = {
        "environment_ids": [f"<id of {environment}>"],
        "state": _STATES[decision.verdict],
        "comment": decision.reason,
    }
    return Action(_TARGET, "POST", url, body, f"head_sha {subject.content_hash}", headers(options), where=url)


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:
    """Look whether the run still is of the commit, who answered, and whether the environment still waits."""
    path, environment = _parts(subject)
    head = text(need(await asked(door, options, path), "head_sha"), "head_sha")
    if head != subject.content_hash:
        return Seen("moved", f"the run is of commit {head}, shown was {subject.content_hash}")
    login = await me(door, options)
    for each in rows(await asked(door, options, f"{path}/approvals"), "approvals"):
        names = [find(entry, "name") for entry in rows(find(each, "environments") or [], "environments")]
        if environment in names and said(each, "user", "login") == login:
            state = said(each, "state")
            if state == _STATES[decision.verdict]:
                return Seen("done", f"{state} by {login}", login)
    for each in rows(await asked(door, options, f"{path}/pending_deployments"), "pending_deployments"):
        if find(each, "environment", "name") == environment:
            number = whole(need(each, "environment", "id"), "environment.id", low=1)
            return Seen("waiting", f"{environment} waits", login, {"environment_ids": [number]})
    return Seen("moved", f"{environment} waits for nobody any more, and {login} did not answer so")


def _parts(subject: Subject) -> tuple[str, str]:
    repository, _, rest = subject.external_id.partition(" run ")
    run, _, environment = rest.partition(" ")
    return f"repos/{repository}/actions/runs/{run}", environment
