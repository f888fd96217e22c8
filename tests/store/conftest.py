"""Fixtures of the store's tests: a folder, an open primary, a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import commit
from store.database import Session
from store.folder import Folder
from store.records import Run
from store.retention import Keep

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEEP = Keep(timedelta(days=90), timedelta(days=1095))


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "store")
    made.create()
    return made


@pytest.fixture
def session(folder: Folder, now: datetime, new_store: Callable[[Path], Folder]) -> Iterator[Session]:
    with commit.primary(new_store(folder.root), now) as opened:
        yield opened


class Runs:
    """Make runs of one source, each with an id of its own."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, source: str = "prom", state: str = "complete", now: datetime = NOW) -> Run:
        self.made += 1
        return Run(
            run_id=f"run-{self.made}",
            source=source,
            kind="prometheus",
            state=state,  # type: ignore[arg-type]  # tests name states as text
            cause="" if state == "complete" else "timeout",
            detail="",
            window_start=now - timedelta(days=1),
            window_end=now,
            started=now,
            finished=now + timedelta(seconds=1),
        )


@pytest.fixture
def run() -> Runs:
    return Runs()
