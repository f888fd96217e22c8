"""Open the log at the places where it is kept, as far as who asks may read them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from store import lock, publish
from store.audit_check import Kept
from store.database import open_file
from store.errors import StoreError
from store.folder import Folder


@contextmanager
def kept_log(folder: Folder, wait: float) -> Iterator[Kept]:
    """Open the store itself for its owner, between collections; for others the published copy, which may lag."""
    if folder.primary.exists() and folder.root.stat().st_uid == os.geteuid():
        with lock.held(folder, wait), open_file(folder.primary, read_only=True) as session:
            yield Kept(session, folder.audit)
        return
    path = publish.current(folder)
    if path is None:
        raise StoreError(f"nothing is collected yet in {folder.root}; run 'llmops-tui collect'")
    with open_file(path, read_only=True) as session:
        yield Kept(session, folder.audit, is_published=True)
