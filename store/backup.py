"""Keep verified copies, and look whether a store is whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from store import audit_check, publish, raw_days, spool
from store.audit_faults import NOTES
from store.database import open_file
from store.errors import StoreError
from store.folder import Folder

KEPT = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is whole, and the words for people."""

    ok: bool
    what: str


def backup(folder: Folder, now: datetime, keep: int = KEPT, origin: Path | None = None) -> Path:
    """Copy the newest published file, check the copy by a full scan, keep the last few."""
    source = origin or publish.current(folder)
    if source is None:
        raise StoreError(f"nothing is collected yet in {folder.root}; there is nothing to back up")
    folder.backups.mkdir(mode=0o700, exist_ok=True)
    target = folder.backups / f"backup-{now:%Y%m%dT%H%M%S%f}Z.duckdb"
    part = target.with_suffix(".part")
    publish.copy_file(source, part)
    part.chmod(0o600)
    scan(part)
    bring_days(part, source.parent / "raw", folder.backups / "raw", 0o600)
    part.rename(target)
    known = sorted(folder.backups.glob("backup-*.duckdb"))
    for old in known[:-keep]:
        old.unlink()
    raw_days.sweep(folder.backups / "raw", known[-keep:])
    return target


def before_migration(folder: Folder, now: datetime) -> None:
    """Keep a copy of the newest published file before the schema changes; nothing is there before the first one."""
    if publish.current(folder) is not None:
        backup(folder, now)


def scan(path: Path) -> dict[str, int]:
    """Read every block of every table, so that a flipped bit is found; give the row counts."""
    with open_file(path, read_only=True) as session:
        tables = session.execute("select table_name from information_schema.tables where table_type = 'BASE TABLE'")
        return {
            name: int(session.execute(f'select count(*), bit_xor(hash(t)) from "{name}" t')[0][0])  # noqa: S608 - names of the file's own catalogue
            for (name,) in tables
        }


def verify(folder: Folder, counts: dict[str, int]) -> list[Finding]:
    """Look at the primary, the copies, the audit log and the spool; ``counts`` is the last collection's manifest."""
    stores = [folder.primary, *(path for _, path in publish.copies(folder))]
    found = [_scanned(path) for path in stores]
    found.extend(_days(folder, [path for path, finding in zip(stores, found, strict=True) if finding.ok]))
    if found[0].ok:
        found.extend(_compare(scan(folder.primary), counts))
        with open_file(folder.primary, read_only=True) as session:
            found.extend(_logged(audit_check.check(audit_check.Kept(session, folder.audit))))
    found.extend(Finding(ok=False, what=f"spool: {path.name}: {why}") for path, why in spool.refused(folder))
    return found


def _logged(report: audit_check.Report) -> list[Finding]:
    """Say what the log is worth, each fault by itself."""
    notes = [Finding(fault.kind in NOTES, f"audit log: {fault}") for fault in report.faults]
    if report.state == "broken":
        return [*notes, Finding(ok=False, what="audit log: broken")]
    return [*notes, Finding(ok=True, what=f"audit log: the chain is whole, {report.entries} entries")]


def bring_days(store: Path, origin: Path, target: Path, mode: int) -> None:
    """Copy the days of samples that a store refers to, where they are not there whole already."""
    for name in sorted(raw_days.names(store)):
        target.mkdir(mode=0o700, exist_ok=True)
        if raw_days.fault(target / name):
            part = target / f"{name}.part"
            publish.copy_file(origin / name, part)
            part.chmod(mode)
            part.rename(target / name)
            if words := raw_days.fault(target / name):
                raise StoreError(f"copying {origin / name}: {words}; 'llmops-tui store verify' looks at the others")


def _days(folder: Folder, stores: Sequence[Path]) -> list[Finding]:
    """Read the days of samples that any of these stores refers to."""
    known = sorted({name for store in stores for name in raw_days.names(store)})
    broken = [
        Finding(ok=False, what=f"raw/{name}: {words}; bring a backup back with 'llmops-tui store restore'")
        for name in known
        if (words := raw_days.fault(folder.raw / name))
    ]
    if known and not broken:
        return [Finding(ok=True, what=f"raw: every byte read, {len(known)} days")]
    return broken


def _scanned(path: Path) -> Finding:
    try:
        rows = sum(scan(path).values())
    except StoreError as error:
        return Finding(ok=False, what=f"{path.name}: {error}; bring a backup back with 'llmops-tui store restore'")
    return Finding(ok=True, what=f"{path.name}: every block read, {rows} rows")


def _compare(found: dict[str, int], counts: dict[str, int]) -> list[Finding]:
    """Compare with what the last collection left: fewer rows mean that commits were lost."""
    lost = [f"{table} has {found.get(table, 0)} rows, {rows} were committed" for table, rows in counts.items()
            if found.get(table, 0) != rows]  # fmt: skip
    if lost:
        return [Finding(ok=False, what=f"rows of the last collection are missing: {words}") for words in lost]
    return [Finding(ok=True, what="row counts equal the last collection's manifest")]
