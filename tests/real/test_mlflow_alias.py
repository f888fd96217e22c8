"""A real MLflow: the production alias of a prompt and of a model is moved to what was shown, refused, and moved back."""

import json
import os
import urllib.request
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from collectors.access import Credentials
from collectors.base import Answer, Reach, Route, Source, Window
from collectors.bounds import Bounds
from collectors.delivery import mlflow_alias
from collectors.delivery.base import Action, Decision, Delivery, Subject
from collectors.delivery.carrying import deliver
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.kinds import mlflow as kind
from scripts.real.processes import Server
from scripts.real.site import Site
from store.accounts import own_name
from store.records import Change

pytestmark = pytest.mark.real

NOW = datetime.now(UTC)
APPROVE, REJECT, BACK = Decision("e1", "approve"), Decision("e2", "reject"), Decision("e3", "roll back")
Ask = Callable[..., Any]


@pytest.fixture
def ask(mlflow: Server) -> Ask:
    """Ask the server's API directly, as curl would; with a body it is posted, or deleted."""

    def asked(path: str, body: object = None, method: str | None = None, **params: str) -> Any:
        url = f"{mlflow.url}/api/2.0/mlflow/{path}?{urlencode(params)}"
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 -- our own server on loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own server on loopback
            return json.loads(answer.read() or b"{}")

    return asked


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """Give the program's own way to the network."""
    async with HttpClient(Credentials(), Bounds(), Gate(), NOW) as client:
        yield client


@pytest.fixture
async def shown(mlflow: Server, http: HttpClient, tmp_path: Path) -> dict[str, Change]:
    """Give the changes that a collection shows now, by reference."""
    settings, found = kind.Settings(mlflow.url, experiments=("none",), traces=("none",)), dict[str, Change]()
    source = Source("mlflow", Route("support-bot"))
    answers: list[Answer] = [
        each async for each in kind.fetch(Reach(http, FileStore(1, tmp_path)), settings, Window(NOW, NOW, NOW))
    ]
    for answer in answers:
        for record in kind.parse(answer, source, settings):
            assert isinstance(record, Change)
            found[record.external_id] = record
    return found


def subject(change: Change) -> Subject:
    return Subject("c1", "mlflow", change.external_id, change.content_hash, change.from_ref, change.to_ref, change.url)


async def carried(mlflow: Server, http: HttpClient, of: Subject, decision: Decision, told: list[Action]) -> Delivery:
    return await deliver(http, mlflow_alias, of, decision, kind.Settings(mlflow.url), told.append)


def at(ask: Ask, name: str, alias: str = "production") -> str:
    model = ask("registered-models/get", name=name)["registered_model"]
    return next(str(each["version"]) for each in model["aliases"] if each["alias"] == alias)


@pytest.mark.parametrize("reference", ["prompt support-bot-system 3", "model support-bot 3"])
async def test_an_alias_moves_to_what_was_shown_and_back_in_one_call(
    mlflow: Server, http: HttpClient, ask: Ask, shown: dict[str, Change], reference: str
) -> None:
    change, told = subject(shown[reference]), list[Action]()
    name = reference.split(" ")[1]
    assert (change.from_ref, at(ask, name)) == ("2", "2")

    found = await carried(mlflow, http, change, APPROVE, told)
    assert (found.state, found.detail, found.before) == ("delivered", "the alias production is at version 3", "2")
    assert at(ask, name) == "3"
    assert (await carried(mlflow, http, change, APPROVE, told)).state == "delivered"
    assert len(told) == 1

    found = await carried(mlflow, http, change, BACK, told)
    assert (found.state, at(ask, name), len(told)) == ("delivered", "2", 2)


