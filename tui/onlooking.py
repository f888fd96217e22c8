"""Know who looks at the screens, and read the configuration that their decisions are held against when first asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from store.accounts import own_name
from store.errors import LlmopsError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from operations.changes.mine import Onlooker
    from tui.settings import Config

_UNKNOWN = "no configuration is known here; decide with 'llmops-tui changes'"


class Onlooking:
    """The account that looks and its configuration; used by the reading thread alone, once the screens run."""

    def __init__(self, path: Path | None) -> None:
        """Take the file; it is read again whenever it changed."""
        self._path = path
        self._config: Config | None = None
        self._read = 0
        self.fault = _UNKNOWN
        """Why nothing can be decided here; nothing when it can."""

    @property
    def account(self) -> str:
        """The account that the system says this is."""
        return own_name()

    @property
    def known(self) -> Config | None:
        """The configuration as last read, for who must not wait for a file."""
        return self._config

    def config(self) -> Config | None:
        """Give the configuration as it is now; ``None`` when it cannot be read, and ``fault`` says why."""
        if self._path is None:
            return None
        from tui.settings import load  # late: it loads what collects and judges

        try:
            changed = self._path.stat().st_mtime_ns
            if self._config is None or changed != self._read:
                self._config, self._read = load(self._path, os.environ), changed
                self.fault = ""
        except OSError as error:
            self._config, self.fault = None, f"{self._path} cannot be read: {error.strerror}"
        except LlmopsError as error:
            self._config, self.fault = None, str(error)
        return self._config

    def onlooker(self, now: datetime) -> Onlooker | None:
        """Give who looks, with what their decisions would be held against."""
        config = self.config()
        if config is None:
            return None
        from operations.changes.mine import Onlooker
        from tui.changing import changing

        return Onlooker(self.account, changing(config, now), now)
