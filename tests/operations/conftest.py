"""Give the tests of this room a real store, one system and a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from operations.settings import System
from store import commit
from store.folder import Folder
from tests.operations.stores import NOW, Store


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def store(tmp_path: Path, new_store: Callable[[Path], Folder]) -> Iterator[Store]:
    with commit.primary(new_store(tmp_path / "store"), NOW) as session:
        yield Store(session)


@pytest.fixture
def bot() -> System:
    return System("bot", "Ada", tier=2)
