"""A ledger with people in their roles, two systems, and what tests put into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import commit
from store.folder import Folder
from tests.operations.changes.books import Book
from tests.operations.stores import NOW, Store


@pytest.fixture
def book(tmp_path: Path, new_store: Callable[[Path], Folder]) -> Iterator[Book]:
    with commit.primary(new_store(tmp_path / "store"), NOW) as session:
        made = Book(Store(session))
        made.store.described(made.systems)
        yield made
