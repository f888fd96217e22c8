"""``llmops-tui changes deliver``: what a person decided in the ledger reaches a played GitHub once, or says why it does not."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operations.deliveries import Deliverable, deliverable
from scripts.real.github import GitHub, serving
from scripts.real.github_answers import Pull, Run
from store.accounts import own_name
from store.viewer import Viewer
from tui.change_delivery import lines
from tui.cli import main

OLD, HEAD, LATER = "a" * 40, "b" * 40, "c" * 40
TOKEN = "ghp-CANARY-jonas"
REVIEW = "POST /repos/acme/assistants/pulls/12/reviews"

CONFIG = """
[portfolio]
name = "Acme"
[store]
folder = "store"
[[people]]
name = "Ada"
os_user = "{me}"
logins = ["Jonas"]
[[systems]]
name = "bot"
owner = "Ada"
tier = 3
[changes.classes.prompt]
evidence = []
[changes.classes.model]
evidence = []
tier3 = "owner"
[changes.classes.config]
evidence = []
[[sources]]
name = "github"
kind = "github"
system = "bot"
[sources.options]
url = "{url}"
repositories = ["acme/assistants"]
[[sources.options.paths]]
change_class = "prompt"
globs = ["prompts/**"]
name = "prompts"
[[sources.options.paths]]
change_class = "model"
globs = ["models/**"]
name = "models"
[sources.options.access]
token = "env:COLLECTOR"
"""
DELIVERY = """
[[delivery]]
source = "github"
[delivery.access]
token = "env:MY_TOKEN"
"""


@dataclass
class Desk:
    """A configuration and a store over a played GitHub."""

    path: Path
    site: GitHub

    def run(self, *words: str) -> int:
        return main(["--config", str(self.path), *words])

    def changes(self) -> dict[str, Deliverable]:
        viewer = Viewer(self.path.parent / "store")
        found = {each.external_id.rpartition(" ")[2]: each for each in deliverable(viewer, "")}
        viewer.close()
        return found

    def decide(self, change: Deliverable, decision: str) -> None:
        """Decide as a person does; it is stored at once."""
        words = ("--hash", change.content_hash, "--reason", "looks right")
        assert self.run("changes", decision, change.change_id, *words) == 0

    def tried(self, change: Deliverable, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert self.run("changes", "deliver", change.change_id, "--list", "--json") == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("COLLECTOR", "ghp-collector")
    monkeypatch.setenv("MY_TOKEN", TOKEN)
    accounts = {"ghp-collector": "robot", TOKEN: "jonas"}
    run = Run(7, "Shorter refusals", "maria", HEAD, {"production": 161}, ("jonas",))
    with serving(GitHub(accounts, {12: Pull(12, "Shorter refusals", "maria", [OLD, HEAD])}, {7: run})) as site:
        path = tmp_path / "config.toml"
        me = own_name()
        path.write_text(CONFIG.format(me=me, url=site.url) + DELIVERY)
        made = Desk(path, site)
        assert made.run("collect") == 0
        yield made


def test_an_approval_is_delivered_once_and_every_step_is_kept(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    capsys.readouterr()
    assert desk.run("changes", "deliver", change.change_id[:6]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{change.change_id}: delivered", "  the review of jonas is there: APPROVED"]
    assert desk.site.pulls[12].reviews[0]["commit_id"] == HEAD
    assert desk.run("changes", "deliver", change.change_id) == 0
    assert desk.site.asked.count(REVIEW) == 1
    rows = desk.tried(change, capsys)
    assert [(row["state"], row["is_last"]) for row in rows] == [
        ("delivered", True), ("delivered", False), ("recorded", False)
    ]  # fmt: skip
    assert rows[2]["detail"].startswith("about to send POST ")
    assert (rows[0]["confirmed"], rows[2]["confirmed"]) == (rows[0]["tried"], None)


def test_the_last_approval_prints_the_guarded_call_and_the_page_names_the_command(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    change = desk.changes()["prompts"]
    capsys.readouterr()
    desk.decide(change, "approve")
    said = capsys.readouterr().out
    assert "recorded, not delivered; to do: curl --fail-with-body --request POST " in said
    assert HEAD in said
    assert "only while the source shows: " in said
    assert TOKEN not in said
    assert desk.run("changes", "show", change.change_id) == 0
    command = f"to do: llmops-tui changes deliver {change.change_id} (--print shows the exact call)"
    assert command in capsys.readouterr().out
    assert desk.site.pulls[12].reviews == []


def test_a_waiting_deployment_is_let_go(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["production"]
    desk.decide(change, "approve")
    assert desk.run("changes", "deliver", change.change_id, "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["state"] == "delivered"
    assert desk.site.runs[7].waiting == {}


def test_what_was_not_decided_or_not_approved_stays_here(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["prompts"]
    assert desk.run("changes", "deliver", change.change_id) == 2
    assert "no decision of yours" in capsys.readouterr().err
    desk.path.write_text(
        desk.path.read_text().replace(
            "[changes.classes.prompt]\nevidence = []", '[changes.classes.prompt]\ntier3 = "2"\nevidence = []'
        )
    )
    desk.decide(change, "approve")
    capsys.readouterr()
    assert desk.run("changes", "deliver", change.change_id) == 2
    assert "not approved yet, so your approval stays here" in capsys.readouterr().err
    assert desk.site.pulls[12].reviews == []


def test_a_rejection_leaves_at_once(desk: Desk) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "reject")
    assert desk.run("changes", "deliver", change.change_id) == 0
    assert desk.site.pulls[12].reviews[0]["state"] == "CHANGES_REQUESTED"


def test_a_moved_head_delivers_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    desk.site.pulls[12].commits.append(LATER)
    assert desk.run("changes", "deliver", change.change_id) == 2
    assert "not what was shown any more" in capsys.readouterr().out
    assert [row["state"] for row in desk.tried(change, capsys)] == ["moved"]


def test_an_answer_that_never_came_is_unknown_and_not_tried_again(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    desk.site.faults[REVIEW] = "broken"
    assert desk.run("changes", "deliver", change.change_id) == 3
    assert "unknown: not confirmed" in capsys.readouterr().out
    assert desk.site.asked.count(REVIEW) == 1


def test_one_part_of_a_pull_request_waits_for_the_others(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.site.pulls[12].files = ("prompts/support.txt", "models/support.yaml")
    assert desk.run("collect") == 0
    found = desk.changes()
    desk.decide(found["prompts"], "approve")
    capsys.readouterr()
    assert desk.run("changes", "deliver", found["prompts"].change_id) == 2
    assert f"would approve {found['models'].change_id} too" in capsys.readouterr().err
    desk.decide(found["models"], "approve")
    assert desk.run("changes", "deliver", found["prompts"].change_id) == 0


def test_a_token_that_is_missing_or_of_somebody_else_sends_nothing_and_is_never_shown(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    capsys.readouterr()
    monkeypatch.delenv("MY_TOKEN")
    assert desk.run("changes", "deliver", change.change_id) == 1
    assert "secret env:MY_TOKEN is not set" in capsys.readouterr().out
    monkeypatch.setenv("MY_TOKEN", "ghp-CANARY-unknown")
    assert desk.run("changes", "deliver", change.change_id) == 1
    desk.site.accounts["ghp-CANARY-lee"] = "lee"
    monkeypatch.setenv("MY_TOKEN", "ghp-CANARY-lee")
    assert desk.run("changes", "deliver", change.change_id) == 2
    said = capsys.readouterr()
    assert "the token is that of lee, not one of your logins" in said.out
    files = [path for path in desk.path.parent.rglob("*") if path.is_file()]
    assert all(b"CANARY" not in path.read_bytes() for path in files)
    assert "CANARY" not in said.out + said.err
    assert desk.site.pulls[12].reviews == []


def test_without_a_delivery_the_exact_call_is_printed_and_does_what_it_says(
    desk: Desk, capsys: pytest.CaptureFixture[str], need: Callable[..., None]
) -> None:
    need("bash", "curl")
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    desk.path.write_text(desk.path.read_text().replace(DELIVERY, ""))
    for words in ((), ("--print",)):
        capsys.readouterr()
        assert desk.run("changes", "deliver", change.change_id, *words) == 1
        line, guard, name = [each.strip() for each in capsys.readouterr().out.splitlines()[1:]]
    assert guard == f"only while the source shows: head {HEAD}"
    assert name == "$TOKEN is a token of your own"
    assert "COLLECTOR" not in line
    subprocess.run(["bash", "-c", line], env={**os.environ, "TOKEN": TOKEN}, check=True, capture_output=True)
    assert [each["state"] for each in desk.site.pulls[12].reviews] == ["APPROVED"]


def test_nothing_is_rolled_back_that_was_not_delivered_or_not_approved_by_oneself(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    change = desk.changes()["prompts"]
    assert desk.run("changes", "deliver", change.change_id, "--roll-back") == 2
    assert "only who approved it" in capsys.readouterr().err
    desk.decide(change, "approve")
    assert desk.run("changes", "deliver", change.change_id, "--roll-back") == 2
    assert "nothing of it is delivered" in capsys.readouterr().err
    assert desk.run("changes", "deliver", change.change_id) == 0
    capsys.readouterr()
    assert (
        desk.run("changes", "deliver", change.change_id, "--roll-back") == 1
    )  # a merged pull request is reverted by people
    assert "revert the pull request at https://github.com/" in capsys.readouterr().out


def test_what_no_call_can_do_is_left_to_people_with_words(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["prompts"]
    desk.decide(change, "approve")
    assert desk.run("changes", "deliver", change.change_id) == 0
    desk.path.write_text(desk.path.read_text().replace(DELIVERY, ""))
    capsys.readouterr()
    assert desk.run("changes", "deliver", change.change_id, "--roll-back") == 1
    assert "revert the pull request" in capsys.readouterr().out
    desk.path.write_text(desk.path.read_text().replace('name = "github"', 'name = "hub"'))
    assert desk.run("changes", "deliver", change.change_id) == 1
    assert f"its source takes no decisions; carry it out at {change.url}" in capsys.readouterr().out


@pytest.mark.parametrize("beginning", ["", "zz"])
def test_an_id_that_is_none_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str], beginning: str) -> None:
    assert desk.run("changes", "deliver", beginning) == 65
    assert "no change has this id" in capsys.readouterr().err


def test_attempts_are_listed_a_line_each(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    change = desk.changes()["prompts"]
    assert lines(()) == ["nothing was tried"]
    desk.decide(change, "reject")
    desk.run("changes", "deliver", change.change_id)
    capsys.readouterr()
    assert desk.run("changes", "deliver", change.change_id, "--list") == 0
    last, first = capsys.readouterr().out.splitlines()
    assert "reject     github review  " in last
    assert last.endswith("delivered: the review of jonas is there: CHANGES_REQUESTED")
    assert "recorded: about to send POST" in first
