"""GitLab: approvals left and given, Free without them, pipelines in words, deployments that people must approve."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source
from collectors.kinds.gitlab import KIND, PathRule, Settings
from collectors.refusals import refusal
from store.errors import SourceError
from store.records import Change, Rejected, Unrouted
from tests.collectors.kinds.case import NOW, WINDOW, Asked

ONE = Settings(("acme/assistants",), risks={"risk: high": "high"})
Gather = Callable[..., Any]


@pytest.fixture
def recorded(fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, one_system: Source) -> dict[str, Change]:
    http = exchange(fixtures / "gitlab" / "exchange.json")
    found = gather("gitlab", ONE, WINDOW, one_system, http)
    return {each.external_id: each for each in found if isinstance(each, Change)}


def test_what_waits_and_what_ended_in_the_window_is_listed(recorded: dict[str, Change]) -> None:
    assert {name: (each.change_class, each.state) for name, each in recorded.items()} == {
        "acme/assistants!12": ("prompt", "pending"),
        "acme/assistants!14": ("retrieval", "rejected"),
        "acme/assistants!10": ("guardrail", "applied"),
        "acme/assistants!11": ("prompt", "withdrawn"),
        "acme/assistants deployment 42": ("config", "pending"),
    }


def test_a_merge_request_says_who_what_how_large_and_what_is_left(recorded: dict[str, Change]) -> None:
    merge = recorded["acme/assistants!12"]
    assert (merge.title, merge.author, merge.risk) == ("Cite the source in every answer", "maria", "high")
    assert (merge.from_ref, merge.to_ref, merge.content_hash) == ("main", "cite", "12" + "a" * 38)
    assert merge.requested == datetime(2026, 11, 20, 9, 15, 0, 120000, tzinfo=UTC)
    assert merge.url == "https://gitlab.example.com/acme/assistants/-/merge_requests/12"
    assert merge.content.split("\n") == [
        "2 files changed, +3 -2; of declared paths 1:",
        "  prompts/support.md, +2 -1",
        "approvals (1 of 2): jonas; asked of lee",
        "pipeline: failed",
    ]


def test_a_diff_that_was_held_back_has_no_number_of_lines(recorded: dict[str, Change]) -> None:
    assert recorded["acme/assistants!14"].content.split("\n") == [
        "1 file changed; of declared paths 1:",
        "  search/retrieval/index.yaml",
        "approvals (0 of 1): nobody yet; a reviewer requested changes",
        "pipeline: none",
    ]


def test_no_line_and_no_description_is_kept(recorded: dict[str, Change]) -> None:
    assert not [each for each in recorded.values() if "private" in repr(each) or "not for here" in repr(each)]


def test_a_deployment_says_whose_approval_is_missing(recorded: dict[str, Change]) -> None:
    found = recorded["acme/assistants deployment 42"]
    assert (found.title, found.author, found.to_ref) == (
        "deploy to production: Release the support bot",
        "maria",
        "main",
    )
    assert (found.content_hash, found.requested) == ("9" * 40, datetime(2026, 11, 23, 8, 0, 0, 500000, tzinfo=UTC))
    assert found.url == "https://gitlab.example.com/acme/assistants/-/pipelines/36"
    assert found.content.split("\n") == [
        "job deploy-support, environment production",
        "approvals missing: 2 of 2 by llm-ops",
        "  approved by lee",
    ]


def _merge(**changed: Any) -> dict[str, Any]:
    merge = {
        "iid": 7,
        "title": "t",
        "state": "opened",
        "created_at": "2026-11-20T09:15:00Z",
        "sha": "a" * 40,
        "author": {"username": "maria"},
        "source_branch": "topic",
    }
    return merge | changed


def _told(**changed: Any) -> bytes:
    files = [{"new_path": "prompts/a.md", "added": 1, "removed": 0}]
    told = {"project": "acme/x", "merge": _merge(), "files": files, "approvals": {"approved_by": []}, "single": {}}
    return json.dumps(told | changed).encode()


def _approvals(*who: str, **known: int) -> dict[str, Any]:
    return {"approved_by": [{"user": {"username": name}} for name in who], **known}


@pytest.mark.parametrize(
    ("approvals", "wanted", "state", "words"),
    [
        (None, 1, "pending", "approvals: this token may not read them"),
        (_approvals(), 1, "pending", "approvals (0 of 1): nobody yet"),
        (_approvals("lee"), 1, "approved", "approvals (1 of 1): lee"),
        (_approvals("lee"), 2, "pending", "approvals (1 of 2): lee"),
        (_approvals("lee", approvals_required=0, approvals_left=0), 2, "pending", "approvals (1 of 2): lee"),
        (_approvals("lee", approvals_required=1, approvals_left=0), 2, "approved", "approvals (1 of 1): lee"),
        (_approvals("lee", "jo", approvals_required=2, approvals_left=1), 1, "pending", "approvals (1 of 2): lee, jo"),
    ],
)
def test_the_approvals_that_gitlab_wants_stand_above_those_of_the_options(
    approvals: Any, wanted: int, state: str, words: str, read_one: Any, one_system: Source
) -> None:
    settings = Settings(("acme/x",), approvals=wanted)
    (found,) = read_one("gitlab", _told(approvals=approvals), settings, one_system, WINDOW, "merge")
    assert found.state == state
    assert words in found.content


def test_a_pipeline_that_the_token_may_not_read_is_named(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("gitlab", _told(single=None), ONE, one_system, WINDOW, "merge")
    assert found.content.endswith("pipeline: this token may not read it")


@pytest.mark.parametrize("place", ["merge", "single"])
def test_requested_changes_send_it_back_to_its_author(place: str, read_one: Any, one_system: Source) -> None:
    status = {"detailed_merge_status": "requested_changes"}
    body = _told(**({"merge": _merge(**status)} if place == "merge" else {"single": status}))
    (found,) = read_one("gitlab", body, ONE, one_system, WINDOW, "merge")
    assert found.state == "rejected"


@pytest.mark.parametrize(
    ("label", "value"),
    [("project", "acme/x"), ("class", "prompt"), ("author", "maria"), ("branch", "topic"), ("system", "checkout")],
)
def test_a_merge_request_is_routed_by_what_gitlab_knows_and_by_its_labels(
    label: str, value: str, read_one: Any, by_label: Callable[..., Source]
) -> None:
    body = _told(merge=_merge(labels=["system::checkout", "author::mallory"]))
    (found,) = read_one("gitlab", body, ONE, by_label(label, value), WINDOW, "merge")
    assert found.system == value


def test_what_cannot_be_true_is_set_aside_without_its_text(read_one: Any, one_system: Source) -> None:
    body = _told(merge=_merge(created_at="1969-01-01T00:00:00Z", description="secret words"))
    (found,) = read_one("gitlab", body, ONE, one_system, WINDOW, "merge")
    assert isinstance(found, Rejected)
    assert "secret words" not in found.raw


def _server(merges: list[Any], files: int = 1, **answers: Any) -> Callable[[Asked], bytes]:
    """Answer as a project with these open merge requests; ``answers`` by the end of the path."""

    def answer(asked: Asked) -> bytes:
        name = asked.path.rsplit("/", 1)[-1]
        if isinstance(found := answers.get(name), Exception):
            raise found
        if found is None:
            diffs = [{"new_path": f"prompts/{n}", "old_path": f"prompts/{n}", "diff": "+a"} for n in range(files)]
            is_open = asked.sent.get("state") == "opened"
            found = {"merge_requests": merges if is_open else [], "diffs": diffs, "deployments": []}.get(name, {})
        page, size = (int(asked.sent.get(key, 1)) for key in ("page", "per_page"))
        size = min(size, 30) if name == "diffs" else size
        return json.dumps(found[(page - 1) * size : page * size] if isinstance(found, list) else found).encode()

    return answer


def test_diffs_come_thirty_at_a_time_whatever_is_asked_for(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([_merge()], files=70))
    (found,) = gather("gitlab", ONE, WINDOW, one_system, http)
    assert found.content.startswith("70 files changed, +70 -0; of declared paths 70:")
    asked = [(each.sent["per_page"], each.sent["page"]) for each in http.asked if each.path.endswith("diffs")]
    assert asked == [("30", "1"), ("30", "2"), ("30", "3")]


def test_one_with_more_files_than_wanted_is_looked_at_in_part(replay: Any, gather: Gather, one_system: Source) -> None:
    settings = Settings(("acme/x",), paths=(PathRule("model", ("m/**",)),), files=40)
    (found,) = gather("gitlab", settings, WINDOW, one_system, replay(_server([_merge()], files=90)))
    assert found.change_class == "config"
    assert "only the first 40 files were looked at" in found.content


@pytest.mark.parametrize("draft", [{"draft": True}, {"work_in_progress": True}])
def test_drafts_wait_for_nobody(draft: Any, replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([_merge(**draft)]))
    assert gather("gitlab", ONE, WINDOW, one_system, http) == []
    assert not [each for each in http.asked if each.path.endswith("diffs")]


def test_the_path_of_a_project_is_one_part_of_the_address(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([]))
    settings = Settings(("acme/deep/x", "17"), "https://gitlab.example.com/")
    gather("gitlab", settings, WINDOW, one_system, http)
    assert {each.path.rsplit("/", 1)[0] for each in http.asked} == {
        "/api/v4/projects/acme%2Fdeep%2Fx",
        "/api/v4/projects/17",
    }


def test_one_that_ended_before_the_window_and_one_that_goes_on_are_not_asked_about(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    old = (WINDOW.start - timedelta(days=1)).isoformat()
    ended = [_merge(state="merged", merged_at=old), _merge(state="closed", closed_at=old), _merge(state="locked")]
    play = _server([])
    http = replay(lambda asked: json.dumps(ended).encode() if asked.sent.get("state") == "all" else play(asked))
    assert gather("gitlab", ONE, WINDOW, one_system, http) == []


@pytest.mark.parametrize(
    ("paths", "environments", "asked"), [((), ("*",), {"deployments"}), (ONE.paths, (), {"merge_requests"})]
)
def test_what_is_not_wanted_is_not_asked_for(
    paths: Any, environments: Any, asked: set[str], replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([]))
    settings = Settings(("acme/x",), paths=paths, environments=environments)
    assert gather("gitlab", settings, WINDOW, one_system, http) == []
    assert {each.path.rsplit("/", 1)[-1] for each in http.asked} == asked


def test_approvals_that_a_project_does_not_have_do_not_fail_the_rest(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_merge()], approvals=SourceError("status", "answered 404")))
    (found,) = gather("gitlab", ONE, WINDOW, one_system, http)
    assert (found.state, "approvals: this token may not read them" in found.content) == ("pending", True)


def test_deployments_that_are_refused_fail_the_run_after_everything_else_was_read(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_merge()], deployments=SourceError("auth", "answered 403")))
    with pytest.raises(SourceError, match="403"):
        gather("gitlab", Settings(("acme/x", "acme/y")), WINDOW, one_system, http)
    assert len([each for each in http.asked if each.path.endswith("diffs")]) == 2


def _deployment(**changed: Any) -> bytes:
    known = {"id": 5, "environment": {"name": "prod"}, "created_at": "2026-11-23T07:00:00Z", "sha": "a" * 40}
    return json.dumps({"project": "acme/x", "deployment": known | {"ref": "main"} | changed}).encode()


def _rule(wanted: int, *statuses: str, **more: Any) -> dict[str, Any]:
    return {"required_approvals": wanted, "deployment_approvals": [{"status": each} for each in statuses], **more}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, None),
        ({"pending_approval_count": 0}, None),
        ({"pending_approval_count": 2}, "approvals missing: 2"),
        ({"approval_summary": {"rules": [_rule(1, "approved")]}}, None),
        ({"approval_summary": {"rules": [_rule(2, "approved", "rejected")]}}, "approvals missing: 1 of 2 by a rule"),
    ],
)
def test_a_deployment_that_no_person_must_approve_is_no_change(
    known: Any, words: str | None, read_one: Any, one_system: Source
) -> None:
    found = read_one("gitlab", _deployment(**known), ONE, one_system, WINDOW, "deployment")
    assert [each.content.split("\n")[1] for each in found] == ([words] if words else [])


def test_only_wanted_environments_count(read_one: Any, one_system: Source) -> None:
    settings = Settings(("acme/x",), environments=("production",))
    body = _deployment(pending_approval_count=1)
    assert read_one("gitlab", body, settings, one_system, WINDOW, "deployment") == []


def test_a_deployment_of_no_system_here_is_counted(read_one: Any, by_label: Callable[..., Source]) -> None:
    body = _deployment(pending_approval_count=1)
    assert read_one("gitlab", body, ONE, by_label("job", "x"), WINDOW, "deployment") == [Unrouted("acme/x")]
    (found,) = read_one("gitlab", body, ONE, by_label("environment", "prod"), WINDOW, "deployment")
    assert (found.system, found.title) == ("prod", "deploy to prod: main")


def test_a_deployment_that_cannot_be_believed_is_set_aside(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("gitlab", _deployment(pending_approval_count=-1), ONE, one_system, WINDOW, "deployment")
    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    ("about", "body", "named"),
    [
        ("merge", _told(merge=_merge(title=None)), "title"),
        ("merge", _told(files=None), "diffs"),
        ("merge", _told(files=[{"old_path": "x"}]), "new_path"),
        ("deployment", _deployment(environment=None), "environment"),
    ],
)
def test_a_missing_field_is_named(about: str, body: bytes, named: str, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one("gitlab", body, ONE, one_system, WINDOW, about)
    assert error.value.cause == "shape"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "30"}, 30), ({"ratelimit-reset": str(int(NOW.timestamp()) + 45)}, 45)],
)
def test_a_spent_quota_says_for_how_long(headers: dict[str, str], seconds: int) -> None:
    error = refusal(429, headers, "https://gitlab.com/api/v4/projects/1", "", NOW)
    assert (error.cause, error.retry_after) == ("throttled", seconds)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Settings(()),
        lambda: Settings(("",)),
        lambda: Settings(("acme/x",), files=0),
        lambda: Settings(("acme/x",), approvals=0),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


def test_the_list_is_all_that_waits() -> None:
    assert KIND.snapshot
