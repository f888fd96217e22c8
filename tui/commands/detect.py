"""``llmops-tui detect``: run the detectors over a file of daily figures and write every alarm as a line of JSON."""

import argparse
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import EXIT_OK, InputError

if TYPE_CHECKING:
    from operations.detection import Settings
    from operations.evidence import Evidence
    from operations.file_alarms import Replayed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--samples", type=Path, required=True, metavar="FILE", help="Parquet, CSV or JSON lines")
    parser.add_argument("--out", required=True, metavar="FILE", help="where the alarms go; - is stdout")
    parser.add_argument(
        "--alarms-per-week", type=float, metavar="N",
        help="false alarms a week that all systems together may raise; otherwise as configured, otherwise 2",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Read the file, run the detectors, write the alarms; say on stderr what to expect of them."""
    from operations.detection import expected, limit_for, scanned
    from operations.file_alarms import of_runs, replay
    from operations.signals import DAILY
    from operations.words import counted
    from store.runs import read_runs

    settings = _settings(args.config, os.environ)
    budget = settings.alarms_per_week if args.alarms_per_week is None else args.alarms_per_week
    if not (math.isfinite(budget) and budget > 0):
        raise InputError(f"alarms a week: expected more than 0, found {budget:g}; 2 is usual")
    found = read_runs(args.samples, DAILY)
    histories = of_runs(found.runs, found.changes)
    series = sum(map(scanned, histories))
    limit = limit_for(series, budget)
    for metric, rows in found.others.items():
        _say(f"{metric}: {counted(rows, 'row')} left aside, no detector asks for it")
    alarms = [each for history in histories for each in replay(history, settings, limit)]
    _write(args.out, alarms)
    words = f"about {expected(series, limit):.2g} false alarms a week expected"
    _say(f"{counted(len(histories), 'system')}, {series} series; limit {limit:.2f} nats: {words}")
    modes = sorted(Counter(each.alarm.mode for each in alarms).items())
    _say(
        f"{counted(len(alarms), 'alarm')}{': ' if modes else ''}{', '.join(f'{mode} {count}' for mode, count in modes)}"
    )
    return EXIT_OK


def _settings(config: Path | None, environ: Mapping[str, str]) -> "Settings":
    """Give the section of the configuration in force; without one the defaults hold."""
    from operations.detection import Settings
    from store.decode import Mistakes
    from store.document import read
    from store.errors import ConfigError
    from tui.viewing import VARIABLE, find, is_there, one, usual_path

    if config is None and not environ.get(VARIABLE) and not is_there(usual_path(environ)):
        return Settings()
    document = read(find(config, environ))
    mistakes = Mistakes(document.lines)
    settings = one(Settings, "detection", document, mistakes)
    if settings is None:
        raise ConfigError(mistakes.listed(), str(document.path))
    return settings


def _write(out: str, alarms: Iterable["Replayed"]) -> None:
    lines = (json.dumps(_line(each), allow_nan=False) + "\n" for each in alarms)
    if out == "-":
        sys.stdout.writelines(lines)
        return
    from tui.commands.export import finished

    with finished(Path(out)) as part, part.open("w", encoding="utf-8") as file:
        file.writelines(lines)


def _line(each: "Replayed") -> dict[str, object]:
    alarm = each.alarm
    evidence = [_evidence(*told) for told in zip(alarm.evidence, each.words, strict=True)]
    return {
        "system": alarm.system, "day": alarm.day.isoformat(), "mode": alarm.mode, "also": list(alarm.also),
        "since": each.since.isoformat(), "evidence": evidence,
    }  # fmt: skip


def _evidence(each: "Evidence", words: str) -> dict[str, object]:
    return {
        "kind": each.kind, "signal": each.signal, "dim": each.dim, "score": round(each.score, 3),
        "limit": round(each.limit, 3), "runs": each.length, "value": each.value, "usual": each.usual, "n": each.n,
        "words": words,
    }  # fmt: skip


def _say(words: str) -> None:
    from tui.text import printable

    print(printable(words, 2_000), file=sys.stderr)  # noqa: T201 - words to people
