"""Turn deployments that wait for the reviewers of an environment into changes."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from collectors.answers import Doubtful, find, moment, need, raw, rows, text, whole
from collectors.base import Source
from collectors.changes import said
from collectors.github.settings import Settings
from store.records import Change, Parsed, Rejected, Unrouted


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one change an environment that people must approve; one that only waits for a timer is none."""
    run = need(body, "run")
    for each in rows(body.get("pending"), "pending_deployments"):
        environment = text(need(each, "environment", "name"), "environment.name")
        is_wanted = any(fnmatchcase(environment, glob) for glob in settings.environments)
        reviewers = [_reviewer(entry) for entry in rows(find(each, "reviewers") or [], "reviewers")]
        if not is_wanted or not reviewers:
            continue
        try:
            yield _change(run, each, _labels(run, body, environment, settings), reviewers, source, settings)
        except Doubtful as error:
            yield Rejected(str(error), raw({"run": find(run, "id"), "environment": environment}))


def _labels(run: object, body: Mapping[str, object], environment: str, settings: Settings) -> dict[str, str]:
    return {
        "repository": text(body.get("repository"), "repository"),
        "class": settings.deployment_class,
        "environment": environment,
        "workflow": said(run, "name"),
        "branch": said(run, "head_branch"),
        "author": said(run, "triggering_actor", "login") or said(run, "actor", "login"),
    }


def _change(
    run: object,
    waiting: object,
    labels: Mapping[str, str],
    reviewers: list[str],
    source: Source,
    settings: Settings,
) -> Change | Unrouted:
    system = source.system_of(labels)
    if system is None:
        return Unrouted(labels.get(source.route.label) or labels["repository"])
    number = whole(need(run, "id"), "workflow_runs[].id", low=1)
    sha = text(need(run, "head_sha"), "workflow_runs[].head_sha")
    title = text(need(run, "display_title"), "workflow_runs[].display_title")
    since = find(waiting, "wait_timer_started_at") or find(run, "run_started_at") or need(run, "created_at")
    return Change(
        system=system,
        external_id=f"{labels['repository']} run {number} {labels['environment']}",
        change_class=settings.deployment_class,
        title=f"deploy to {labels['environment']}: {title}",
        author=labels["author"],
        requested=moment(since, "workflow_runs[].created_at"),
        to_ref=labels["branch"],
        content_hash=sha,
        content="\n".join(_words(run, waiting, labels, reviewers)),
        url=said(run, "html_url"),
    )


def _words(run: object, waiting: object, labels: Mapping[str, str], reviewers: list[str]) -> Iterator[str]:
    yield f"workflow {labels['workflow'] or 'without a name'}, started by {said(run, 'event') or 'an unknown event'}"
    yield f"environment {labels['environment']} wants the approval of one of: {', '.join(reviewers)}"
    minutes = whole(find(waiting, "wait_timer") or 0, "wait_timer", low=0)
    if minutes:
        yield f"and a wait of {minutes} minutes"


def _reviewer(entry: object) -> str:
    team = said(entry, "reviewer", "slug")
    return f"team {team}" if team else said(entry, "reviewer", "login")
