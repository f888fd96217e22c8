"""Publish what a collection committed: a read-only copy that only viewers open, and CURRENT that names it.

The copy is made by a child process after the primary is closed: opening and closing a file in the process that holds
its lock silently drops the lock, and a copy in a child can use the file system's reflink.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from store import raw_days
from store.errors import StoreError
from store.folder import Folder, sync_file, sync_folder, write_atomic

_COPY = re.compile(r"serve-(\d+)\.duckdb")


def publish(folder: Folder, keep: int = 3, days: Iterable[str] = ()) -> Path:
    """Copy the closed primary, point CURRENT at the copy, remove what only older ones used; give the copy's path.

    ``days`` are the files of old samples that the primary refers to; unsaid, the copy is opened to find them.
    """
    newest = max((number for number, _ in copies(folder)), default=0)
    target = folder.root / f"serve-{newest + 1}.duckdb"
    part = target.with_suffix(".part")
    copy_file(folder.primary, part)
    part.chmod(folder.file_mode)
    part.rename(target)
    sync_folder(folder.root)
    write_atomic(folder.current, f"{target.name}\n".encode(), folder.file_mode)
    for _, old in copies(folder)[:-keep]:
        old.unlink(missing_ok=True)
    for left in folder.root.glob("serve-*.part"):
        left.unlink(missing_ok=True)
    stores = [*(path for _, path in reversed(copies(folder))), *folder.root.glob("*.duckdb.replaced")]
    raw_days.sweep(folder.raw, stores, days)
    return target


def copies(folder: Folder) -> list[tuple[int, Path]]:
    """Give the published copies, oldest first."""
    found = ((_COPY.fullmatch(path.name), path) for path in folder.root.iterdir())
    return sorted((int(match[1]), path) for match, path in found if match)


def current(folder: Folder) -> Path | None:
    """Give the path of the newest copy; ``None`` when nothing was ever published."""
    try:
        name = folder.current.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"reading {folder.current}: {type(error).__name__}; ask the store's owner for access"
        ) from error
    if not _COPY.fullmatch(name):
        raise StoreError(f"{folder.current} does not name a published copy; run 'llmops-tui collect' to write it anew")
    return folder.root / name


def copy_file(origin: Path, target: Path) -> None:
    """Copy a file in a child process and make it durable."""
    done = subprocess.run(  # noqa: S603 - an argument vector, no shell
        ["cp", "--reflink=auto", "--", str(origin), str(target)],  # noqa: S607 - coreutils of the host
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        target.unlink(missing_ok=True)
        words = done.stderr.decode("utf-8", "replace").strip()[:300]
        raise StoreError(f"publishing {target.name}: {words}; free disk space or check the folder's permissions")
    sync_file(target)
