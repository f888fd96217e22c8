"""Show that every gate bites: break one rule at a time in a copy of the tree and see the gate that holds it fail.

``python -m scripts.prove_gates`` prints one line a rule, ``broken rule -> what failed``, and ends with 1 when a broken
rule passed. Each gate is first run on the unbroken copy, where it must pass. Words on the command line choose rules.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from scripts.broken_rules import BREAKS, Break

ROOT = Path(__file__).parents[1]
LEFT_OUT = (".venv", ".real", ".git", ".*_cache", ".hypothesis", ".coverage*", "__pycache__", "dist", "build")


def main(words: Sequence[str]) -> int:
    """Break each chosen rule; 1 when one that is broken passes, or a gate fails unbroken."""
    chosen = [each for each in BREAKS if all(word in each.rule for word in words)]
    failures = 0
    with copied() as tree:
        for each in chosen:
            verdict = tried(each, tree)
            failures += verdict.startswith(("PASSED", "NOT PROVEN"))
            print(f"{each.rule} -> {verdict}", flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} broken rules were seen", file=sys.stderr)
    return 1 if failures else 0


@contextmanager
def copied() -> Iterator[Path]:
    """Give a copy of the tree, beside the same folder of corpora."""
    with tempfile.TemporaryDirectory(prefix="gates-") as place:
        tree = Path(place) / ROOT.name
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        (tree.parent / "shared").symlink_to(ROOT.parent / "shared")
        yield tree


def tried(each: Break, tree: Path) -> str:
    """Break one rule, run its gate, mend the rule; say what the gate said."""
    if not holds(each.gate, tree):
        return f"NOT PROVEN: the gate fails unbroken: {' '.join(each.gate[-2:])}"
    path = tree / each.path
    before = path.read_text(encoding="utf-8") if path.exists() else None
    broken = _broken(each, before, tree)
    if broken is None:
        return f"NOT PROVEN: {each.path} no longer holds {each.old!r}"
    try:
        path.write_text(broken, encoding="utf-8")
        code, said = run(each.gate, tree)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    if code == 0:
        return "PASSED, and should not have"
    seen = next((line for line in said.splitlines() if each.says in line), None)
    return _short(seen) if seen else f"NOT PROVEN: failed without naming {each.says!r}: {_short(said[-300:])}"


def _broken(each: Break, before: str | None, tree: Path) -> str | None:
    """Give the file with the rule broken; ``None`` when there is nothing to break."""
    if each.new.startswith("COPY "):
        return (tree / each.new.removeprefix("COPY ")).read_text(encoding="utf-8")
    if not each.old:
        return f"{before or ''}{each.new}"
    if before is None or each.old not in before:
        return None
    if each.rule == "a kind has a docstring":
        return re.sub(r'\A""".*?"""\n', "", before, count=1, flags=re.DOTALL)
    return before.replace(each.old, each.new)


@cache
def holds(gate: tuple[str, ...], tree: Path) -> bool:
    """Say whether a gate passes where nothing is broken."""
    return run(gate, tree)[0] == 0


def run(gate: tuple[str, ...], tree: Path) -> tuple[int, str]:
    """Run a gate in the copy, whose modules it must see and not the installed ones."""
    environ = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run(gate, cwd=tree, env=environ, capture_output=True, text=True, errors="replace", check=False)
    return done.returncode, done.stdout + done.stderr


def _short(line: str) -> str:
    return " ".join(line.strip("_ ").split())[:160]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
