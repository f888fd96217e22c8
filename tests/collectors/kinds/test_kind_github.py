"""GitHub: what waits for review, who said what of which commit, checks in words, deployments that people must approve."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.access import Credentials
from collectors.base import Source
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.kinds.github import KIND, PathRule, Settings
from collectors.refusals import refusal
from store.errors import SourceError
from store.records import Change, Rejected, Unrouted
from tests.collectors.kinds.case import NOW, WINDOW, Asked

ONE = Settings(("acme/assistants",), risks={"risk: high": "high"})
HEAD = "a" * 40
Gather = Callable[..., Any]


@pytest.fixture
def recorded(fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, one_system: Source) -> dict[str, Change]:
    http = exchange(fixtures / "github" / "exchange.json")
    found = gather("github", ONE, WINDOW, one_system, http)
    return {each.external_id: each for each in found if isinstance(each, Change)}


def test_what_waits_and_what_ended_in_the_window_is_listed(recorded: dict[str, Change]) -> None:
    assert {name: (each.change_class, each.state) for name, each in recorded.items()} == {
        "acme/assistants#41": ("prompt", "pending"),
        "acme/assistants#44": ("model", "rejected"),
        "acme/assistants#40": ("guardrail", "applied"),
        "acme/assistants run 9001 support-bot": ("config", "pending"),
    }


def test_a_pull_request_says_who_what_how_large_and_how_its_checks_stand(recorded: dict[str, Change]) -> None:
    pull = recorded["acme/assistants#41"]
    assert (pull.title, pull.author, pull.risk) == ("Shorter refusals in the support prompt", "maria", "high")
    assert (pull.from_ref, pull.to_ref, pull.content_hash) == ("main", "prompt/shorter", "41" + "a" * 38)
    assert pull.requested == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
    assert pull.url == "https://github.com/acme/assistants/pull/41"
    assert pull.content.split("\n") == [
        "3 files changed, +16 -3; of declared paths 2:",
        "  prompts/support/system.md, +10 -2",
        "  prompts/support/refusal.md, +2 -1",
        "review (0 of 1): an older commit approved by lee; asked of jonas, team llm-ops",
        "checks: 1 failed (golden-set 1), 1 running, 2 passed",
    ]


def test_a_merged_one_is_applied_and_its_lines_are_not_kept(recorded: dict[str, Change]) -> None:
    merged = recorded["acme/assistants#40"]
    assert merged.content.split("\n")[-1] == "merged"
    assert not [each for each in recorded.values() if "private" in repr(each) or "not for here" in repr(each)]


def test_a_deployment_names_its_environment_its_commit_and_who_may_approve(recorded: dict[str, Change]) -> None:
    run = recorded["acme/assistants run 9001 support-bot"]
    assert (run.title, run.author, run.to_ref) == ("deploy to support-bot: Release the support bot", "jonas", "main")
    assert (run.content_hash, run.requested) == ("9" * 40, datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert run.content.split("\n") == [
        "workflow release, started by push",
        "environment support-bot wants the approval of one of: team llm-ops, lee",
        "and a wait of 30 minutes",
    ]


def _pull(**changed: Any) -> dict[str, Any]:
    pull = {
        "number": 7,
        "title": "t",
        "state": "open",
        "created_at": "2026-11-20T09:15:00Z",
        "updated_at": "2026-11-22T09:15:00Z",
        "closed_at": None,
        "head": {"sha": HEAD, "ref": "topic"},
        "base": {"ref": "main"},
        "user": {"login": "maria"},
    }
    return pull | changed


def _file(name: str, added: int = 1, removed: int = 0, **more: Any) -> dict[str, Any]:
    return {"filename": name, "additions": added, "deletions": removed, **more}


def _told(**changed: Any) -> bytes:
    told = {"repository": "acme/x", "pull": _pull(), "files": [_file("prompts/a.md")], "reviews": [], "checks": None}
    return json.dumps(told | changed).encode()


def _review(who: str, state: str, commit: str = HEAD) -> dict[str, Any]:
    return {"user": {"login": who}, "state": state, "commit_id": commit}


@pytest.mark.parametrize(
    ("reviews", "asked", "wanted", "state", "words"),
    [
        ([], [], 1, "pending", "review (0 of 1): nobody yet"),
        ([_review("lee", "APPROVED")], [], 1, "approved", "review (1 of 1): approved by lee"),
        ([_review("lee", "APPROVED")], [], 2, "pending", "review (1 of 2): approved by lee"),
        ([_review("lee", "APPROVED"), _review("jo", "APPROVED")], [], 2, "approved", "approved by lee, jo"),
        ([_review("lee", "APPROVED"), _review("lee", "APPROVED")], [], 2, "pending", "(1 of 2)"),
        ([_review("lee", "APPROVED"), _review("lee", "COMMENTED")], [], 1, "approved", "approved by lee"),
        ([_review("lee", "APPROVED"), _review("lee", "DISMISSED")], [], 1, "pending", "nobody yet"),
        ([_review("lee", "APPROVED", "b" * 40)], [], 1, "pending", "an older commit approved by lee"),
        ([_review("lee", "APPROVED"), _review("jo", "CHANGES_REQUESTED")], [], 1, "rejected", "requested by jo"),
        ([_review("jo", "CHANGES_REQUESTED", "b" * 40)], [], 1, "rejected", "changes requested by jo"),
        ([_review("jo", "CHANGES_REQUESTED")], ["jo"], 1, "pending", "review (0 of 1): asked of jo"),
        ([_review("jo", "CHANGES_REQUESTED"), _review("jo", "APPROVED")], [], 1, "approved", "approved by jo"),
    ],
)
def test_the_last_word_of_each_reviewer_about_the_newest_commit_counts(
    reviews: list[Any], asked: list[str], wanted: int, state: str, words: str, read_one: Any, one_system: Source
) -> None:
    pull = _pull(requested_reviewers=[{"login": each} for each in asked])
    body = _told(pull=pull, reviews=reviews)
    settings = Settings(("acme/x",), approvals=wanted)
    (found,) = read_one("github", body, settings, one_system, WINDOW, "pull")
    assert found.state == state
    assert words in found.content


@pytest.mark.parametrize(
    ("checks", "statuses", "words"),
    [
        (None, None, "checks: this token may not read them"),
        ([], None, "checks: none"),
        ([], [], "checks: none"),
        (None, [{"context": "ci", "state": "error"}], "checks: 1 failed (ci)"),
        ([{"name": "a", "conclusion": None}], [{"context": "ci", "state": "pending"}], "checks: 2 running"),
        ([{"name": "a", "conclusion": "skipped"}, {"name": "b", "conclusion": "neutral"}], [], "checks: 2 passed"),
        ([{"name": str(n), "conclusion": "timed_out"} for n in range(5)], [], "5 failed (0, 1, 2 and 2 more)"),
    ],
)
def test_checks_are_told_in_words(checks: Any, statuses: Any, words: str, read_one: Any, one_system: Source) -> None:
    (found,) = read_one("github", _told(checks=checks, statuses=statuses), ONE, one_system, WINDOW, "pull")
    assert words in found.content.split("\n")[-1]


@pytest.mark.parametrize(
    ("files", "change_class", "risk"),
    [
        ([_file("a/prompts/x.md")], "prompt", "low"),
        ([_file("rails/x.co")], "guardrail", ""),
        ([_file("rails/x.co"), _file("prompts/x.md")], "prompt", "low"),
        ([_file("rails/deep/x.co")], None, ""),
        ([_file("elsewhere.md", previous_filename="prompts/x.md")], "prompt", "low"),
        ([_file("Prompts/x.md")], None, ""),
        ([_file("m1.yaml")], "model", ""),
        ([_file("m12.yaml")], None, ""),
        ([], None, ""),
    ],
)
def test_the_first_rule_met_gives_the_class_and_the_risk(
    files: list[Any], change_class: str | None, risk: str, replay: Any, gather: Gather, one_system: Source
) -> None:
    rules = (
        PathRule("prompt", ("**/prompts/**",), risk="low"),
        PathRule("guardrail", ("rails/*.co",)),
        PathRule("model", ("m?.yaml",)),
    )
    settings = Settings(("acme/x",), paths=rules, environments=())
    found = gather("github", settings, WINDOW, one_system, replay(_server([_pull()], files)))
    assert [(each.change_class, each.risk) for each in found if isinstance(each, Change)] == (
        [(change_class, risk)] if change_class else []
    )


def _server(pulls: list[Any], files: list[Any], **answers: Any) -> Callable[[Asked], bytes]:
    """Answer as a repository with these open pull requests, each of these files; ``answers`` by end of the path."""

    def answer(asked: Asked) -> bytes:
        name = asked.path.rsplit("/", 1)[-1].replace("-", "_")
        if isinstance(found := answers.get(name), Exception):
            raise found
        if found is None:
            is_open = asked.sent.get("state") == "open"
            lists = {"pulls": pulls if is_open else [], "files": files, "reviews": []}
            found = lists.get(name, {"workflow_runs": [], "check_runs": [], "statuses": []})
        page, size = (int(asked.sent.get(key, 1)) for key in ("page", "per_page"))
        return json.dumps(found[(page - 1) * size : page * size] if isinstance(found, list) else found).encode()

    return answer


def test_a_rule_of_another_name_makes_a_change_of_its_own_for_its_own_system(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    rules = (
        PathRule("prompt", ("bot/prompts/**",), "bot"),
        PathRule("guardrail", ("bot/rails/**",), "bot"),
        PathRule("prompt", ("search/prompts/**",), "search"),
        PathRule("model", ("other/**",), "other"),
    )
    files = [_file("search/prompts/a"), _file("bot/rails/b"), _file("bot/prompts/c"), _file("other/d")]
    settings = Settings(("acme/x",), paths=rules)
    found = read_one("github", _told(files=files), settings, by_label("rule", "bot", "search"), WINDOW, "pull")
    assert [(each.system, each.external_id, each.change_class) for each in found[:2]] == [
        ("search", "acme/x#7 search", "prompt"),
        ("bot", "acme/x#7 bot", "prompt"),
    ]
    assert found[2] == Unrouted("other")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("repository", "acme/x"),
        ("class", "prompt"),
        ("author", "maria"),
        ("branch", "topic"),
        ("system", "checkout"),
        ("team", "llm"),
        ("area", "rag"),
        ("tier", "1"),
    ],
)
def test_a_pull_request_is_routed_by_what_github_knows_and_by_its_labels(
    label: str, value: str, read_one: Any, by_label: Callable[..., Source]
) -> None:
    tags = ["system: checkout", "team::llm", "area/rag", "tier=1", "system: second", "author: mallory", "bug", "x:"]
    body = _told(pull=_pull(labels=[{"name": tag} for tag in tags]))
    (found,) = read_one("github", body, ONE, by_label(label, value), WINDOW, "pull")
    assert found.system == value


def test_what_no_system_claims_is_counted_by_its_repository(read_one: Any, by_label: Callable[..., Source]) -> None:
    assert read_one("github", _told(), ONE, by_label("rule", "x"), WINDOW, "pull") == [Unrouted("acme/x")]


def test_a_closed_one_without_a_merge_was_withdrawn(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("github", _told(pull=_pull(state="closed", merged_at=None)), ONE, one_system, WINDOW, "pull")
    assert (found.state, found.content.split("\n")[-1]) == ("withdrawn", "closed without a merge")


def test_a_vanished_author_is_not_known(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("github", _told(pull=_pull(user=None)), ONE, one_system, WINDOW, "pull")
    assert found.author == ""


def test_a_row_that_cannot_be_true_is_set_aside_without_its_text(read_one: Any, one_system: Source) -> None:
    pull = _pull(created_at="1969-01-01T00:00:00Z", body="secret words")
    (found,) = read_one("github", _told(pull=pull), ONE, one_system, WINDOW, "pull")
    assert isinstance(found, Rejected)
    assert "secret words" not in found.raw
    assert '"number": 7' in found.raw


def test_many_files_are_counted_and_the_first_are_named(read_one: Any, one_system: Source) -> None:
    files = [_file(f"prompts/{n}.md", 2, 1) for n in range(25)]
    (found,) = read_one("github", _told(files=files), ONE, one_system, WINDOW, "pull")
    lines = found.content.split("\n")
    assert lines[0] == "25 files changed, +50 -25; of declared paths 25:"
    assert lines[20:22] == ["  prompts/19.md, +2 -1", "  and 5 more"]


def test_one_with_more_files_than_wanted_counts_unless_it_can_be_ruled_out(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    settings = Settings(("acme/x",), files=150, environments=())
    http = replay(_server([_pull()], [_file(f"src/{n}.py") for n in range(400)]))
    (found,) = gather("github", settings, WINDOW, one_system, http)
    assert (found.change_class, found.external_id) == ("config", "acme/x#7")
    assert "only the first 150 files were looked at" in found.content
    assert [each.sent["page"] for each in http.asked if each.path.endswith("/files")] == ["1", "2"]
    small = gather(
        "github", settings, WINDOW, one_system, replay(_server([_pull()], [_file(f"{n}") for n in range(150)]))
    )
    assert small == []


def test_one_that_touches_nothing_declared_costs_one_question_and_a_draft_none(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_pull(), _pull(number=8, draft=True)], [_file("README.md")]))
    assert gather("github", ONE, WINDOW, one_system, http) == []
    assert [each.path.removeprefix("/repos/acme/assistants/") for each in http.asked] == [
        "pulls",
        "pulls/7/files",
        "pulls",
        "actions/runs",
    ]


def test_every_question_names_the_version_of_the_api(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([_pull()], [_file("prompts/x")]))
    settings = Settings(("acme/x",), "https://ghe.example.com/api/v3/", "2026-03-10")
    gather("github", settings, WINDOW, one_system, http)
    assert {each.headers["X-GitHub-Api-Version"] for each in http.asked} == {"2026-03-10"}
    assert {each.headers["Accept"] for each in http.asked} == {"application/vnd.github+json"}
    assert all(each.path.startswith("/api/v3/repos/acme/x/") for each in http.asked)


def test_pages_go_on_until_one_is_short(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([_pull(number=n) for n in range(1, 251)], [_file("README.md")]))
    gather("github", ONE, WINDOW, one_system, http)
    asked = [each.sent["page"] for each in http.asked if each.sent.get("state") == "open"]
    assert asked == ["1", "2", "3"]


def test_a_page_that_comes_again_ends_the_list(replay: Any, gather: Gather, one_system: Source) -> None:
    page = json.dumps([_pull(number=n, draft=True) for n in range(1, 101)]).encode()
    play = _server([], [])
    http = replay(lambda asked: page if asked.sent.get("state") == "open" else play(asked))
    assert gather("github", ONE, WINDOW, one_system, http) == []
    assert [each.sent["page"] for each in http.asked if each.sent.get("state") == "open"] == ["1", "2"]


def test_closed_ones_are_read_back_to_the_start_of_the_window(replay: Any, gather: Gather, one_system: Source) -> None:
    def closed(number: int, updated: str, ended: str) -> dict[str, Any]:
        return _pull(number=number, state="closed", updated_at=updated, closed_at=ended, merged_at=ended)

    pulls = [
        closed(1, "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        closed(2, "2026-11-23T09:00:00Z", "2026-07-01T09:00:00Z"),
        closed(3, "2026-07-02T09:00:00Z", "2026-07-01T09:00:00Z"),
        closed(4, "2026-07-01T09:00:00Z", "2026-07-01T09:00:00Z"),
    ]
    play = _server([], [_file("prompts/x")])
    http = replay(lambda asked: json.dumps(pulls).encode() if asked.sent.get("state") == "closed" else play(asked))
    found = gather("github", ONE, WINDOW, one_system, http)
    assert [(each.external_id, each.state) for each in found if isinstance(each, Change)] == [
        ("acme/assistants#1", "applied")
    ]


@pytest.mark.parametrize(("paths", "environments", "asked"), [((), ("*",), {"runs"}), (ONE.paths, (), {"pulls"})])
def test_what_is_not_wanted_is_not_asked_for(
    paths: Any, environments: Any, asked: set[str], replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([], []))
    settings = Settings(("acme/x",), paths=paths, environments=environments)
    assert gather("github", settings, WINDOW, one_system, http) == []
    assert {each.path.rsplit("/", 1)[-1] for each in http.asked} == asked


def test_checks_that_the_token_may_not_read_do_not_fail_the_rest(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    denied = SourceError("auth", "answered 403")
    http = replay(_server([_pull()], [_file("prompts/x")], check_runs=denied, status=denied))
    (found,) = gather("github", ONE, WINDOW, one_system, http)
    assert found.content.endswith("checks: this token may not read them")


@pytest.mark.parametrize("cause", ["throttled", "timeout"])
def test_a_fault_of_the_way_while_reading_checks_is_not_swallowed(
    cause: Any, replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_pull()], [_file("prompts/x")], status=SourceError(cause, "later")))
    with pytest.raises(SourceError) as error:
        gather("github", ONE, WINDOW, one_system, http)
    assert error.value.cause == cause


def test_a_repository_that_refuses_fails_the_run_after_the_others_were_read(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    play = _server([], [])

    def answer(asked: Asked) -> bytes:
        if "/gone/" in asked.path:
            raise SourceError("status", f"GET {asked.path}: answered 404")
        return play(asked)

    http = replay(answer)
    with pytest.raises(SourceError, match="acme/gone/pulls: answered 404"):
        gather("github", Settings(("acme/gone", "acme/x")), WINDOW, one_system, http)
    assert [each.path for each in http.asked if "/acme/x/" in each.path]


def _waiting(*entries: dict[str, Any], **run: Any) -> bytes:
    known = {"id": 5, "head_sha": HEAD, "display_title": "t", "created_at": "2026-11-23T07:00:00Z"}
    return json.dumps({"repository": "acme/x", "run": known | run, "pending": list(entries)}).encode()


def _environment(name: str, **changed: Any) -> dict[str, Any]:
    reviewers = [{"type": "User", "reviewer": {"login": "lee"}}]
    return {"environment": {"name": name}, "wait_timer": 0, "reviewers": reviewers} | changed


def test_only_wanted_environments_that_people_must_approve_are_changes(read_one: Any, one_system: Source) -> None:
    settings = Settings(("acme/x",), environments=("prod-*",), deployment_class="emergency")
    body = _waiting(_environment("prod-eu"), _environment("prod-us", reviewers=[]), _environment("canary"))
    (found,) = read_one("github", body, settings, one_system, WINDOW, "deployment")
    assert (found.external_id, found.change_class) == ("acme/x run 5 prod-eu", "emergency")
    assert found.content.split("\n")[0] == "workflow without a name, started by an unknown event"
    assert found.requested == datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "value"),
    [("environment", "prod"), ("workflow", "release"), ("branch", "main"), ("author", "lee"), ("repository", "acme/x")],
)
def test_a_deployment_is_routed_by_what_github_knows(
    label: str, value: str, read_one: Any, by_label: Callable[..., Source]
) -> None:
    body = _waiting(_environment("prod"), name="release", head_branch="main", actor={"login": "lee"})
    (found,) = read_one("github", body, ONE, by_label(label, value), WINDOW, "deployment")
    assert found.system == value


def test_a_deployment_that_cannot_be_believed_is_set_aside(read_one: Any, one_system: Source) -> None:
    body = _waiting(_environment("a"), _environment("b", wait_timer=-1))
    found = read_one("github", body, ONE, one_system, WINDOW, "deployment")
    assert [type(each) for each in found] == [Change, Rejected]


@pytest.mark.parametrize(
    ("about", "body", "named"),
    [
        ("pull", _told(pull=_pull(number=None)), "number"),
        ("pull", _told(pull={"state": "open"}), "'head'"),
        ("pull", _told(files=[{"filename": "prompts/x"}]), "additions"),
        ("pull", _told(reviews=None), "reviews"),
        ("deployment", _waiting({"environment": {}}), "'name'"),
        ("deployment", _waiting(_environment("a"), head_sha=None), "head_sha"),
    ],
)
def test_a_missing_field_is_named(about: str, body: bytes, named: str, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one("github", body, ONE, one_system, WINDOW, about)
    assert error.value.cause == "shape"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "60"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_spent_quota_is_throttling_and_says_for_how_long(status: int, headers: dict[str, str], seconds: int) -> None:
    error = refusal(status, headers, "https://api.github.com/repos/a/b/pulls", "", NOW)
    assert (error.cause, error.retryable, error.retry_after) == ("throttled", True, seconds)


async def test_a_quota_that_is_spent_for_long_is_not_waited_for(serve: Callable[..., Any]) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 1800)}
    served = serve({"status": 403, "headers": headers, "body": '{"message": "API rate limit exceeded"}'})
    async with HttpClient(Credentials(), Bounds(), Gate(), NOW) as http:
        with pytest.raises(SourceError, match="API rate limit exceeded") as error:
            await http.get(served.url())
    assert error.value.cause == "throttled"
    assert error.value.retry_after == pytest.approx(1800, abs=5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Settings(()),
        lambda: Settings(("acme",)),
        lambda: Settings(("acme/x/../y",)),
        lambda: Settings(("acme/x",), files=0),
        lambda: Settings(("acme/x",), approvals=0),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


def test_the_list_is_all_that_waits_and_the_first_run_looks_back_a_day() -> None:
    assert KIND.snapshot
    assert KIND.first == timedelta(days=1)
