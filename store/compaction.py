"""Give back the room of deleted rows: DuckDB uses it again but keeps the file's size, which every copy would carry."""

import logging
from pathlib import Path

from store.database import Session, quoted
from store.errors import StoreError
from store.folder import Folder, sync_file, sync_folder

log = logging.getLogger(__name__)


def rewritten(session: Session, folder: Folder, mark: int) -> Path | None:
    """Write the open primary anew beside itself if it is past the mark and a quarter empty; give the new file.

    Without room for it nothing changes: what was collected is published as it is.
    """
    ((size, used),) = session.execute("""
        select block_size * total_blocks, block_size * used_blocks
        from pragma_database_size() where database_name = current_database()
    """)
    if size <= mark or used > 0.75 * size:
        return None
    part = folder.primary.with_suffix(".part")
    for left in (part, part.with_name(f"{part.name}.wal")):
        left.unlink(missing_ok=True)
    try:
        session.execute(f"attach {quoted(part.absolute())} as rewritten")
        session.execute('copy from database "primary" to rewritten')
        session.execute("detach rewritten")
    except StoreError as error:
        part.unlink(missing_ok=True)
        log.warning("the store is not written anew", extra={"file": str(part), "reason": str(error)})
        return None
    return part


def replace(folder: Folder, part: Path) -> None:
    """Let the new file take the place of the closed primary, as a whole or not at all."""
    sync_file(part)
    part.rename(folder.primary)
    sync_folder(folder.root)
