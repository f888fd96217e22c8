"""Run the installed program on one configuration and look into the store it leaves."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

PROGRAM = Path(sys.executable).with_name("llmops-tui")
PATIENCE = 300.0

SAMPLES = """
    select source, system, metric, stat, unit, period, dims, seen, value, n, is_floor
    from samples join series using (series_id) where source = ? and seen > ? and seen <= ? order by all
"""
EVALUATIONS = "select * exclude (run_id) from evaluations where source = ? and seen > ? and seen <= ? order by all"
COSTS = """
    select * exclude (run_id) from costs
    where source = ? and is_final and charge_period_start > ? and charge_period_end <= ? order by all
"""
CHANGES = """
    select * exclude (run_id, first_seen, settled) from changes
    where source = ? and requested > ? and requested <= ? order by all
"""
TABLES = {"samples": SAMPLES, "evaluations": EVALUATIONS, "costs": COSTS, "changes": CHANGES}
ASKED = "select source, min(window_start), max(window_end) from runs where state = 'complete' group by source"

Rows = list[tuple[Any, ...]]
Asked = Mapping[str, tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Site:
    """One configuration, its store, the environment that commands run in, and what stands before them."""

    config: Path
    store: Path
    environ: Mapping[str, str]
    before: tuple[str, ...] = ()

    def argv(self, *words: str) -> list[str]:
        """Give the command line of the installed program."""
        return [*self.before, str(PROGRAM), "--config", str(self.config), *words]

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run one command to its end, hold it to its exit code and give what it printed."""
        argv = self.argv(*words)
        ended = subprocess.run(
            argv,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if ended.returncode not in codes:
            raise AssertionError(f"{words} ended with {ended.returncode}: {ended.stdout}\n{ended.stderr}")
        return ended.stdout

    def json(self, *words: str) -> Any:
        """Run one command that answers JSON, whatever it says of health."""
        return json.loads(self.run(*words, "--json", codes=(0, 1, 2, 3)))

    def rows(self, sql: str, *params: object) -> Rows:
        """Ask the newest published copy."""
        copy = self.store / (self.store / "CURRENT").read_text().strip()
        with duckdb.connect(str(copy), read_only=True) as session:
            return session.execute(sql, list(params)).fetchall()

    def asked(self) -> Asked:
        """Give the stretch of time that each source has been asked for."""
        return {source: (start, stop) for source, start, stop in self.rows(ASKED)}

    def held(self, asked: Asked) -> dict[str, Rows]:
        """Give all that came from these stretches and cannot change any more: a running day's cost still grows."""
        return {
            f"{name} of {source}": self.rows(sql, source, start, stop)
            for source, (start, stop) in asked.items()
            for name, sql in TABLES.items()
        }


def asked_by_both(one: Site, other: Site) -> Asked:
    """Give the stretches that both sites asked for, without pages that are read at an instant."""
    first, second = one.asked(), other.asked()
    return {
        source: (max(first[source][0], second[source][0]), min(first[source][1], second[source][1]))
        for source in first
        if not source.endswith("-page")
    }
