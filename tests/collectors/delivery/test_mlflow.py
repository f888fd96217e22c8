"""Moving an alias at MLflow: only from where the change started, only to the content that was shown, and back again."""

from hashlib import sha256
from typing import Any

import pytest

from collectors.delivery import mlflow_alias
from collectors.delivery.base import Action, Decision, Outside, Subject
from collectors.mlflow.settings import Settings
from store.errors import SourceError
from tests.collectors.delivery.conftest import APPROVE, REJECT, Pages, carry

OPTIONS = Settings("https://host.example")
TEXT = "Answer shortly."
SUBJECT = Subject("c1", "mlflow", "prompt support bot 3", sha256(TEXT.encode()).hexdigest(), "2", "3")
BACK = Decision("e3", "roll back")
PLACE = "/api/2.0/mlflow"
ALIAS = f"{PLACE}/registered-models/alias"


def pages(at: int | None = 2, text: str = TEXT, alias: str = "production", approval: str = "") -> dict[str, Any]:
    aliases = [{"alias": "staging", "version": "9"}, *([{"alias": alias, "version": str(at)}] if at else [])]
    tags = [
        {"key": "mlflow.prompt.text", "value": text},
        *([{"key": "approval", "value": approval}] if approval else []),
    ]
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    model = {"name": "support bot", "aliases": aliases, "tags": prompt}
    return {
        f"{PLACE}/registered-models/get": {"registered_model": model},
        f"{PLACE}/model-versions/get": {"model_version": {"version": "3", "tags": tags}},
    }


@pytest.mark.parametrize("alias", ["production", "champion"])
async def test_an_approval_moves_the_alias_that_is_in_use_and_remembers_where_it_was(alias: str) -> None:
    made = Pages(pages(alias=alias), pages(3, alias=alias))
    found = await carry(made, mlflow_alias, SUBJECT, APPROVE, OPTIONS)
    assert (found.state, found.detail, found.before) == ("delivered", f"the alias {alias} is at version 3", "2")
    assert made.sent == [("POST", ALIAS, {"name": "support bot", "alias": alias, "version": "3"})]


async def test_a_rollback_is_one_call_back_to_where_it_was() -> None:
    made = Pages(pages(3), pages(2))
    found = await carry(made, mlflow_alias, SUBJECT, BACK, OPTIONS)
    assert (found.state, found.before) == ("delivered", "3")
    assert made.sent == [("POST", ALIAS, {"name": "support bot", "alias": "production", "version": "2"})]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (pages(1), "the alias production is at version 1, shown was 2"),
        (pages(None), "no version is in production"),
        (pages(text="Answer shortly!"), "version 3 has sha256"),
    ],
)
async def test_what_is_not_as_it_was_shown_is_left_alone(answers: dict[str, Any], words: str) -> None:
    made = Pages(answers)
    found = await carry(made, mlflow_alias, SUBJECT, APPROVE, OPTIONS)
    assert found.state == "moved"
    assert words in found.detail
    assert made.sent == []


async def test_an_alias_that_is_there_already_is_delivered_without_a_call() -> None:
    made = Pages(pages(3))
    assert (await carry(made, mlflow_alias, SUBJECT, APPROVE, OPTIONS)).state == "delivered"
    assert made.sent == []


async def test_a_rejection_is_a_tag_that_the_collector_reads() -> None:
    made = Pages(pages(), pages(approval="rejected"))
    found = await carry(made, mlflow_alias, SUBJECT, REJECT, OPTIONS)
    assert (found.state, found.detail) == ("delivered", "the tag approval is rejected")
    tag = {"name": "support bot", "version": "3", "key": "approval", "value": "rejected"}
    assert made.sent == [("POST", f"{PLACE}/model-versions/set-tag", tag)]


async def test_a_lost_answer_is_found_by_reading() -> None:
    made = Pages(pages(), pages(3), SourceError("timeout", "silence for too long"))
    found = await carry(made, mlflow_alias, SUBJECT, APPROVE, OPTIONS)
    assert (found.state, found.before) == ("delivered", "2")


async def test_what_was_accepted_and_does_not_show_is_unconfirmed() -> None:
    found = await carry(Pages(pages()), mlflow_alias, SUBJECT, APPROVE, OPTIONS)
    assert found.state == "unconfirmed"
    assert found.detail == ("the call was accepted, and on being read again: the alias production is at version 2")


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (None, "unconfirmed"),
        (SourceError("timeout", "silence"), "unconfirmed"),
        (SourceError("status", "answered 408", status=408), "unconfirmed"),
        (SourceError("auth", "answered 403", status=403), "refused"),
        (SourceError("tls", "the certificate is not accepted"), "refused"),
    ],
)
async def test_a_source_that_cannot_be_read_afterwards_confirms_nothing(fault: SourceError | None, state: str) -> None:
    gone = {f"{PLACE}/registered-models/get": SourceError("network", "refused")}
    found = await carry(Pages(pages(), gone, fault), mlflow_alias, SUBJECT, APPROVE, OPTIONS)
    assert found.state == state


async def test_what_has_no_version_before_cannot_be_rolled_back() -> None:
    first = Subject("c1", "mlflow", "model ranker 1", "", "", "1")
    assert isinstance(mlflow_alias.plan(first, BACK, OPTIONS), Outside)
    assert (await carry(Pages({}), mlflow_alias, first, BACK, OPTIONS)).state == "recorded"
    action = mlflow_alias.plan(first, APPROVE, OPTIONS)
    assert isinstance(action, Action)
    assert action.guard.startswith("alias at nothing, ")
    assert action.body == {"name": "ranker", "alias": "<production or champion>", "version": "1"}
