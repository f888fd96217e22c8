"""Run this program itself as a child, installed or not."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ITSELF: Final = "import sys; from tui.cli import main; sys.exit(main())"


def command(*words: str) -> list[str]:
    """Give the command line that runs this program itself, installed or not."""
    return [sys.executable, "-P", "-c", _ITSELF, *words]


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Give an environment in which the program finds itself and goes to loopback without a proxy."""
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [environ.get("PYTHONPATH", "")])]
    return {**environ, "PYTHONPATH": os.pathsep.join(paths), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
