"""Share one hostile and one harmless portfolio, both collected by the real program, and terminals to look at them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.hostile import named, texts
from tests.hostile.site import COMMAND, Site
from tests.tui.pty_terminal import PtyTerminal

Opened = Callable[[Path, int, int], PtyTerminal]


def _collected(folder: Path, known: tuple[str, ...]) -> Iterator[Site]:
    site = Site(folder, known, datetime.now(UTC).replace(microsecond=0))
    site.report = site.run("collect")
    yield site
    site.close()


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a collected portfolio of hostile texts."""
    yield from _collected(tmp_path_factory.mktemp("hostile"), texts.texts())


@pytest.fixture(scope="session")
def harmless_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the same portfolio in plain words."""
    yield from _collected(tmp_path_factory.mktemp("harmless"), texts.harmless())


def _named(folder: Path, known: tuple[str, ...]) -> Path:
    named.build(folder / "store", known)
    config = folder / "config.toml"
    config.write_text(f'[portfolio]\nname = "names"\n[store]\nfolder = "{folder / "store"}"\n', encoding="utf-8")
    return config


@pytest.fixture(scope="session")
def hostile_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the configuration of a store in which systems, rules and sources have hostile names."""
    return _named(tmp_path_factory.mktemp("hostile-names"), texts.texts())


@pytest.fixture(scope="session")
def harmless_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same store with plain names."""
    return _named(tmp_path_factory.mktemp("harmless-names"), texts.harmless()[:60])


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Open the screens of a configuration in a terminal of a size; close them all at the end."""
    terminals: list[PtyTerminal] = []

    def opening(config: Path, columns: int, rows: int) -> PtyTerminal:
        environ = Site.clean(tmp_path, config) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        terminal = PtyTerminal(COMMAND, environ, columns, rows)
        terminals.append(terminal)
        return terminal

    yield opening
    for terminal in terminals:
        terminal.close()
