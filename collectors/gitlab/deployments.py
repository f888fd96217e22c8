"""Turn deployments that are blocked until people approve them into changes (GitLab Premium and Ultimate)."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from collectors.answers import Doubtful, find, moment, need, raw, rows, text, whole
from collectors.base import Source
from collectors.changes import said
from collectors.gitlab.settings import Settings
from store.records import Change, Parsed, Rejected, Unrouted


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the change that a deployment waits with; one that no person must approve is none."""
    deployment = need(body, "deployment")
    environment = text(need(deployment, "environment", "name"), "environment.name")
    try:
        missing = _missing(deployment)
        if missing and any(fnmatchcase(environment, glob) for glob in settings.environments):
            yield _change(deployment, _labels(deployment, body, environment, settings), missing, source, settings)
    except Doubtful as error:
        yield Rejected(str(error), raw({"deployment": find(deployment, "id"), "environment": environment}))


def _missing(deployment: object) -> list[str]:
    """Say which approvals are missing, by rule where GitLab tells the rules."""
    told: list[str] = []
    for rule in rows(find(deployment, "approval_summary", "rules") or [], "approval_summary.rules"):
        given = rows(find(rule, "deployment_approvals") or [], "deployment_approvals")
        approved = sum(find(each, "status") == "approved" for each in given)
        wanted = whole(need(rule, "required_approvals"), "required_approvals", low=0)
        if approved < wanted:
            told.append(f"{wanted - approved} of {wanted} by {said(rule, 'access_level_description') or 'a rule'}")
    count = whole(find(deployment, "pending_approval_count") or 0, "pending_approval_count", low=0)
    return told or ([str(count)] if count else [])


def _labels(deployment: object, body: Mapping[str, object], environment: str, settings: Settings) -> dict[str, str]:
    return {
        "project": text(body.get("project"), "project"),
        "class": settings.deployment_class,
        "environment": environment,
        "job": said(deployment, "deployable", "name"),
        "branch": said(deployment, "ref"),
        "author": said(deployment, "user", "username"),
    }


def _change(
    deployment: object, labels: Mapping[str, str], missing: list[str], source: Source, settings: Settings
) -> Change | Unrouted:
    system = source.system_of(labels)
    if system is None:
        return Unrouted(labels.get(source.route.label) or labels["project"])
    title = said(deployment, "deployable", "commit", "title") or labels["branch"]
    return Change(
        system=system,
        external_id=f"{labels['project']} deployment {whole(need(deployment, 'id'), 'id', low=1)}",
        change_class=settings.deployment_class,
        title=f"deploy to {labels['environment']}: {title}",
        author=labels["author"],
        requested=moment(need(deployment, "created_at"), "created_at"),
        to_ref=labels["branch"],
        content_hash=text(need(deployment, "sha"), "sha"),
        content="\n".join(_words(deployment, labels, missing)),
        url=said(deployment, "deployable", "pipeline", "web_url"),
    )


def _words(deployment: object, labels: Mapping[str, str], missing: list[str]) -> Iterator[str]:
    yield f"job {labels['job'] or 'without a name'}, environment {labels['environment']}"
    yield f"approvals missing: {'; '.join(missing)}"
    given = rows(find(deployment, "approvals") or [], "approvals")
    yield from (f"  {said(each, 'status')} by {said(each, 'user', 'username')}" for each in given)
