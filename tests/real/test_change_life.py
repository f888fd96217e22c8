"""The whole life of a prompt change, typed in a real terminal by people with accounts, before a real MLflow and a GitHub."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from scripts.real import accounts, life
from scripts.real.life_steps import Life
from scripts.real.processes import Server
from scripts.real.transcript import Step
from tests.conftest import IN_CI

pytestmark = pytest.mark.real


@dataclass(frozen=True, slots=True)
class Lived:
    """A life at its end: its steps by title, what the registry and GitHub hold, and the page."""

    life: Life
    steps: dict[str, Step]
    production: str
    page: str


@pytest.fixture(scope="module")
def lived(mlflow: Server, need: Callable[..., None]) -> Iterator[Lived]:
    need("faketime", "ssh-keygen", "curl")
    if not IN_CI and not accounts.is_possible():
        pytest.skip("making accounts needs root")
    with life.living(mlflow.url) as found:
        steps = {step.title: step for step in found.steps()}
        yield Lived(found, steps, found.registry.production(), found.desk.page(life.HEAD))


def state(step: Step) -> tuple[str, dict[str, str]]:
    """Give the state of the change after a step, and that of each item of evidence."""
    return step.after["row"]["state"], {item["item"]: item["state"] for item in step.after["items"]}


def said(step: Step) -> list[tuple[str, str, str]]:
    """Give what people said of the change so far: what, who, whether it counts."""
    return [(each["decision"], each["person"], each["state"]) for each in step.after["said"]]


def test_a_version_that_nobody_told_of_is_seen_and_what_it_lacks_is_named(lived: Lived) -> None:
    step = lived.steps["Evidence missing"]
    assert state(step) == ("evidence missing", {"diff": "present", "golden": "missing", "cost": "missing"})
    row = step.after["row"]
    assert (row["from_ref"], row["to_ref"], row["needed"]) == ("12", "13", "2 approvals")
    assert step.codes == [0, 1]
    assert "- missing       golden set: no run of a suite like *golden* on version 13 beside 12" in step.printed


def test_twenty_cases_are_inconclusive_and_four_hundred_pass(lived: Lived) -> None:
    few, many = lived.steps["Evaluated at n = 20: inconclusive"], lived.steps["Evaluated at n = 400: pass"]
    assert state(few) == ("evidence missing", {"diff": "present", "golden": "inconclusive", "cost": "missing"})
    assert "golden pass_rate, n 20 and 20, +0.05 (-0.1" in few.printed
    assert state(many) == ("evidence ready", {"diff": "present", "golden": "present", "cost": "present"})
    assert "golden pass_rate, n 400 and 400, +0.0475 (+0.0136 to +0.0818)" in many.printed


def test_neither_the_author_nor_anybody_without_a_listed_key_decides(lived: Lived) -> None:
    step = lived.steps["Who may not"]
    assert step.codes == [77, 77, 77]
    for words in ("Jonas wrote it; somebody else must decide", "signatures are required", "does not hold for Ada"):
        assert words in step.printed
    assert said(lived.steps["Two people approve"])[:1] == [("attach", "Jonas", "counted")]


def test_two_accounts_with_signatures_make_the_quorum_one_of_them_in_the_screens(lived: Lived) -> None:
    step = lived.steps["Two people approve"]
    assert state(step)[0] == "approved"
    assert said(step)[1:] == [("approve", "Ada", "counted"), ("approve", "Ben", "counted")]
    keys = {each["fingerprint"] for each in step.after["said"][1:]}
    accounts_used = {each["actor_uid"] for each in step.after["said"][1:]}
    assert len(keys) == len(accounts_used) == 2
    assert all(key.startswith("SHA256:") for key in keys)
    screens = {each.line: each.printed for each in step.typed}
    assert "evidence ready           1/2" in screens["llmops-tui, then 4"]
    assert "you cannot approve it: open Evidence first" in screens["/ready, Enter, ]"]
    assert "approve: written as ben" in screens["Enter"]


def test_the_review_is_at_github_on_exactly_the_commit_that_was_approved(lived: Lived) -> None:
    (review,) = lived.life.site.pulls[7].reviews
    assert (review["user"]["login"], review["state"], review["commit_id"]) == ("ben-acme", "APPROVED", "b" * 40)
    assert set(lived.steps["The pull request is reviewed"].codes) == {0}


def test_the_alias_is_moved_and_the_next_collection_sees_it(lived: Lived) -> None:
    moved, watching = lived.steps["The alias moves"], lived.steps["Watching"]
    assert moved.codes == [0, 0, 0]
    assert re.findall(r'"version": "(\d+)"', moved.printed) == ["12", "13"]
    assert lived.production == "13"
    assert state(watching)[0] == "watching"
    assert (watching.after["row"]["from_ref"], watching.after["row"]["to_ref"]) == ("12", "13")
    assert watching.codes == [0, 0, 0]


def test_a_day_later_nothing_is_worse_and_it_is_verified(lived: Lived) -> None:
    step = lived.steps["Verified"]
    row = step.after["row"]
    assert (state(step)[0], row["note"]) == ("verified", "3 of 3 signals no worse")
    watch = step.after["watch"]
    assert (watch["how"], watch["result"]) == ("observed", "verified")
    told = {each["signal"]: each["verdict"] for each in step.after["signals"]}
    for signal in ("schema_valid", "refusal", "latency_p50", "golden"):
        assert told[signal] == "no worse"


def test_what_it_was_decided_on_can_still_be_seen_at_the_end(lived: Lived) -> None:
    at_last, decided = (lived.steps[title].after for title in ("Verified", "Two people approve"))
    assert at_last["items"] == decided["items"]
    assert at_last["said"] == decided["said"]


def test_every_signature_and_decision_is_in_an_intact_log(lived: Lived) -> None:
    audit = lived.steps["Verified"].typed[-1]
    assert audit.code == 0
    assert "\nintact: " in f"\n{audit.printed}"


def test_the_page_holds_every_step_and_nothing_of_the_machine(lived: Lived) -> None:
    written = life.PAGE.read_text()
    for page in (written, lived.page):
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == list(lived.steps)
        assert not re.search(r"/var/tmp|llmops-life|ada-\d", page)
