"""Write what a person says of a change: checked as ingestion will check it, signed if asked, stored at once."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast, get_args

from operations.changes import acts
from operations.changes.acts import Proposal, Seen
from operations.changes.decisions import Rules, decide
from operations.changes.mine import lacking
from operations.changes.queue import LedgerRow, page, rows, said, unrecorded_rows
from operations.changes.settings import EvidenceName
from store import lock, spool
from store.change_records import SUBJECT, Decision, Requested
from store.decode import suggestion
from store.errors import EXIT_OK, EXIT_REFUSED, ConfigError, StoreBusyError
from store.ledger import REQUESTS, request_id
from store.records import Change, ChangeClass, Event
from store.values import Duration
from store.viewer import Viewer
from tui.change_sending import sent, signed
from tui.changing import changing
from tui.choosing import one
from tui.collecting import folder_of, store
from tui.remaining import call
from tui.settings import Config

LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger as published, with the configuration that decisions are held against."""

    config: Config
    viewer: Viewer

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """Every change."""
        return rows(self.viewer)

    @property
    def unrecorded(self) -> tuple[LedgerRow, ...]:
        """Every change that was observed and that nobody recorded."""
        return unrecorded_rows(self.viewer)

    def known(self, now: datetime) -> tuple[LedgerRow, ...]:
        """Give every change, those that only the spool holds yet as submitted."""
        waiting = decide(self.viewer, self.rules(now), now, self.viewer.pending_events())
        held = {row.change_id for row in self.rows}
        fresh = [_submitted(*each) for each in waiting.requests if each[1].change_id not in held]
        return (*self.unrecorded, *fresh, *self.rows)

    def chosen(self, beginning: str, *, only_recorded: bool = True) -> LedgerRow:
        """Give the only change whose id begins so; of those that nobody recorded nothing can be decided."""
        rows = self.rows if only_recorded else (*self.unrecorded, *self.rows)
        found = {row.change_id: row for row in rows}
        return found[one(beginning, list(found), "change", "'llmops-tui changes list --all' lists them")]

    def rules(self, now: datetime) -> Rules:
        """Say what decisions are held against."""
        return changing(self.config, now)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something said: counted, refused, or not stored yet; ``left`` is what is to be done outside."""

    event_id: str
    change_id: str
    state: str
    why: str
    ledger_state: str
    needed: str
    left: str

    @property
    def exit_code(self) -> int:
        """Give what the command ends with."""
        return EXIT_REFUSED if self.state == "refused" else EXIT_OK


@contextmanager
def reading(config: Config) -> Iterator[Ledger]:
    """Open the published ledger."""
    viewer = Viewer(config.store.folder)
    try:
        yield Ledger(config, viewer)
    finally:
        viewer.close()


def content_of(path: Path) -> str:
    """Read the text of a change, byte by byte as it is; anything that is no text is refused in words."""
    try:
        if str(path) == "-":
            body = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as file:
                body = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(body) > LARGEST:
        raise ConfigError(
            [f"{path}: is larger than {LARGEST} bytes; request a diff, or a file with hashes of its parts"]
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text; request a diff, or a file with its hash"]) from None
    if not text or "\0" in text:
        raise ConfigError([f"{path}: {'is empty' if not text else 'holds a NUL character'}; nobody can decide on that"])
    return text


def request(ledger: Ledger, args: argparse.Namespace, now: datetime) -> Event:
    """Write a request, or the revision of one."""
    content = content_of(args.content_file or args.diff_file)
    _check(args.change_class, get_args(ChangeClass), f"--class {args.change_class}: no such class of change")
    _check(args.system, [each.name for each in ledger.config.systems], f"--system {args.system}: no such system")
    asked = Proposal(
        change_class=cast("ChangeClass", args.change_class),
        system=args.system,
        title=args.title,
        content=content,
        content_hash=acts.hashed(content.encode()),
        from_ref=args.from_ref,
        to_ref=args.to_ref,
        author=args.author,
        risk=args.risk,
        url=args.url,
        rollback=args.rollback,
        incident=args.incident,
        evidence=_evidence(args.evidence),
    )
    event = spool.new_event("request", "", args.reason, now, payload=asked.payload())
    revised = ledger.chosen(args.revise).change_id if args.revise else request_id(event.event_id)
    return sent(ledger.config, ledger.viewer, replace(event, subject=f"{SUBJECT}{revised}"), now)


def say(ledger: Ledger, args: argparse.Namespace, now: datetime) -> Event:
    """Write a decision, or what else is said of a change."""
    row = ledger.chosen(args.id)
    seen = Seen(_hash(getattr(args, "hash", ""), row.content_hash), row.evidence_hash, _items(ledger, args, row))
    expires = now + _length(args.length).delta if args.action == "waive" else None
    event = spool.new_event(args.action, f"{SUBJECT}{row.change_id}", args.reason, now, expires, seen.payload())
    key = getattr(args, "key", None)
    if key is not None:
        event = signed(ledger.config, event, key, os.environ)
    return sent(ledger.config, ledger.viewer, event, now)


def outcome(config: Config, event_id: str, wait: float) -> Outcome:
    """Have the spool stored where this user owns the store, and say what became of an event."""
    now = datetime.now(UTC)
    is_stored = take_in(config, now, wait)
    with reading(config) as ledger:
        decision = said(ledger.viewer, [event_id]).get(event_id) if is_stored else None
        if decision is None:
            return Outcome(event_id, "", "waiting", "", "", "", "")
        row = next((each for each in ledger.rows if each.change_id == decision.change_id), None)
        return _outcome(ledger, decision, row)


def _outcome(ledger: Ledger, decision: Decision, row: LedgerRow | None) -> Outcome:
    is_left = row is not None and row.state == "approved" and decision.state == "counted"
    return Outcome(
        event_id=decision.event_id,
        change_id=decision.change_id,
        state=decision.state,
        why=decision.why,
        ledger_state="" if row is None else row.state,
        needed="" if row is None else "; ".join(filter(None, (row.needed, row.missing, row.frozen))),
        left=call(ledger.config, ledger.viewer, row, decision) if is_left and row is not None else "",
    )


def take_in(config: Config, now: datetime, wait: float) -> bool:
    """Take the spool in at once; ``False`` where somebody else owns the store, or a collection holds it."""
    folder = folder_of(config)
    if folder.root.stat().st_uid != os.geteuid():
        return False
    try:
        with lock.held(folder, wait):
            store(config, folder, [], now)
    except StoreBusyError:
        return False
    return True


def _items(ledger: Ledger, args: argparse.Namespace, row: LedgerRow) -> tuple[str, ...]:
    """Give the items that are meant: those named, or for a waiver all that are lacking."""
    if args.action not in {"waive", "attach"}:
        return ()
    for item in args.item:
        _check(item, get_args(EvidenceName), f"--item {item}: no such evidence")
    return tuple(args.item) or lacking(page(ledger.viewer, row), ledger.config.changes)


def _evidence(pairs: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for pair in pairs:
        item, sign, link = pair.partition("=")
        if not sign or not link.strip():
            raise ConfigError([f"--evidence {pair}: expected ITEM=LINK, such as tests=https://ci.example/1"])
        _check(item, get_args(EvidenceName), f"--evidence {item}: no such evidence")
        found[item] = link.strip()
    return found


def _hash(said_hash: str, present: str) -> str:
    """Let twelve characters or more stand for the present hash; anything else is what it is."""
    return present if len(said_hash) >= 12 and present.startswith(said_hash) else said_hash


def _length(text: str) -> Duration:
    try:
        return Duration.from_toml(text)
    except ValueError as error:
        raise ConfigError([f"--for {text}: {error}"]) from None


def _check(name: str, known: Sequence[str], words: str) -> None:
    if name not in known:
        raise ConfigError([words + suggestion(name, known)])


def _submitted(change: Change, request: Requested) -> LedgerRow:
    """Show a request that waits in the spool."""
    return LedgerRow(
        change_id=request.change_id, state="submitted", plain_state="pending", note="not stored yet",
        system=change.system, change_class=change.change_class, title=change.title, risk=change.risk, tier=1, owner="",
        deputy="",
        source=REQUESTS, kind="", target="", external_id=request.event_id, author=change.author,
        requester=request.requester, editor=request.editor, from_ref=change.from_ref, to_ref=change.to_ref,
        content_hash=change.content_hash, evidence_hash="", reason=request.reason, rollback=request.rollback,
        incident=request.incident, url=change.url, waiting_since=request.written, approvals=0, needed="", missing="",
        frozen="", is_late=False, reviews=0, review_due=None, applied=None, watch_until=None,
    )  # fmt: skip
