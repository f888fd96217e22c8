"""Turn a merge request with its files, approvals and pipeline into the changes that it proposes."""

from collections.abc import Iterator, Mapping
from typing import Final

from collectors.answers import Doubtful, find, moment, need, raw, rows, text, whole
from collectors.base import Source
from collectors.changes import said, worded
from collectors.gitlab.asking import touched
from collectors.gitlab.settings import Settings
from collectors.proposals import Proposal
from store.records import ChangeState, Parsed, Rejected

_ENDED: Final[Mapping[str, tuple[ChangeState, str]]] = {
    "merged": ("applied", "merged"),
    "closed": ("withdrawn", "closed without a merge"),
}
_REFUSED: Final = "requested_changes"


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one change a name among the rules, pending until the approvals settle it; a closed one as it ended."""
    merge = need(body, "merge")
    try:
        yield from _proposal(merge, body, settings).changes(settings.paths, source)
    except Doubtful as error:
        yield Rejected(str(error), raw({name: find(merge, name) for name in ("iid", "title", "created_at")}))


def _proposal(merge: object, body: Mapping[str, object], settings: Settings) -> Proposal:
    project = text(body.get("project"), "project")
    tags = [text(each, "labels[]") for each in rows(find(merge, "labels") or [], "labels")]
    state, words = _standing(merge, body, settings)
    return Proposal(
        place=project,
        reference=f"{project}!{whole(need(merge, 'iid'), 'iid', low=1)}",
        title=text(need(merge, "title"), "title"),
        state=state,
        author=said(merge, "author", "username"),
        requested=moment(need(merge, "created_at"), "created_at"),
        target=said(merge, "target_branch"),
        branch=said(merge, "source_branch"),
        head=said(merge, "sha"),
        url=said(merge, "web_url"),
        risk=next((settings.risks[tag] for tag in tags if tag in settings.risks), ""),
        files=tuple(touched(each) for each in rows(body.get("files"), "diffs")),
        is_cut=body.get("is_cut") is True,
        labels=worded(tags) | {"project": project},
        words=words,
    )


def _standing(merge: object, body: Mapping[str, object], settings: Settings) -> tuple[ChangeState, tuple[str, ...]]:
    """Say how it stands with the merge request, in a state and in words."""
    if ended := _ENDED.get(text(need(merge, "state"), "state")):
        return ended[0], (ended[1],)
    state, words = _approval(body.get("approvals"), settings)
    people = ", ".join(said(each, "username") for each in rows(find(merge, "reviewers") or [], "reviewers"))
    told = [words, f"asked of {people}"] if people else [words]
    if _REFUSED in (find(merge, "detailed_merge_status"), find(body.get("single"), "detailed_merge_status")):
        state, told = "rejected", [*told, "a reviewer requested changes"]
    return state, ("; ".join(told), _pipeline(body.get("single")))


def _approval(approvals: object, settings: Settings) -> tuple[ChangeState, str]:
    if approvals is None:
        return "pending", "approvals: this token may not read them"
    found = rows(find(approvals, "approved_by") or [], "approved_by")
    by = [said(each, "user", "username") for each in found]
    wanted = whole(find(approvals, "approvals_required") or 0, "approvals_required", low=0)
    left = whole(find(approvals, "approvals_left") or 0, "approvals_left", low=0)
    if not wanted:
        wanted, left = settings.approvals, max(settings.approvals - len(by), 0)
    told = f"approvals ({wanted - left} of {wanted}): {', '.join(by) or 'nobody yet'}"
    return ("pending" if left else "approved"), told


def _pipeline(single: object) -> str:
    if single is None:
        return "pipeline: this token may not read it"
    return f"pipeline: {said(single, 'head_pipeline', 'status') or 'none'}"
