"""Score the alarms over 80 simulated systems, 48 of them broken, with the scorer that lies beside the data."""

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.detection.measure import BUDGET, Effort, Row, absent, folder, spread
from operations.detection import Settings, alarms, limit_for, scanned
from operations.file_alarms import of_runs
from operations.signals import DAILY
from operations.tracks import History
from store.runs import read_runs

_FOUND: Final = "silent-portfolio: failures found within 30 days"
_NAMED: Final = "silent-portfolio: failures whose mode is named right first"
_FALSE: Final = "silent-portfolio: false episodes a system-year"
_BEARABLE: Final = 0.75


def rows(effort: Effort) -> list[Row]:
    """Give what was found, what was named right, and how often an alarm was false."""
    data = folder("silent-portfolio")
    if data is None:
        return absent((_FOUND, _NAMED, _FALSE), "silent-portfolio")
    found = read_runs(data / "samples.parquet", DAILY)
    histories = of_runs(found.runs, found.changes)
    limit = limit_for(sum(map(scanned, histories)), BUDGET)
    told = [line for lines in spread(partial(_lines, limit), histories, effort) for line in lines]
    score = _scored(data, told)
    false = score["false_per_system_year"]
    basis = (
        f"{score['broken']} failures, {score['system_years']} system-years; limit {limit:.2f}; delay median "
        f"{score['delay_days_median']} d, p90 {score['delay_days_p90']} d; counts as 0 over {_BEARABLE} false"
    )
    counts = false <= _BEARABLE
    return [
        Row(_FOUND, score["detected_30d"] * counts, basis, 0.92, 0.98),
        Row(_NAMED, score["first_named_mode_right"] * counts, "of all failures; its own score.py", 0.88, 0.97),
        Row(_FALSE, false, f"{score['false_episodes']} episodes", _BEARABLE, is_more_better=False),
    ]


def _lines(limit: float, history: History) -> list[str]:
    found = alarms(history, Settings(), limit)
    return [json.dumps({"system": each.system, "day": str(each.day), "mode": each.mode}) for each in found]


def _scored(data: Path, told: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "alarms.jsonl"
        file.write_text("\n".join(told), encoding="utf-8")
        argv = [data / "score.py", data / "labels.parquet", data / "samples.parquet", file]
        done = subprocess.run([sys.executable, *map(str, argv)], capture_output=True, text=True, check=True)
    score: dict[str, Any] = json.loads(done.stdout)
    return score
