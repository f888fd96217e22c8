"""Know the files of a store: where each lies, who may touch it, and which file systems are refused."""

import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from store.errors import StoreError

# A lock or a rename on these is not what it is on a local disk (design: network file systems are refused).
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs"}
)


@dataclass(frozen=True, slots=True)
class Folder:
    """One store: a folder for one person (0700), or shared with a group (2750, spool 3770)."""

    root: Path
    group: str = ""

    @property
    def lock(self) -> Path:
        """Locked by whichever collection runs."""
        return self.root / "collector.lock"

    @property
    def primary(self) -> Path:
        """Opened by the collection alone."""
        return self.root / "primary.duckdb"

    @property
    def current(self) -> Path:
        """One line: the name of the newest published copy."""
        return self.root / "CURRENT"

    @property
    def spool(self) -> Path:
        """One JSON event per file, written by viewers."""
        return self.root / "spool"

    @property
    def done(self) -> Path:
        """Events already committed."""
        return self.root / "done"

    @property
    def audit(self) -> Path:
        """The hash-chained log."""
        return self.root / "audit.jsonl"

    @property
    def manifest(self) -> Path:
        """What the last collection left: row counts that a later look must find again."""
        return self.root / "manifest.json"

    @property
    def snapshot(self) -> Path:
        """The portfolio as last judged, small enough to be painted before DuckDB is loaded."""
        return self.root / "portfolio.json"

    @property
    def raw(self) -> Path:
        """Raw samples of old days, once the store is large."""
        return self.root / "raw"

    @property
    def backups(self) -> Path:
        """Verified copies of published files."""
        return self.root / "backups"

    @property
    def file_mode(self) -> int:
        """Who may read published files: the owner, or the group too."""
        return 0o640 if self.group else 0o600

    def create(self) -> None:
        """Make the folder with its permissions; wrong permissions of an existing one are put right or refused."""
        refuse_network(self.root)
        try:
            self._make(self.root, 0o2750 if self.group else 0o700)
            self._make(self.spool, 0o3770 if self.group else 0o700)
            self._make(self.done, 0o700)
            self._make(self.raw, 0o2750 if self.group else 0o700)
        except OSError as error:
            raise StoreError(
                f"making the store folder {self.root}: {error.strerror}; choose another [store] folder"
            ) from error

    def _make(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = path.stat()
        if found.st_uid != os.geteuid():
            raise StoreError(f"{path} belongs to another user (uid {found.st_uid}); collect as that user")
        if self.group:
            os.chown(path, -1, self._gid())
        if stat.S_IMODE(found.st_mode) != mode or self.group:
            path.chmod(mode)

    def _gid(self) -> int:
        try:
            return grp.getgrnam(self.group).gr_gid
        except KeyError as error:
            raise StoreError(
                f"[store] group {self.group!r} does not exist on this host; make it or name another"
            ) from error


def refuse_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Raise ``StoreError`` when the path lies on a network file system."""
    kind = file_system(path, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"the store folder {path} lies on {kind}; locks do not hold there: choose a folder on a local disk"
        )


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Name the type of file system under a path; empty where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    where = str(path.absolute())
    best, kind = "", ""
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def write_atomic(path: Path, content: bytes, mode: int) -> None:
    """Replace a file as a whole: readers see the old content or the new, never a part."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make a file's content survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
