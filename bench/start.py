"""Measure starting: the first paint and live data in a real terminal, and commands without a screen."""

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

import pyte

from bench.measure import Effort, Figure, ratio_of, side_by_side
from bench.pty_program import Moment, PtyProgram
from bench.stores import Stores

PROGRAM = str(Path(sys.executable).with_name("llmops-tui"))
_EMPTY = str(Path(__file__).with_name("empty_app.py"))
_QUIET = 1.0
_HEAVY = ("textual", "rich", "_duckdb", "duckdb", "pyarrow", "httpx", "croniter", "numpy", "pandas", "asyncio")
_LIST_MODULES = """
import sys
from tui.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def figures(stores: Stores) -> list[Figure]:
    """Give how starting compares with the least that its parts can do."""
    effort = stores.effort
    configuration = str(stores.configuration(stores.full))
    return [*_screens(configuration, effort), *_commands(configuration, effort)]


def is_live(text: str) -> bool:
    """Tell whether a terminal shows rows that came from the store, not from the snapshot."""
    return "system-" in text and "as of" not in text


def _screens(configuration: str, effort: Effort) -> list[Figure]:
    starts = [(_empty(), *_ours(configuration)) for _ in range(effort.times + 1)]
    empty, first, live = (_middle(moments) for moments in zip(*starts[1:], strict=True))
    return [
        _over("first rows on screen, over an empty app's paint", first, empty, 1.25, effort),
        _over("live data on screen, over an empty app's paint", live, empty, 2, effort),
    ]


def _middle(moments: Sequence[Moment]) -> Moment:
    return Moment(median(each.wall for each in moments), median(each.worked for each in moments))


def _over(what: str, this: Moment, empty: Moment, limit: float, effort: Effort) -> Figure:
    basis = (
        f"{this.wall * 1e3:.0f} ms against {empty.wall * 1e3:.0f} ms, {effort.times} starts each in turn; "
        f"of process time {this.worked / empty.worked:.2f} x"
    )
    return Figure(what, this.wall / empty.wall, limit, "x", basis)


def _empty() -> Moment:
    """Give when the last cell of an empty app had its background."""
    with PtyProgram([sys.executable, _EMPTY]) as program:
        program.until(lambda _: program.written > program.columns * program.rows, _QUIET)
        return program.first(lambda screen: screen.buffer[screen.lines - 1][screen.columns - 1].bg != "default")


def _ours(configuration: str) -> tuple[Moment, Moment]:
    """Give when rows stood on the screen beside the age of the snapshot, and when they were live."""
    with PtyProgram([PROGRAM, "--config", configuration]) as program:
        program.until(is_live, _QUIET)
        return program.first(_is_known), program.first(lambda screen: is_live("\n".join(screen.display)))


def _is_known(screen: pyte.Screen) -> bool:
    text = "\n".join(screen.display)
    return "system-" in text and "as of" in text


def _commands(configuration: str, effort: Effort) -> list[Figure]:
    python = sys.executable
    status = [PROGRAM, "--config", configuration, "status"]
    lines = {
        "python": [python, "-c", "pass"],
        "duckdb": [python, "-c", "import duckdb"],
        "status": status,
        "help": [PROGRAM, "--help"],
    }
    found = side_by_side([partial(_run, argv) for argv in lines.values()], effort.times)
    took = {name: f"{median(times) * 1e3:.0f} ms" for name, times in zip(lines, found, strict=True)}
    heavy = _heavy_modules()
    return [
        Figure(
            "`status`, over `python -c 'import duckdb'`", ratio_of(found, 2, 1), 3, "x",
            f"{took['status']} against {took['duckdb']}",
        ),
        Figure(
            "heavy modules that `--help` imports", len(heavy), 0, "",
            ", ".join(heavy) or f"none of {', '.join(_HEAVY)}",
        ),
        Figure(
            "`--help`, over `python -c pass`", ratio_of(found, 3), None, "x", f"{took['help']} against {took['python']}"
        ),
    ]  # fmt: skip


def _run(argv: Sequence[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, check=False)
    taken = time.perf_counter() - begun
    if done.returncode > 3 or done.stderr:
        raise SystemExit(f"{' '.join(argv)} failed: {done.stderr.decode()}")
    return taken


def _heavy_modules() -> list[str]:
    done = subprocess.run([sys.executable, "-c", _LIST_MODULES], capture_output=True, check=True, text=True)
    return sorted(set(_HEAVY) & set(done.stderr.split()))
