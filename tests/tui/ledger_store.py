"""Build a real store with a change ledger beside its configuration: what waits for whoever runs the tests, and what does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from operations.changes import acts
from operations.changes.acts import Proposal, Seen
from store import commit, spool
from store.accounts import own_name
from store.change_records import SUBJECT
from store.folder import Folder
from store.ledger import request_id
from store.records import Change, Event, Outcome, Run
from tests.tui.screen_store import NOW
from tui import collecting
from tui.settings import load

ME = own_name()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BEFORE = "You answer customers of Acme.\nRefuse when the sources do not say it.\nCite the clause.\n"
PROMPT = "You answer customers of Acme.\nRefuse when the sources are silent.\nCite clause and page.\nBe short.\n"
DIFF = (
    "--- a/system.txt\n+++ b/system.txt\n@@ -1,2 +1,2 @@\n You answer customers of Acme.\n"
    "-Refuse when the sources do not say it.\n+Answer as well as you can.\u200b\n"
)
CONFIG = f"""
[portfolio]
name = "Acme Assurance"

[store]
folder = "store"

[[people]]
name = "Ada Byron"
os_user = "{ME}"
roles = ["approver"]

[[people]]
name = "Bob Frost"
os_user = "bob"
roles = ["approver"]

[[people]]
name = "Cleo Marsh"
os_user = "cleo"
roles = ["approver", "risk"]

[[people]]
name = "Eve Stone"
os_user = "eve"

[[systems]]
name = "support-bot"
owner = "Cleo Marsh"
tier = 1

[[systems]]
name = "claims-triage"
owner = "Cleo Marsh"
tier = 2

[changes.classes.prompt]
evidence = ["diff", "cost"]
"""
READY = "1" * 32
OWN = "2" * 32
TIER_1 = "3" * 32
EXTERNAL = "4" * 32
LIVE = "5" * 32


def id_of(event_id: str) -> str:
    """Give the id of the change that this event requested."""
    return request_id(event_id)


def build(folder: Path, now: datetime = NOW) -> Path:
    """Make the store as collections do; give the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    store = Folder(folder / "store")
    store.create()
    collect(path, now - 8 * DAY, _pull(now))
    put(path, now - 7 * DAY, *_live(now - 8 * DAY))
    put(path, now - HOUR, *_requests(now))
    collect(path, now - timedelta(minutes=5))
    return path


def collect(path: Path, now: datetime, *changes: Change) -> None:
    """Judge as a collection does, with what one source lists if anything."""
    config = load(path, {})
    run = Run("run-git", "git", "http_json", "complete", "", "", now - HOUR, now, now, now, None)
    outcomes = [Outcome(run, changes, snapshot=True)] if changes else []
    collecting.store(config, Folder(path.parent / "store"), outcomes, now)


def put(path: Path, now: datetime, *events: Event) -> None:
    """Store what other people wrote, as ingestion does, and judge it."""
    with commit.primary(Folder(path.parent / "store"), now) as session, session.transaction():
        session.append("events", events)
    collect(path, now)


def said(
    actor: str, act: str, event_id: str, now: datetime, content: str = PROMPT, reason: str = "read it, it is right"
) -> Event:
    """Make what an account says of a requested change."""
    payload = Seen(acts.hashed(content.encode())).payload()
    made = spool.new_event(act, f"{SUBJECT}{id_of(event_id)}", reason, now, payload=payload)
    return Event(f"{event_id[0]}{act.encode().hex()}{actor.encode().hex()}".ljust(32, "0")[:32], made.kind, made.subject, reason,
                 actor, 4711, 4711, now, None, payload)  # fmt: skip


def revise(path: Path, now: datetime, content: str = "Something else.\n") -> None:
    """Have the requester move the content of the change that is ready."""
    made = _requested("eve", READY, now, "Cite clause and page", content=content, from_ref="12", to_ref="13")
    put(path, now, replace(made, event_id="9" * 32))


def _requested(actor: str, event_id: str, now: datetime, title: str, **fields: object) -> Event:
    content = str(fields.pop("content", PROMPT))
    usual: dict[str, object] = {
        "change_class": "prompt",
        "system": "claims-triage",
        "evidence": {"cost": "https://ci.example/41"},
    }
    asked = Proposal(title=title, content=content, content_hash=acts.hashed(content.encode()), **{**usual, **fields})  # type: ignore[arg-type]  # of Proposal
    return Event(
        event_id,
        "request",
        f"{SUBJECT}{id_of(event_id)}",
        "customers asked",
        actor,
        4711,
        4711,
        now,
        None,
        asked.payload(),
    )


def _live(now: datetime) -> Iterator[Event]:
    yield _requested("eve", LIVE, now, "The first prompt", content=BEFORE, to_ref="12")
    yield said("bob", "approve", LIVE, now + HOUR, BEFORE)
    yield said("eve", "applied", LIVE, now + 2 * HOUR, BEFORE)


def _requests(now: datetime) -> Iterator[Event]:
    yield _requested(
        "eve", READY, now - 30 * HOUR, "Cite clause and page", from_ref="12", to_ref="13", rollback="version 12"
    )
    yield _requested(ME, OWN, now - 20 * HOUR, "Shorter answers", content="Be short.\n")
    yield _requested("eve", TIER_1, now - 10 * HOUR, "Refuse in the customer's language", system="support-bot")
    yield said("bob", "approve", TIER_1, now - 9 * HOUR)
    yield _requested(
        "eve",
        EXTERNAL,
        now - 5 * HOUR,
        "The vendor moves its region",
        change_class="external",
        content="eu-west\n",
        evidence={},
    )


def _pull(now: datetime) -> Change:
    return Change("support-bot", "acme/prompts#8", "prompt", "Answer more often", "pending", "mallory", now - 8 * DAY,
                  "", "", "", DIFF, "high", "https://git.example/acme/prompts/pull/8")  # fmt: skip
