"""Turn a pull request with its files, reviews and checks into the changes that it proposes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.answers import Doubtful, find, moment, need, raw, rows, text, whole
from collectors.base import Source
from collectors.changes import Part, PathRule, parts, said, size_lines, worded
from collectors.github.asking import touched
from collectors.github.settings import Settings
from store.records import Change, ChangeState, Parsed, Rejected, Unrouted

_UNSEEN: Final = PathRule("config", ())
"""What a pull request counts as whose files are too many to be looked at."""

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
        yield from _changes(pull, body, source, settings)
    except Doubtful as error:
        yield Rejected(str(error), raw({name: find(pull, name) for name in ("number", "title", "created_at")}))


def _changes(pull: object, body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    files = tuple(touched(each) for each in rows(body.get("files"), "files"))
    tags = [text(need(each, "name"), "labels[].name") for each in rows(find(pull, "labels") or [], "labels")]
    risk = next((settings.risks[tag] for tag in tags if tag in settings.risks), "")
    state, words = _standing(pull, body, settings)
    rest = [f"only the first {len(files)} files were looked at"] if body.get("is_cut") else []
    for part in parts(files, settings.paths) or [Part(_UNSEEN, ())]:
        labels = _labels(pull, body, part.rule, tags)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label) or labels["repository"])
            continue
        yield Change(
            system=system,
            external_id=" ".join(filter(None, (_reference(pull, labels["repository"]), part.rule.name))),
            change_class=part.rule.change_class,
            title=text(need(pull, "title"), "title"),
            state=state,
            author=labels["author"],
            requested=moment(need(pull, "created_at"), "created_at"),
            from_ref=said(pull, "base", "ref"),
            to_ref=labels["branch"],
            content_hash=text(need(pull, "head", "sha"), "head.sha"),
            content="\n".join([*size_lines(files, part.files), *rest, *words]),
            risk=risk or part.rule.risk,
            url=said(pull, "html_url"),
        )


def _labels(pull: object, body: Mapping[str, object], rule: PathRule, tags: list[str]) -> dict[str, str]:
    known = {
        "repository": text(body.get("repository"), "repository"),
        "class": rule.change_class,
        "rule": rule.name,
        "author": said(pull, "user", "login"),
        "branch": said(pull, "head", "ref"),
    }
    return worded(tags) | known


def _reference(pull: object, repository: str) -> str:
    return f"{repository}#{whole(need(pull, 'number'), 'number', low=1)}"


def _standing(pull: object, body: Mapping[str, object], settings: Settings) -> tuple[ChangeState, list[str]]:
    """Say how it stands with the pull request, in a state and in words."""
    if need(pull, "state") != "open":
        return ("applied", ["merged"]) if find(pull, "merged_at") else ("withdrawn", ["closed without a merge"])
    review = _review(pull, rows(body.get("reviews"), "reviews"))
    return review.state(settings.approvals), [review.words(settings.approvals), _checks(body)]


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
