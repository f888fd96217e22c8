"""Write what the played GitHub answers, field by field as its REST description names them."""

from dataclasses import dataclass, field
from typing import Any, Final

WHEN: Final = "2026-11-23T08:00:00Z"
REPOSITORY: Final = "acme/assistants"

_PULL_LINKS: Final = (
    *("url", "diff_url", "patch_url", "issue_url", "commits_url", "review_comments_url", "review_comment_url"),
    *("comments_url", "statuses_url"),
)
_RUN_LINKS: Final = (
    *("url", "jobs_url", "logs_url", "check_suite_url", "artifacts_url", "cancel_url", "rerun_url", "workflow_url"),
)
_DOCS: Final = "https://docs.github.com/rest"


@dataclass
class Pull:
    """A pull request: its commits, the newest last, the files that it touches, and when it was opened and ended."""

    number: int
    title: str
    author: str
    commits: list[str]
    files: tuple[str, ...] = ("prompts/support.txt",)
    labels: tuple[str, ...] = ()
    state: str = "open"
    merged: bool = False
    opened: str = WHEN
    ended: str = WHEN
    reviews: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Run:
    """A workflow run that waits for the reviewers of its environments (name to id)."""

    number: int
    title: str
    actor: str
    head: str
    waiting: dict[str, int]
    reviewers: tuple[str, ...]
    approvals: list[dict[str, Any]] = field(default_factory=list)


def user(login: str) -> dict[str, Any]:
    """Write a simple user."""
    place = f"https://api.github.com/users/{login}"
    links = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    return {
        "login": login,
        "id": sum(map(ord, login)),
        "node_id": f"U_{login}",
        "avatar_url": f"https://avatars.githubusercontent.com/{login}",
        "gravatar_id": "",
        "url": place,
        "html_url": f"https://github.com/{login}",
        **{f"{link}_url": f"{place}/{link}" for link in links},
        "received_events_url": f"{place}/received_events",
        "type": "User",
        "site_admin": False,
    }


def said(message: str, *errors: str) -> dict[str, Any]:
    """Write an error."""
    return {"message": message, "documentation_url": _DOCS} | ({"errors": list(errors)} if errors else {})


def pull_request(pull: Pull) -> dict[str, Any]:
    """Write a pull request."""
    closed = None if pull.state == "open" else pull.ended
    place = f"https://api.github.com/repos/{REPOSITORY}/pulls/{pull.number}"
    return {
        **dict.fromkeys(_PULL_LINKS, place),
        "id": 9000 + pull.number,
        "node_id": f"PR_{pull.number}",
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "draft": False,
        "title": pull.title,
        "user": user(pull.author),
        "body": None,
        "labels": [{"id": number, "name": name, "color": "ededed"} for number, name in enumerate(pull.labels, 1)],
        "created_at": pull.opened,
        "updated_at": closed or pull.opened,
        "closed_at": closed,
        "merged_at": closed if pull.merged else None,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": {"label": f"acme:change-{pull.number}", "ref": f"change-{pull.number}", "sha": pull.commits[-1]},
        "base": {"label": "acme:main", "ref": "main", "sha": "0" * 40},
        "html_url": f"https://github.com/{REPOSITORY}/pull/{pull.number}",
        "author_association": "MEMBER",
        "milestone": None,
        "auto_merge": None,
        "_links": {"self": {"href": place}},
    }


def workflow_run(run: Run) -> dict[str, Any]:
    """Write a workflow run."""
    place = f"https://api.github.com/repos/{REPOSITORY}/actions/runs/{run.number}"
    return {
        "id": run.number,
        "node_id": f"WFR_{run.number}",
        "name": "deploy",
        "display_title": run.title,
        "head_branch": "main",
        "head_sha": run.head,
        "path": ".github/workflows/deploy.yml",
        "run_number": 7,
        "event": "push",
        "status": "waiting" if run.waiting else "completed",
        "conclusion": None if run.waiting else "success",
        "workflow_id": 3,
        **dict.fromkeys(_RUN_LINKS, place),
        "pull_requests": [],
        "head_commit": None,
        "repository": {"full_name": REPOSITORY},
        "head_repository": {"full_name": REPOSITORY},
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{run.number}",
        "created_at": WHEN,
        "updated_at": WHEN,
        "run_started_at": WHEN,
        "actor": user(run.actor),
        "triggering_actor": user(run.actor),
    }


def environment(name: str, number: int) -> dict[str, Any]:
    """Write an environment."""
    place = f"repos/{REPOSITORY}/environments/{name}"
    return {
        "id": number,
        "node_id": f"EN_{number}",
        "name": name,
        "url": f"https://api.github.com/{place}",
        "html_url": f"https://github.com/{REPOSITORY}/deployments/activity_log?environments_filter={name}",
    }


def deployment(run: Run, name: str, number: int) -> dict[str, Any]:
    """Write a deployment."""
    place = f"https://api.github.com/repos/{REPOSITORY}"
    return {
        "url": f"{place}/deployments/{number}",
        "id": number,
        "node_id": f"DE_{number}",
        "sha": run.head,
        "ref": "main",
        "task": "deploy",
        "payload": {},
        "environment": name,
        "description": None,
        "creator": user(run.actor),
        "created_at": WHEN,
        "updated_at": WHEN,
        "statuses_url": f"{place}/deployments/{number}/statuses",
        "repository_url": place,
    }


def review(pull: Pull, login: str, commit: str, state: str, body: str) -> dict[str, Any]:
    """Write the next review of a pull request."""
    place = f"https://github.com/{REPOSITORY}/pull/{pull.number}"
    return {
        "id": 100 + len(pull.reviews),
        "node_id": f"PRR_{len(pull.reviews)}",
        "user": user(login),
        "body": body,
        "state": state,
        "html_url": f"{place}#pullrequestreview-{100 + len(pull.reviews)}",
        "pull_request_url": f"https://api.github.com/repos/{REPOSITORY}/pulls/{pull.number}",
        "_links": {"html": {"href": place}, "pull_request": {"href": place}},
        "submitted_at": WHEN,
        "commit_id": commit,
        "author_association": "MEMBER",
    }