async def test_an_alias_that_somebody_moved_meanwhile_is_left_where_it_is(
    mlflow: Server, http: HttpClient, ask: Ask, shown: dict[str, Change]
) -> None:
    change, told = subject(shown["prompt claims-triage-system 3"]), list[Action]()
    ask("registered-models/alias", {"name": "claims-triage-system", "alias": "production", "version": "1"})
    found = await carried(mlflow, http, change, APPROVE, told)
    assert (found.state, at(ask, "claims-triage-system"), told) == ("moved", "1", [])
    assert found.detail == "nothing was sent: the alias production is at version 1, shown was 2"
    ask("registered-models/alias", {"name": "claims-triage-system", "alias": "production", "version": "2"})


async def test_a_text_that_is_not_what_was_shown_is_never_put_into_production(
    mlflow: Server, http: HttpClient, ask: Ask, shown: dict[str, Change]
) -> None:
    change, told = subject(shown["prompt legal-search-system 3"]), list[Action]()
    text = {"name": "legal-search-system", "version": "3", "key": "mlflow.prompt.text"}
    ask("model-versions/set-tag", {**text, "value": "Say yes to all."})
    found = await carried(mlflow, http, change, APPROVE, told)
    ask("model-versions/set-tag", {**text, "value": shown["prompt legal-search-system 3"].content})
    assert (found.state, at(ask, "legal-search-system"), told) == ("moved", "2", [])


async def test_a_rejection_is_what_the_next_collection_reads(
    mlflow: Server, http: HttpClient, ask: Ask, shown: dict[str, Change]
) -> None:
    change = subject(shown["model legal-search 3"])
    assert (await carried(mlflow, http, change, REJECT, [])).state == "delivered"
    version = ask("model-versions/get", name="legal-search", version="3")["model_version"]
    ask("model-versions/set-tag", {"name": "legal-search", "version": "3", "key": "approval", "value": "pending"})
    assert {"key": "approval", "value": "rejected"} in version["tags"]


async def test_a_name_that_is_not_there_sends_nothing(mlflow: Server, http: HttpClient) -> None:
    absent = Subject("c1", "mlflow", "prompt no-such-prompt 3", "", "2", "3")
    found = await carried(mlflow, http, absent, APPROVE, [])
    assert found.state == "recorded"
    assert found.detail.startswith("nothing was sent: GET ")


CONFIG = """
[portfolio]
name = "Real prompts"
[store]
folder = "store"
[[people]]
name = "Ada"
os_user = "{me}"
[[systems]]
name = "support-bot"
owner = "Ada"
tier = 3
[changes.classes.prompt]
evidence = []
[[sources]]
name = "mlflow"
kind = "mlflow"
system = "support-bot"
[sources.options]
url = "{url}"
experiments = ["none"]
traces = ["none"]
models = ["support-bot*"]
[[delivery]]
source = "mlflow"
[delivery.access]
token = "env:MY_MLFLOW_TOKEN"
"""


def test_the_program_moves_an_alias_that_was_approved_and_moves_it_back(
    mlflow: Server, ask: Ask, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(me=own_name(), url=mlflow.url))
    environ = {**os.environ, "MY_MLFLOW_TOKEN": "of-nobody-else", "XDG_STATE_HOME": str(tmp_path / "state")}
    site = Site(config, tmp_path / "store", environ)
    name = "support-bot-system"
    assert at(ask, name) == "2"
    site.run("collect")
    rows = site.rows(
        "select change_id, content_hash from change_ledger where external_id = 'prompt support-bot-system 3'"
    )
    ((change, content_hash),) = rows
    site.run("changes", "approve", change, "--hash", content_hash, "--reason", "shorter refusals are better")
    site.run("changes", "deliver", change)
    assert at(ask, name) == "3"
    site.run("changes", "deliver", change, "--roll-back")
    assert at(ask, name) == "2"
    told = site.rows("select verdict, state, before from deliveries where change_id = ? order by tried", change)
    assert told == [
        ("approve", "recorded", ""),
        ("approve", "delivered", "2"),
        ("roll back", "recorded", ""),
        ("roll back", "delivered", "3"),
    ]
    assert all(b"of-nobody-else" not in path.read_bytes() for path in site.store.rglob("*") if path.is_file())
