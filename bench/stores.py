"""Make the stores that are measured, each once a run, and publish changed copies of them as a collection would."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import portfolio_store
from bench.measure import Effort
from bench.portfolio_store import Size
from store.database import Session, open_file
from store.folder import Folder, write_atomic
from store.publish import copies, copy_file


class Stores:
    """The stores of one run, in one temporary folder; made when first asked for."""

    def __init__(self, effort: Effort) -> None:
        """Take the sizes."""
        self.effort = effort
        self.now = datetime.now(UTC)
        self._place = tempfile.TemporaryDirectory(prefix="bench-")
        self._made: dict[str, tuple[Folder, Size]] = {}
        self._rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Use the stores."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove them."""
        self._place.cleanup()

    @property
    def full(self) -> Folder:
        """The portfolio of the stated size."""
        return self._store("full", self.effort.size)

    @property
    def tenth(self) -> Folder:
        """The same with a tenth of the history."""
        return self._store("tenth", self.effort.size.tenth)

    @property
    def listed(self) -> Folder:
        """A portfolio of very many systems with hardly any history: a long table."""
        return self._store("listed", Size(self.effort.listed, 5, 0.05, 2))

    def rows(self, name: str = "full") -> int:
        """Give how many rows of samples and rollups a store holds that was asked for before."""
        return self._rows[name]

    def configuration(self, folder: Folder, refresh: str = "5s") -> Path:
        """Write the configuration that leads a viewer to a store."""
        size = next(size for made, size in self._made.values() if made == folder)
        return portfolio_store.configure(folder, folder.root.with_suffix(f".{refresh}.toml"), refresh, size)

    @property
    def brief(self) -> Folder:
        """The portfolio of the stated size with two days of history: quick to copy, the screens are the same."""
        size = self.effort.size
        return self._store("brief", Size(size.systems, size.metrics, 0.05, 2))

    def path(self, name: str) -> Path:
        """Name a place that is removed at the end."""
        return Path(self._place.name) / name

    def _store(self, name: str, size: Size) -> Folder:
        if name not in self._made:
            folder, self._rows[name] = portfolio_store.build(self.path(name), size, self.now)
            self._made[name] = folder, size
        return self._made[name][0]


def publish_link(folder: Folder) -> None:
    """Publish the newest copy once more under the next number: what is read is the same, but it is attached anew."""
    number, newest = copies(folder)[-1]
    _point(folder, number, lambda target: target.hardlink_to(newest))


@contextmanager
def publish_changed(folder: Folder) -> Iterator[Session]:
    """Publish the next copy with what the caller changes in it."""
    number, newest = copies(folder)[-1]
    part = folder.root / "serve-changed.part"
    copy_file(newest, part)
    with open_file(part) as session:
        yield session
        session.execute("checkpoint")
    _point(folder, number, part.rename)


def set_latencies(session: Session, latencies: Mapping[str, float]) -> None:
    """Change one visible cell of each system named."""
    for system, latency in latencies.items():
        session.execute(
            "update portfolio_board set latency_p95 = $latency where system = $system",
            {"latency": latency, "system": system},
        )


def _point(folder: Folder, number: int, bring: Callable[[Path], object]) -> None:
    """Bring the next copy to its place and let CURRENT name it."""
    target = folder.root / f"serve-{number + 1}.duckdb"
    bring(target)
    write_atomic(folder.current, f"{target.name}\n".encode(), folder.file_mode)
