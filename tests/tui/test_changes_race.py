"""Six people decide on one change at the same time, while two processes store: exactly the right decisions count."""

import grp
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from operations.changes.acts import Proposal, Seen, hashed
from store import commit, spool
from store.change_records import SUBJECT, Decision
from store.folder import Folder
from store.ledger import request_id
from tests.tui.headless_store import Headless
from tui.cli import main

CONTENT = "Answer shortly.\n"
HASH = hashed(CONTENT.encode())
GROUP = grp.getgrgid(65_534)
# who, account, the hash that they saw
SIX = (
    ("requester", 4701, HASH), ("author", 4702, HASH), ("first", 4703, HASH), ("first", 4703, HASH),
    ("second", 4704, HASH), ("third", 4705, hashed(b"something else")),
)  # fmt: skip

CONFIGURATION = """
[portfolio]
name = "Acme"
[store]
folder = "store"
mode = "group"
group = "{group}"
[[systems]]
name = "bank"
owner = "requester"
tier = 1
[changes.classes.prompt]
evidence = []
"""

# Becomes another user after its imports, then waits for the word to write with all the others.
WRITER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from store import spool
from store.folder import Folder
root, uid, gid, change, payload = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
spool.new_event("note", "bot", "all that this needs is loaded now", datetime.now(UTC))
os.setgroups([gid]); os.setgid(gid); os.setuid(uid)
print("ready", flush=True)
sys.stdin.readline()
event = spool.new_event("approve", f"change:{change}", "looks right", datetime.now(UTC), payload=payload)
spool.write(Folder(root), event)
"""
INGEST = "import sys; from tui.cli import main; sys.exit(main())"


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that other accounts can enter."""
    made = Path("/var/tmp") / f"llmops-race-{os.getpid()}-{Random().random():.9f}"  # noqa: S311 - a name, no secret
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made)


def people() -> str:
    accounts = dict.fromkeys((who, uid) for who, uid, _ in SIX)
    return "".join(
        f'[[people]]\nname = "{who}"\nos_user = "uid-{uid}"\nroles = ["approver"]\n' for who, uid in accounts
    )


def requested(headless: Headless) -> str:
    """Request the change in the requester's name; give its id."""
    asked = Proposal("prompt", "bank", "Shorter", CONTENT, HASH, author="author")
    event = spool.new_event("request", "", "users asked", headless.now, payload=asked.payload())
    event = replace(event, subject=f"{SUBJECT}{request_id(event.event_id)}")
    os.chown(spool.write(Folder(headless.path.parent / "store"), event), SIX[0][1], -1)
    assert main([*headless.arguments, "ingest"]) == 0
    return request_id(event.event_id)


def child(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", *words], cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.root
def test_of_six_that_race_exactly_the_right_decisions_count(place: Path) -> None:
    headless = Headless(place / "config.toml", datetime.now(UTC))
    headless.path.write_text(CONFIGURATION.format(group=GROUP.gr_name) + people())
    assert main([*headless.arguments, "ingest"]) == 0
    folder = Folder(place / "store")
    change = requested(headless)
    writers = [
        child(WRITER, str(folder.root), str(uid), str(GROUP.gr_gid), change, Seen(seen).payload())
        for _, uid, seen in SIX
    ]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n", each.communicate()
    storing = [child(INGEST, *headless.arguments, "ingest", "--wait", "60") for _ in range(2)]
    for each in writers:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    for each in (*writers, *storing):
        _, faults = each.communicate(timeout=90)
        assert each.returncode == 0, faults
    assert main([*headless.arguments, "ingest"]) == 0
    _judged(folder, change)


def _judged(folder: Folder, change: str) -> None:
    """Hold the ledger to what must have come of it."""
    with commit.primary(folder, datetime.now(UTC)) as session:
        said = session.rows(Decision, "select * from decisions where decision = 'approve'")
        state = session.execute("select state, approvals from change_states where change_id = $id", {"id": change})
        logged = session.execute("select count(*) from audit where action in ('approve counted', 'approve refused')")
    assert len(said) == len(SIX)
    assert sorted(each.person for each in said if each.state == "counted") == ["first", "second"]
    refused = {(each.person, each.why.partition(";")[0]) for each in said if each.state == "refused"}
    moved = f"the content moved: it is {HASH[:12]} now, not {SIX[-1][2][:12]}"
    assert refused >= {("requester", "requester requested it"), ("author", "author wrote it"), ("third", moved)}
    assert {why for who, why in refused if who == "first"} <= {
        "first decided that already",
        "it is approved already, by first, second",
    }
    assert state == [("approved", 2)]
    assert logged == [(len(SIX),)]
    assert json.loads(folder.audit.read_text().splitlines()[-1])["sequence"] >= len(SIX)
