"""Give the tests of this room a real store, one system and a clock that stands still."""

from collections.abc import Iterator
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
def store(tmp_path: Path) -> Iterator[Store]:
    folder = Folder(tmp_path / "store")
    folder.create()
    with commit.primary(folder, NOW) as session:
        yield Store(session)


@pytest.fixture
def bot() -> System:
    return System("bot", "Ada", tier=2)
