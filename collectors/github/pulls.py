"""Turn a pull request with its files, reviews and checks into the changes that it proposes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.answers import Doubtful, find, moment, need, raw, rows, text, whole
from collectors.base import Source
from collectors.changes import said, worded
from collectors.github.asking import touched
from collectors.github.settings import Settings
from collectors.proposals import Proposal
from store.records import ChangeState, Parsed, Rejected

_COUNTING: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_FAILED: Final = frozenset(
    {"failure", "error", "timed_out", "cancelled", "action_required", "startup_failure", "stale"}
)
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Review:
    """What the reviewers said last: who approved this commit, who an older one, who asked for changes, who is asked."""

    approved: tuple[str, ...]
    outdated: tuple[str, ...]
    refused: tuple[str, ...]
    asked: tuple[str, ...]

    def state(self, wanted: int) -> ChangeState:
        if self.refused:
            return "rejected"
        return "approved" if len(self.approved) >= wanted else "pending"

    def words(self, wanted: int) -> str:
        said = {
            "approved by": self.approved,
            "an older commit approved by": self.outdated,
            "changes requested by": self.refused,
            "asked of": self.asked,
        }
        told = [f"{what} {', '.join(who)}" for what, who in said.items() if who]
        return f"review ({len(self.approved)} of {wanted}): {'; '.join(told) or 'nobody yet'}"


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one change a name among the rules, pending until the reviews settle it; a closed one as it ended."""
    pull = need(body, "pull")
    try:
        yield from _proposal(pull, body, settings).changes(settings.paths, source)
    except Doubtful as error:
        yield Rejected(str(error), raw({name: find(pull, name) for name in ("number", "title", "created_at")}))


def _proposal(pull: object, body: Mapping[str, object], settings: Settings) -> Proposal:
    repository = text(body.get("repository"), "repository")
    tags = [text(need(each, "name"), "labels[].name") for each in rows(find(pull, "labels") or [], "labels")]
    state, words = _standing(pull, body, settings)
    return Proposal(
        place=repository,
        reference=f"{repository}#{whole(need(pull, 'number'), 'number', low=1)}",
        title=text(need(pull, "title"), "title"),
        state=state,
        author=said(pull, "user", "login"),
        requested=moment(need(pull, "created_at"), "created_at"),
        target=said(pull, "base", "ref"),
        branch=said(pull, "head", "ref"),
        head=text(need(pull, "head", "sha"), "head.sha"),
        url=said(pull, "html_url"),
        risk=next((settings.risks[tag] for tag in tags if tag in settings.risks), ""),
        files=tuple(touched(each) for each in rows(body.get("files"), "files")),
        is_cut=body.get("is_cut") is True,
        labels=worded(tags) | {"repository": repository},
        words=words,
    )


def _standing(pull: object, body: Mapping[str, object], settings: Settings) -> tuple[ChangeState, tuple[str, ...]]:
    """Say how it stands with the pull request, in a state and in words."""
    if need(pull, "state") != "open":
        return ("applied", ("merged",)) if find(pull, "merged_at") else ("withdrawn", ("closed without a merge",))
    review = _review(pull, rows(body.get("reviews"), "reviews"))
    return review.state(settings.approvals), (review.words(settings.approvals), _checks(body))


def _review(pull: object, reviews: list[object]) -> _Review:
    head = text(need(pull, "head", "sha"), "head.sha")
    people = [said(each, "login") for each in rows(find(pull, "requested_reviewers") or [], "requested_reviewers")]
    teams = [f"team {said(each, 'slug')}" for each in rows(find(pull, "requested_teams") or [], "requested_teams")]
    last: dict[str, tuple[str, str]] = {}
    for each in reviews:
        word = text(need(each, "state"), "reviews[].state")
        if word in _COUNTING:
            last[said(each, "user", "login")] = (word, said(each, "commit_id"))
    approved = {who: commit for who, (word, commit) in last.items() if word == "APPROVED"}
    return _Review(
        approved=tuple(who for who, commit in approved.items() if commit == head),
        outdated=tuple(who for who, commit in approved.items() if commit != head),
        refused=tuple(who for who, (word, _) in last.items() if word == "CHANGES_REQUESTED" and who not in people),
        asked=(*people, *teams),
    )


def _checks(body: Mapping[str, object]) -> str:
    if body.get("checks") is None and body.get("statuses") is None:
        return "checks: this token may not read them"
    runs, statuses = rows(body.get("checks") or [], "check_runs"), rows(body.get("statuses") or [], "statuses")
    ended = [(said(each, "name"), said(each, "conclusion") or "pending") for each in runs]
    ended += [(said(each, "context"), said(each, "state")) for each in statuses]
    failed = [name for name, word in ended if word in _FAILED]
    running = sum(word == "pending" for _, word in ended)
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    told = [f"{len(failed)} failed ({', '.join(failed[:_NAMED])}{more})"] if failed else []
    told += [f"{running} running"] if running else []
    told += [f"{passed} passed"] if (passed := len(ended) - len(failed) - running) else []
    return f"checks: {', '.join(told) or 'none'}"
