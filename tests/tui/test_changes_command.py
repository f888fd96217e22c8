"""``llmops-tui changes``: the same checks beforehand as at ingestion, in one's own name, and an answer for pipelines."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from operations.changes.acts import Seen, hashed
from store import lock, spool
from store.accounts import own_name
from store.change_records import SUBJECT
from store.folder import Folder
from store.records import Change
from tests.tui.headless_store import Headless, made, well
from tui.cli import main

ME = own_name()
BOB = 4711
CONTENT = b"Answer shortly.\n"
HASH = hashed(CONTENT)
PEOPLE = f"""
[[people]]
name = "Ada"
os_user = "{ME}"
roles = ["approver"]

[[people]]
name = "Bob"
os_user = "uid-{BOB}"
roles = ["approver"]
"""


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    found = made(tmp_path)
    text = found.path.read_text().replace('[[people]]\nname = "Ada"\n', PEOPLE).replace("tier = 1", "tier = 2")
    found.path.write_text(text + '[changes.classes.prompt]\nevidence = ["diff"]\n')
    (tmp_path / "prompt.txt").write_bytes(CONTENT)
    found.collected(*well(found.now))
    return found


def run(headless: Headless, *words: str) -> int:
    return main([*headless.arguments, "changes", *words])


def request(headless: Headless, *words: str) -> int:
    prompt = str(headless.path.parent / "prompt.txt")
    usual = ("--class", "prompt", "--system", "bot", "--title", "Shorter", "--reason", "users asked")
    return run(headless, "request", *usual, "--content-file", prompt, *words)


def listed(headless: Headless, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(headless, "list", "--json", *words) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def only(headless: Headless, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (found,) = listed(headless, capsys)
    return found


def bob(headless: Headless, act: str, change: str, content_hash: str = HASH) -> None:
    """Say something in Bob's name: his account owns the file."""
    folder = Folder(headless.path.parent / "store")
    event = spool.new_event(act, f"{SUBJECT}{change}", "fine", headless.now, payload=Seen(content_hash).payload())
    os.chown(spool.write(folder, event), BOB, -1)


def collected(headless: Headless, *, author: str = "eve") -> None:
    headless.collected(
        *well(headless.now),
        Change("bot", "2", "prompt", "Longer", "pending", author, content=CONTENT.decode(), content_hash=HASH, url="https://git.example/2"),
    )  # fmt: skip


