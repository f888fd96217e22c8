"""Share a real terminal among the tests of this room."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.folder import Folder
from tests.tui import ledger_store
from tests.tui.covered_store import cover
from tests.tui.pty_terminal import ROOT, PtyTerminal
from tests.tui.screen_store import build

StartProgram = Callable[..., PtyTerminal]


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[StartProgram]:
    """Start a Python program of the tree in a terminal of its own, with a clean environment; close all at the end."""
    opened: list[PtyTerminal] = []

    def start(program: str, columns: int = 80, rows: int = 24, **environ: str) -> PtyTerminal:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COV")}
        terminal = PtyTerminal([sys.executable, str(ROOT / program)], {**clean, **coverage, **environ}, columns, rows)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="session")
def screen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a real store that no test may change."""
    folder = tmp_path_factory.mktemp("screens") / "store"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def covered_folder(screen_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of that store with cells of all kinds, that no test may change."""
    folder = tmp_path_factory.mktemp("covered") / "store"
    shutil.copytree(screen_folder, folder)
    cover(Folder(folder))
    return folder


@pytest.fixture
def own_folder(screen_folder: Path, tmp_path: Path) -> Path:
    """Give a copy of that store for a test that changes it."""
    folder = tmp_path / "store"
    shutil.copytree(screen_folder, folder)
    return folder


@pytest.fixture(scope="session")
def ledger_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the configuration of a real store with a change ledger that no test may change."""
    return ledger_store.build(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def own_ledger(ledger_config: Path, tmp_path: Path) -> Path:
    """Give the configuration of a copy of that store, for a test that changes it."""
    shutil.copytree(ledger_config.parent, tmp_path / "ledger")
    return tmp_path / "ledger" / "config.toml"
