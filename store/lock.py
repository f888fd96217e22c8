"""Let one collection at a time hold a store; the lock ends with the process, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store.errors import StoreBusyError
from store.folder import Folder


@contextmanager
def held(folder: Folder, wait: float = 0.0, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Hold the store's lock, waiting up to ``wait`` seconds; raise ``StoreBusyError`` naming the holder's pid."""
    handle = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _acquire(handle, folder, wait, sleep)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(folder: Folder) -> int | None:
    """Name the pid that holds the lock now; ``None`` when nobody does."""
    try:
        handle = os.open(folder.lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if _try(handle):
            return None
        return _pid(handle)
    finally:
        os.close(handle)


def _acquire(handle: int, folder: Folder, wait: float, sleep: Callable[[float], None]) -> None:
    deadline = time.monotonic() + wait
    while not _try(handle):
        if time.monotonic() >= deadline:
            raise StoreBusyError(
                f"the store {folder.root} is held by another collection (pid {_pid(handle) or 'unknown'}); "
                "try again when it ends, or use --wait SECONDS"
            )
        sleep(0.05)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