def test_a_prompt_is_requested_approved_by_another_and_applied(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert request(headless, "--from", "12", "--to", "13", "--rollback", "version 12") == 0
    said = capsys.readouterr().out
    assert said.endswith(": counted; the change is evidence ready; still needed: 1 approval\n")
    row = only(headless, capsys)
    change = str(row["change_id"])
    assert (row["state"], row["requester"], row["content_hash"]) == ("evidence ready", "Ada", HASH)
    assert run(headless, "approve", change[:6], "--hash", HASH, "--reason", "fine") == 77
    assert "approve refused: Ada requested it; somebody else must decide" in capsys.readouterr().err
    prompt = str(headless.path.parent / "prompt.txt")
    assert run(headless, "check", "--system", "bot", "--content-file", prompt) == 1
    bob(headless, "approve", change)
    assert main([*headless.arguments, "ingest"]) == 0
    capsys.readouterr()
    assert run(headless, "check", "--system", "bot", "--content-file", prompt) == 0
    assert capsys.readouterr().out == f"approved: {change}: approved\n"
    assert run(headless, "show", change) == 0
    page = capsys.readouterr().out
    for words in ("approved: prompt for bot (tier 2)", f"hash: {HASH}", "from and to: 12 to 13", "rollback: version 12",
                  "+ present       diff: content", "approve of", "by Bob (approver): fine", "| Answer shortly.",
                  "to do: apply content"):  # fmt: skip
        assert words in page
    assert run(headless, "applied", change, "--hash", HASH[:12]) == 0
    assert "; the change is watching" in capsys.readouterr().out
    assert listed(headless, capsys) == []
    states = {row["change_id"]: row["state"] for row in listed(headless, capsys, "--all", "--system", "bot")}
    assert states[change] == "watching"
    assert listed(headless, capsys, "--all", "--system", "desk") == []


def test_a_collected_change_is_approved_in_ones_own_name_and_what_is_left_is_said(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    collected(headless)
    change = str(only(headless, capsys)["change_id"])
    assert run(headless, "approve", change, "--hash", "f" * 64, "--reason", "fine") == 77
    assert "the content moved" in capsys.readouterr().err
    assert run(headless, "ask", change, "--reason", "which users?") == 0
    assert run(headless, "approve", change, "--hash", HASH[:12], "--reason", "fine") == 0
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said == [
        f"{change}: counted; the change is approved",
        "recorded, not delivered; to do: apply it at https://git.example/2",
    ]
    assert run(headless, "approve", change, "--hash", HASH, "--reason", "again") == 77
    assert "it is approved already, by Ada" in capsys.readouterr().err
    assert run(headless, "reject", change, "--hash", HASH, "--reason", "no", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ledger_state"] == "rejected"
    assert run(headless, "check", "--system", "bot", "--content-hash", HASH, "--json") == 2
    assert json.loads(capsys.readouterr().out)["answer"] == "rejected"


def test_a_forged_name_of_the_environment_changes_nothing(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert request(headless) == 0
    change = str(only(headless, capsys)["change_id"])
    forged = {**os.environ, "USER": f"uid-{BOB}", "LOGNAME": f"uid-{BOB}", "USERNAME": f"uid-{BOB}"}
    words = [*headless.arguments, "changes", "approve", change, "--hash", HASH, "--reason", "I am Bob"]
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", *words],
        cwd=Path(__file__).parents[2], env=forged, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 77
    assert "Ada requested it" in done.stderr


def test_missing_evidence_is_attached_or_waived(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.path.write_text(headless.path.read_text().replace('["diff"]', '["diff", "cost", "tests"]'))
    collected(headless)
    change = str(only(headless, capsys)["change_id"])
    run(headless, "approve", change, "--hash", HASH, "--reason", "fine")
    assert "cost delta: nothing was given; tests: nothing was given; attach it, or waive it" in capsys.readouterr().err
    assert run(headless, "attach", change, "--item", "tests", "--link", "https://ci.example/1") == 0
    assert run(headless, "waive", change, "--hash", HASH, "--for", "3d", "--reason", "no load yet") == 0
    capsys.readouterr()
    run(headless, "show", change)
    page = capsys.readouterr().out
    assert "- missing       cost delta: nothing was given (waived until " in page
    assert "tests: https://ci.example/1 (Ada)" in page
    assert "waive cost of " in page
    assert run(headless, "approve", change, "--hash", HASH, "--reason", "fine") == 0


def test_a_request_is_revised_and_withdrawn_by_its_requester(
    headless: Headless, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request(headless, "--evidence", "tests=https://ci.example/1")
    change = str(only(headless, capsys)["change_id"])
    bob(headless, "approve", change)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Answer\xe2\x80\x8b shortly.\n")))
    usual = ("--class", "prompt", "--system", "bot", "--title", "Shorter", "--reason", "users asked")
    assert run(headless, "request", *usual, "--content-file", "-", "--revise", change[:8]) == 0
    capsys.readouterr()
    run(headless, "show", change)
    page = capsys.readouterr().out
    assert "content; 1 hidden character, each shown by its name:" in page
    assert "ZERO WIDTH SPACE" in page
    assert "[void: the content moved: it is " in page
    assert run(headless, "check", "--system", "bot", "--content-hash", HASH) == 2
    assert run(headless, "withdraw", change, "--reason", "not now") == 0
    assert listed(headless, capsys) == []


def test_what_waits_for_a_collection_is_shown_as_submitted_until_then(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock.held(Folder(headless.path.parent / "store")):
        assert request(headless, "--wait", "0") == 0
    said = capsys.readouterr().out
    assert "written; the next collection stores it, 'llmops-tui ingest' as the store's owner at once" in said
    row = only(headless, capsys)
    assert (row["state"], row["note"], row["requester"]) == ("submitted", "not stored yet", "Ada")


def test_a_store_of_another_user_is_left_to_its_owner(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    os.chown(headless.path.parent / "store", BOB, -1)
    assert request(headless) == 0
    assert "written; the next collection stores it" in capsys.readouterr().out


def test_a_decision_is_signed_where_signatures_are_required(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = headless.path.parent
    for name in ("ada", "mallory"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "signers").write_text(f"Ada {(folder / 'ada.pub').read_text()}")
    (folder / "signers").chmod(0o644)
    text = headless.path.read_text()
    headless.path.write_text(text + '[changes]\nrequire_signature = true\nallowed_signers = "signers"\n')
    collected(headless)
    change = str(only(headless, capsys)["change_id"])
    words = ("approve", change, "--hash", HASH, "--reason", "fine")
    assert run(headless, *words) == 77
    assert "signatures are required; sign it with --key" in capsys.readouterr().err
    assert run(headless, *words, "--key", str(folder / "mallory")) == 77
    assert "the signature does not hold for Ada" in capsys.readouterr().err
    assert run(headless, *words, "--key", str(folder / "absent")) == 73
    assert run(headless, *words, "--key", str(folder / "ada")) == 0
    capsys.readouterr()
    run(headless, "show", change)
    assert "(owner approver), signed SHA256:" in capsys.readouterr().out
    _replayed(headless, change)
    assert main([*headless.arguments, "ingest"]) == 0
    capsys.readouterr()
    run(headless, "show", change)
    assert "[refused: the signature does not hold for Ada" in capsys.readouterr().out


def _replayed(headless: Headless, change: str) -> None:
    """Write the signed decision of the past again, under another id."""
    folder = Folder(headless.path.parent / "store")
    (signed,) = (json.loads(path.read_text()) for path in folder.done.iterdir() if "SSH SIGNATURE" in path.read_text())
    event = spool.new_event("approve", f"{SUBJECT}{change}", signed["reason"], headless.now, payload=signed["payload"])
    spool.write(folder, replace(event, signature=signed["signature"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--class", "prmpt"), "--class prmpt: no such class of change; did you mean 'prompt'?"),
        (("--system", "bit"), "--system bit: no such system; did you mean 'bot'?"),
        (("--evidence", "tests"), "--evidence tests: expected ITEM=LINK, such as tests=https://ci.example/1"),
        (("--evidence", "test=x"), "--evidence test: no such evidence; did you mean 'tests'?"),
        (("--revise", "0x"), "0x: no change has this id; 'llmops-tui changes list --all' lists them"),
    ],
)
def test_what_cannot_be_requested_says_why(
    headless: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert request(headless, *words) == 65
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; nobody can decide on that"),
        (b"a\0b", "holds a NUL character; nobody can decide on that"),
        (b"\xff", "is not UTF-8 text; request a diff, or a file with its hash"),
        (b"x" * 1_048_577, "is larger than 1048576 bytes"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_content_that_nobody_could_read_is_refused(
    headless: Headless, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = headless.path.parent / "prompt.txt"
    path.unlink() if content is None else path.write_bytes(content)
    assert request(headless) == 65
    assert said in capsys.readouterr().err


def test_lengths_and_items_of_a_waiver_are_read_strictly(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    request(headless)
    change = str(only(headless, capsys)["change_id"])
    words = ("waive", change, "--hash", HASH, "--reason", "x")
    assert run(headless, *words, "--for", "soon") == 65
    assert "--for soon: expected a length of time" in capsys.readouterr().err
    assert run(headless, *words, "--for", "1d", "--item", "golen") == 65
    assert "--item golen: no such evidence; did you mean 'golden'?" in capsys.readouterr().err


def test_nothing_to_do_is_said_and_a_line_says_what_a_change_waits_for(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(headless, "list") == 0
    assert capsys.readouterr().out == "no change asks anything of anybody; --all lists those that are settled\n"
    request(headless)
    capsys.readouterr()
    run(headless, "list")
    assert capsys.readouterr().out.endswith("  evidence ready  prompt     bot   now  Shorter: 1 approval\n")
    assert run(headless, "list", "--all") == 0
    assert "applied without the approval that it needs" in capsys.readouterr().out


def test_a_pipeline_without_a_store_is_told_that_nothing_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = made(tmp_path)
    assert run(empty, "check", "--system", "bot", "--content-hash", "x") == 3
    assert capsys.readouterr().out.startswith("unknown: nothing is collected yet")
