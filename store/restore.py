"""Make a backup the store again; what was there is kept beside it, and the log goes on where it was."""

from datetime import datetime
from pathlib import Path

from store import audit, audit_file, backup, commit, publish
from store.errors import StoreError
from store.folder import Folder


def restore(folder: Folder, chosen: Path, actor: str, evidence: audit.Evidence, now: datetime) -> Path:
    """Bring a backup back, log who did, and publish it. The caller holds the lock."""
    if not chosen.is_file():
        known = ", ".join(path.name for path in sorted(folder.backups.glob("backup-*.duckdb"))) or "none"
        raise StoreError(f"there is no backup {chosen}; known backups: {known}")
    backup.scan(chosen)
    backup.bring_days(chosen, chosen.parent / "raw", folder.raw, folder.file_mode)
    part = folder.primary.with_suffix(".part")
    publish.copy_file(chosen, part)
    part.chmod(0o600)
    for path in (folder.primary, folder.primary.with_name(f"{folder.primary.name}.wal")):
        if path.exists():
            _put_aside(path)
    part.rename(folder.primary)
    folder.manifest.unlink(missing_ok=True)
    with commit.primary(folder, now) as session:
        with session.transaction():
            kept = audit_file.bring_tail(session, folder.audit)
            words = f"the store was brought back; {kept} later entries of the log were kept, what they led to was not"
            audit.append(session, actor, "restore", chosen.name, words, now, evidence)
        try:
            audit_file.write_out(session, folder.audit, folder.file_mode)
        except StoreError:  # another log's file, or one that was changed: it stays as evidence
            _put_aside(folder.audit)
            audit_file.write_out(session, folder.audit, folder.file_mode)
        session.execute("checkpoint")
    return publish.publish(folder)


def _put_aside(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.replaced"))
