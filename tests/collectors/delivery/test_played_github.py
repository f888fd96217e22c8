"""The played GitHub answers with every field that the published schemas require."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.real.github import GitHub
from tests.collectors.delivery.conftest import HEAD

SCHEMAS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "github" / "required.json").read_text(encoding="utf-8")
)
TOKEN = "ghp-CANARY-jonas"
PLACE = "/repos/acme/assistants"


def asked(site: GitHub, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    status, answer = site.answer(method, f"{PLACE}{path}", TOKEN, body or {})
    assert status == 200
    return answer


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("pull-request-simple", "/pulls?state=open"),
        ("diff-entry", "/pulls/12/files"),
        ("pull-request-review", "/pulls/12/reviews"),
        ("pending-deployment", "/actions/runs/7/pending_deployments"),
        ("environment-approvals", "/actions/runs/7/approvals"),
    ],
)
def test_lists_hold_what_the_schema_requires(site: GitHub, schema: str, path: str) -> None:
    asked(site, "POST", "/pulls/12/reviews", {"commit_id": HEAD, "event": "APPROVE", "body": ""})
    answer = {"environment_ids": [160], "state": "approved", "comment": ""}
    (deployment,) = asked(site, "POST", "/actions/runs/7/pending_deployments", answer)
    assert set(SCHEMAS["deployment"]) <= set(deployment)
    for each in asked(site, "GET", path) or pytest.fail("nothing to look at"):
        assert set(SCHEMAS[schema]) <= set(each)
        for who in (each.get("user"), each.get("creator")):
            assert who is None or set(SCHEMAS["simple-user"]) <= set(who)


def test_runs_and_accounts_hold_what_the_schema_requires(site: GitHub) -> None:
    (run,) = asked(site, "GET", "/actions/runs?status=waiting")["workflow_runs"]
    assert set(SCHEMAS["workflow-run"]) <= set(run) & set(asked(site, "GET", "/actions/runs/7"))
    _, me = site.answer("GET", "/user", TOKEN, {})
    assert set(SCHEMAS["simple-user"]) <= set(me)


@pytest.mark.parametrize(
    "call",
    [
        *("GET /pulls/9", "GET /pulls/9/files", "GET /pulls/9/reviews", "POST /pulls/9/reviews", "GET /actions/runs/9"),
        *("GET /actions/runs/9/approvals", "GET /actions/runs/9/pending_deployments", "GET /nothing"),
        "POST /actions/runs/9/pending_deployments",
    ],
)
def test_what_is_not_there_is_404(site: GitHub, call: str) -> None:
    method, path = call.split(" ")
    assert site.answer(method, f"{PLACE}{path}", TOKEN, {})[0] == 404


def test_changes_are_requested_with_words_alone(site: GitHub) -> None:
    status, answer = site.answer("POST", f"{PLACE}/pulls/12/reviews", TOKEN, {"event": "REQUEST_CHANGES", "body": ""})
    assert (status, answer["errors"]) == (422, ["Body can't be blank"])
