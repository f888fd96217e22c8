"""Look at the store: its folder, who may use it, what it lies on, what is published and how much room is left."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from store import lock, publish, schema, spool
from store.database import open_file
from store.errors import StoreError
from store.folder import Folder, file_system, refuse_network
from tui.doctor.findings import Finding

_COPIES: Final = 4  # the primary, the copies kept, one more while it is made
_LEAST: Final = 1 << 30


def check(folder: Folder, now: datetime) -> Iterator[Finding]:
    """Look at the folder first; without one there is nothing more to see."""
    try:
        refuse_network(folder.root)
    except StoreError as error:
        yield Finding("store", "fail", str(error), "set [store] folder to a local disk")
    if not folder.root.is_dir():
        if folder.root.exists():
            yield Finding("store", "fail", f"{folder.root} is no folder", "set [store] folder to another place")
        else:
            yield Finding("store", "warn", f"{folder.root} is not there yet", '"llmops-tui collect" makes it')
        yield from _room(_existing(folder.root), 0)
        return
    yield from _permissions(folder)
    yield from _published(folder, now)
    yield _lock(folder)
    waiting = len(spool.waiting(folder)) if os.access(folder.spool, os.R_OK | os.X_OK) else 0
    if waiting:
        words = f"{waiting} decisions wait in the spool"
        yield Finding("store", "ok", words, '"llmops-tui ingest" or the next collection commits them')
    size = folder.primary.stat().st_size if folder.primary.exists() else 0
    yield from _room(folder.root, size)


def _permissions(folder: Folder) -> Iterator[Finding]:
    found = folder.root.stat()
    mode = stat.S_IMODE(found.st_mode)
    wanted = 0o2750 if folder.group else 0o700
    if mode & ~wanted & 0o777:
        words = f"{folder.root} has mode {mode:04o}; more people may use it than configured"
        yield Finding("store", "warn", words, f"chmod {wanted:04o} {folder.root}")
    if found.st_uid != os.geteuid():
        words = f"{folder.root} belongs to uid {found.st_uid}; you can look, only its owner can collect"
        yield Finding("store", "ok" if folder.group else "warn", words, "collect as that user")
    elif not os.access(folder.root, os.W_OK | os.X_OK):
        yield Finding("store", "fail", f"{folder.root} cannot be written", "is it mounted read-only?")
    else:
        kind = file_system(folder.root) or "a file system that is not named"
        yield Finding("store", "ok", f"{folder.root}: mode {mode:04o}, on {kind}, can be written")


def _published(folder: Folder, now: datetime) -> Iterator[Finding]:
    try:
        newest = publish.current(folder)
        if newest is None:
            yield Finding("store", "warn", "nothing is collected yet", '"llmops-tui collect" collects')
            return
        age = now - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
        with open_file(newest, read_only=True) as session:
            step = schema.version(session)
    except StoreError as error:
        yield Finding("store", "fail", str(error), '"llmops-tui store verify" tells more; "store restore" brings back')
        return
    except OSError as error:
        words = f"the copy that CURRENT names cannot be read: {error.strerror}"
        yield Finding("store", "fail", words, '"llmops-tui collect" publishes a new one')
        return
    known = schema.steps()[-1][0]
    words = f"{newest.name}: published {_age(age.total_seconds())} ago, schema {step} of {known}"
    if step > known:
        yield Finding("store", "fail", words, "a newer release wrote this store; install that one")
    else:
        remedy = "the next collection brings it to this release" if step < known else ""
        yield Finding("store", "ok", words, remedy)


def _lock(folder: Folder) -> Finding:
    holder = lock.holder(folder)
    if holder is None:
        return Finding("store", "ok", "no collection is under way")
    return Finding("store", "ok", f"a collection is under way (pid {holder})")


def _room(path: Path, size: int) -> Iterator[Finding]:
    usage = shutil.disk_usage(path)
    needed = max(size * _COPIES, _LEAST)
    words = f"{usage.free / (1 << 30):.1f} GiB free under {path}"
    if usage.free < size * 2 or usage.free < _LEAST // 8:
        yield Finding("store", "fail", words, "free some room; a collection needs a copy of the store")
    elif usage.free < needed:
        yield Finding("store", "warn", words, "free some room, or lower [store] keep_samples")
    else:
        yield Finding("store", "ok", words)


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
