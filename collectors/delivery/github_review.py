"""Review a pull request at GitHub: approve or request changes of exactly the commit that was shown."""

import re
from typing import Final

from collectors.answers import find, need, text
from collectors.changes import said
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.delivery.github import address, asked, headers, listed, me
from collectors.github.settings import Settings

WHOLE: Final = True

_TARGET: Final = "github review"
_PULL: Final = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)#(?P<number>[0-9]+)(?: .*)?", re.DOTALL)
_STATES: Final = {"approve": "APPROVED", "reject": "CHANGES_REQUESTED"}
_EVENTS: Final = {"approve": "APPROVE", "reject": "REQUEST_CHANGES"}
_COUNTING: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


def fits(subject: Subject) -> re.Match[str] | None:
    """Read ``owner/name#number``."""
    return _PULL.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Post one review that names the commit; GitHub asks for words where changes are requested."""
    if decision.verdict == "roll back":
        return Outside(_TARGET, f"revert the pull request at {subject.url}")
    body = {"commit_id": subject.content_hash, "event": _EVENTS[decision.verdict], "body": decision.reason}
    url = address(options, f"{_path(subject)}/reviews")
    return Action(_TARGET, "POST", url, body, f"head {subject.content_hash}", headers(options))


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:
    """Look whether the commit is still the newest of an open pull request, and what this account last said of it."""
    pull = await asked(door, options, _path(subject))
    head, state = text(need(pull, "head", "sha"), "head.sha"), text(need(pull, "state"), "state")
    login, last = await me(door, options), ("", "")
    async for each in listed(door, options, f"{_path(subject)}/reviews"):
        word = said(each, "state")
        if word in _COUNTING and find(each, "user", "login") == login:
            last = (word, said(each, "commit_id"))
    if last == (_STATES[decision.verdict], subject.content_hash):
        return Seen("done", f"the review of {login} is there: {last[0]}", login)
    if state != "open":
        return Seen("moved", f"the pull request is {state}")
    if head != subject.content_hash:
        return Seen("moved", f"the newest commit is {head}, shown was {subject.content_hash}")
    return Seen("waiting", f"no such review of {login} is there", login)


def _path(subject: Subject) -> str:
    repository, _, rest = subject.external_id.partition("#")
    return f"repos/{repository}/pulls/{rest.partition(' ')[0]}"
