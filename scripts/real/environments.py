"""Build the environments of servers that cannot share the product's: each brings its own pandas or pyarrow.

``python -m scripts.real.environments litellm`` builds one by name.
"""

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


def is_ready(name: str) -> bool:
    """Say whether the environment was built for the requirement file as it is now."""
    return (_home(name) / STAMP).exists()


def environment(name: str) -> Path:
    """Give the Python of an environment that holds ``requirements/<name>.txt``, built once a state of that file."""
    home = _home(name)
    python = home / "bin" / "python"
    if is_ready(name):
        return python
    requirements = ROOT / "requirements" / f"{name}.txt"
    shutil.rmtree(home, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(home))
    _run(str(python), "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps", "-r", str(requirements))
    (home / STAMP).touch()
    return python


def _home(name: str) -> Path:
    """Name the folder of the environment for the present state of its requirement file."""
    mark = hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()[:12]
    return folder() / f"{name}-{mark}"


def _run(*argv: str) -> None:
    """Run one step and keep its output off our standard output, which is data."""
    subprocess.run(argv, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        environment(each)
