"""Read a configuration from its text, for tests of what is read and of what is refused."""

from pathlib import Path

import pytest

from store.errors import EXIT_CONFIG, ConfigError
from tui.settings import Config, load


def loaded(folder: Path, text: str) -> Config:
    """Give the configuration that a text makes."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"HOME": str(folder)})


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    """Give every mistake of a text that is refused."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    assert caught.value.exit_code == EXIT_CONFIG
    return tuple(caught.value.mistakes)
