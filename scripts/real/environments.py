"""Build the environments of servers that cannot share the product's: each brings its own pandas or pyarrow."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAMP = "complete"


def folder() -> Path:
    """Name the folder that keeps environments between runs; ``LLMOPS_TUI_REAL`` moves it."""
    return Path(os.environ.get("LLMOPS_TUI_REAL", ROOT / ".real")) / "environments"


def environment(name: str, *pip_options: str) -> Path:
    """Give the Python of an environment that holds ``requirements/<name>.txt``, built once a state of that file."""
    requirements = ROOT / "requirements" / f"{name}.txt"
    mark = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    home = folder() / f"{name}-{mark}"
    python = home / "bin" / "python"
    if (home / STAMP).exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(home))
    _run(str(python), "-m", "pip", "install", "--quiet", "--require-hashes", *pip_options, "-r", str(requirements))
    (home / STAMP).touch()
    return python


def _run(*argv: str) -> None:
    """Run one step and keep its output off our standard output, which is data."""
    subprocess.run(argv, check=True, stdout=sys.stderr)
