"""Hold each room to its own share of covered lines and branches: ``rooms.py COVERAGE.json``."""

import json
import sys
from collections import Counter
from pathlib import Path

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
            missing[room].append(f"  {name}: lines {file['missing_lines']}, branches {file['missing_branches']}")
    short = [room for room, limit in LIMITS.items() if 100 * reached[room] < limit * wanted[room]]
    for room, limit in LIMITS.items():
        share = 100 * reached[room] / wanted[room] if wanted[room] else 100.0
        print(f"{room:<12}{share:6.2f}% covered, at least {limit:.0f}% wanted")
    for room in short:
        print(f"{room} misses:", *missing[room], sep="\n")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
