"""Hold each room to its own share of covered lines and branches: ``rooms.py COVERAGE.json``."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

LIMITS = {"store": 100.0, "collectors": 100.0, "operations": 100.0, "tui": 90.0}


def main(report: Path) -> int:
    """Print one line a room and the places a room still misses; 1 when a room is under its limit."""
    files = json.loads(report.read_text())["files"]
    reached: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    missing: dict[str, list[str]] = {room: [] for room in LIMITS}
    for name, file in sorted(files.items()):
        room, summary = name.split("/")[0], file["summary"]
        reached[room] += summary["covered_lines"] + summary["covered_branches"]
        wanted[room] += summary["num_statements"] + summary["num_branches"]
        if file["missing_lines"] or file["missing_branches"]:
            missing[room].append(f"  {name}: lines {_ranges(file['missing_lines'])}, branches {_arcs(file)}")
    short = [room for room, limit in LIMITS.items() if 100 * reached[room] < limit * wanted[room]]
    for room, limit in LIMITS.items():
        share = 100 * reached[room] / wanted[room] if wanted[room] else 100.0
        print(f"{room:<12}{share:6.2f}% covered, at least {limit:.0f}% wanted")
    for room in short:
        print(f"{room} misses:", *missing[room], sep="\n")
    return 1 if short else 0


def _ranges(lines: list[int]) -> str:
    """Write neighbouring numbers as one range."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], line]
        else:
            runs.append([line])
    return ", ".join("-".join(str(line) for line in run) for run in runs) or "none"


def _arcs(file: dict[str, Any]) -> str:
    """Write the branches not taken from lines that were reached; a negative end is the way out."""
    reached = [arc for arc in file["missing_branches"] if arc[0] not in file["missing_lines"]]
    return ", ".join(f"{start} to {end if end > 0 else 'exit'}" for start, end in reached) or "none"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
