"""Carry what people decide in viewers to the store: one JSON file per event, complete or absent.

Who decided is the owner of the file, which the system sets and no environment variable can forge.
"""

import json
import os
import re
import stat
import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast, get_args

from store import deliveries
from store.accounts import login_uid, user_name
from store.errors import StoreError
from store.folder import Folder, sync_folder
from store.records import Event, EventKind

LARGEST: Final = 64 * 1024
LARGEST_REQUEST: Final = 2 * 1024 * 1024
"""A request carries the whole content of a change."""
LONGEST_SILENCE: Final = timedelta(days=30)
_NAME = re.compile(r"[0-9a-f]{32}\.json")


def new_event(
    kind: str, subject: str, reason: str, now: datetime, expires: datetime | None = None, payload: str = ""
) -> Event:
    """Make an event of the person who runs this process."""
    uid = os.geteuid()
    return Event(
        uuid.uuid4().hex, _kind(kind), subject, reason, user_name(uid), uid, login_uid(), now, expires, payload
    )


def write(folder: Folder, event: Event) -> Path:
    """Put one event into the spool: exclusive part file, fsync, rename."""
    target = folder.spool / f"{event.event_id}.json"
    part = target.with_suffix(".part")
    content = json.dumps(asdict(event), sort_keys=True, default=datetime.isoformat).encode()
    largest = _largest(event)
    if len(content) > largest:
        raise StoreError(f"the event is larger than {largest} bytes; shorten its reason or its content")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o640)
            os.fsync(file.fileno())
        part.rename(target)
        sync_folder(folder.spool)
    except OSError as error:
        raise StoreError(f"writing to {folder.spool}: {error.strerror}; ask the store's owner for access") from error
    return target


def waiting(folder: Folder) -> tuple[Event, ...]:
    """Give the readable, honest events of the spool, oldest first; anything else is left for ``refused``."""
    events = (event for _, event, _ in _look(folder) if event is not None)
    return tuple(sorted(events, key=lambda event: (event.written, event.event_id)))


def refused(folder: Folder) -> tuple[tuple[Path, str], ...]:
    """Give the spool's files that are no event, each with the reason."""
    return tuple((path, why) for path, event, why in _look(folder) if event is None)


def settle(folder: Folder, events: tuple[Event, ...]) -> None:
    """Move committed events out of the spool."""
    for event in events:
        path = folder.spool / f"{event.event_id}.json"
        if path.exists():
            path.rename(folder.done / path.name)


def _look(folder: Folder) -> list[tuple[Path, Event | None, str]]:
    try:
        paths = sorted(path for path in folder.spool.iterdir() if path.suffix == ".json")
    except OSError:
        return []
    return [(path, *_read(path)) for path in paths]


def _read(path: Path) -> tuple[Event | None, str]:
    """Read one file without following links; the owner of the file is the actor, whatever its text says."""
    if not _NAME.fullmatch(path.name):
        return None, "its name is not an event id"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return None, f"it cannot be opened: {error.strerror}"
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_size > LARGEST_REQUEST:
            return None, "it is not a plain file of its own within the size limit"
        try:
            event = _decoded(json.loads(file.read(LARGEST_REQUEST + 1)))
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return None, "it is not an event"
    if why := _fault(event, path, found.st_size):
        return None, why
    return replace(event, actor_uid=found.st_uid, actor=user_name(found.st_uid)), ""


def _largest(event: Event) -> int:
    return LARGEST_REQUEST if event.kind == "request" else LARGEST


def _fault(event: Event, path: Path, size: int) -> str:
    """Say why an event that can be read is not believed; nothing when it is."""
    if f"{event.event_id}.json" != path.name:
        return "its event id is not its name"
    if size > _largest(event):
        return f"it is larger than {_largest(event)} bytes, the most of its kind"
    lasts = None if event.expires is None else event.expires - event.written
    if event.kind == "silence" and (lasts is None or not timedelta(0) < lasts <= LONGEST_SILENCE):
        return f"it is a silence that does not end within {LONGEST_SILENCE.days} days of when it was written"
    if event.kind == "delivery" and deliveries.read(event) is None:
        return "it is a delivery that does not say of which decision, or how it ended"
    return ""


def _decoded(content: dict[str, object]) -> Event:
    written, expires = _moment(content["written"]), content.get("expires")
    return Event(
        event_id=str(content["event_id"]),
        kind=_kind(str(content["kind"])),
        subject=str(content["subject"]),
        reason=str(content["reason"]),
        actor="",
        actor_uid=-1,
        login_uid=int(str(content["login_uid"])),
        written=written,
        expires=None if expires is None else _moment(expires),
        payload=str(content.get("payload", "")),
        signature=str(content.get("signature", "")),
    )


def _moment(text: object) -> datetime:
    found = datetime.fromisoformat(str(text))
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)


def _kind(kind: str) -> EventKind:
    for known in get_args(EventKind):
        if kind == known:
            return cast("EventKind", known)
    raise ValueError(kind)
