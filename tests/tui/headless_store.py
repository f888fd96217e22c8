"""Collect made-up rows into a real store beside a real configuration, for the commands that need no screen."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from store.records import Change, CostLine, Evaluation, Outcome, Record, Run, RunState, Sample
from tui import collecting
from tui.settings import load

HOUR = timedelta(hours=1)

_TEXT = """
[portfolio]
name = "Acme"

[store]
folder = "store"

[[people]]
name = "Ada"

[[systems]]
name = "bot"
owner = "Ada"
tier = 1
monthly_budget = 100000
headline = "quality"

[[systems]]
name = "desk"
owner = "Ada"

[[sources]]
name = "focus"
kind = "focus"
system = "bot"
[sources.options]
path = "costs/*.csv"

[[thresholds]]
name = "slow"
metric = "latency"
stat = "p95"
direction = "above"
warning = 2.0
critical = 4.0
confirm = "1 of 1"
mode = "FM7"
systems = ["bot"]

[[thresholds]]
name = "quality"
metric = "evaluation:quality"
direction = "below"
warning = 0.8
window = "1d"
confirm = "1 of 1"
domain = "evaluation"
systems = ["bot"]
"""


@dataclass(frozen=True, slots=True)
class Headless:
    """A folder with a configuration and, once something is collected, a store."""

    path: Path
    now: datetime

    @property
    def arguments(self) -> list[str]:
        """Name the configuration on a command line."""
        return ["--config", str(self.path)]

    def collected(self, *records: Record, state: RunState = "complete", cause: str = "") -> None:
        """Store what one collection brought, judge it and publish it."""
        config = load(self.path, {})
        run = Run(
            run_id=f"run-{len(records)}-{state}",
            source="focus",
            kind="focus",
            state=state,
            cause=cause,
            detail="",
            window_start=self.now - HOUR,
            window_end=self.now,
            started=self.now,
            finished=self.now,
        )
        folder = collecting.folder_of(config)
        folder.create()
        collecting.store(config, folder, [Outcome(run, records)], self.now)

    def only(self, *names: str) -> None:
        """Leave the other systems out of the configuration."""
        begin, *systems = self.path.read_text().split("[[systems]]")
        systems[-1], rest = systems[-1].split("[[sources]]")
        kept = [f"[[systems]]{text}" for text in systems if any(f'name = "{name}"' in text for name in names)]
        self.path.write_text(f"{begin}{''.join(kept)}[[sources]]{rest}")


def made(folder: Path) -> Headless:
    """Write the configuration."""
    path = folder / "config.toml"
    path.write_text(_TEXT)
    return Headless(path, datetime.now(UTC).replace(microsecond=0))


def well(now: datetime, latency: float = 1.0) -> tuple[Record, ...]:
    """Give what makes ``bot`` well in every domain, unless its latency is said to be worse."""
    midnight = now.replace(hour=0, minute=0, second=0)
    days = (midnight - timedelta(days=ago) for ago in range(1, 31))
    return (
        Sample("bot", "latency", "p95", now, latency, "s", 50, 3600),
        Evaluation(
            "bot", "r1", "golden", "quality", now, 0.9, n=100, passes=90, errors=2, judge="j", suite_version="2"
        ),
        Evaluation("bot", "r2", "golden", "style", now, None, status="error"),
        Change("bot", "1", "prompt", "Shorter answers", "applied", "bob", now - HOUR, url="https://git.example/1"),
        *(
            CostLine("bot", "gateway_estimate", day, day + timedelta(days=1), "all", effective_cost=Decimal("10.5"))
            for day in days
        ),
    )


def empty_searches(headless: Headless) -> Headless:
    """Let the searches of ``bot`` find nothing far more often for five days, after a change; its latency is breached too."""
    midnight = headless.now.replace(hour=0, minute=0, second=0)
    shares = [0.02 + 0.002 * (place % 3) for place in range(35)] + [0.09] * 5
    begun = midnight - timedelta(days=5)
    searches = [
        Sample(
            "bot",
            "llmops.retrieval.empty_ratio",
            "ratio",
            midnight - timedelta(days=39 - place),
            share,
            "1",
            1000,
            86_400,
        )
        for place, share in enumerate(shares)
    ]
    change = Change("bot", "7", "retrieval", "another \x1b[31mindex", "applied", "eve", begun - 5 * HOUR)
    headless.collected(*well(headless.now, 5.0), *searches, change)
    return headless
