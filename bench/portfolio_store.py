"""Make a store of a given size for the measurements: systems x metrics, raw 5-minute samples and hourly rollups.

The rows are written by SQL into the real schema (collecting 50 M rows would measure the generator), then published the
way a collection publishes, with the snapshot that a collection leaves.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from operations.modes import MODES
from operations.month_ends import month_ends
from operations.portfolio import board
from store import commit, judgements
from store.commit import Described
from store.database import Session
from store.described_records import SourceRecord, SystemRecord
from store.folder import Folder
from store.records import Breach, Verdict
from store.retention import Keep
from store.viewer import Viewer
from tui import snapshot

_KEEP = Keep(timedelta(days=400), timedelta(days=1095))
_SOURCES = 20


@dataclass(frozen=True, slots=True)
class Size:
    """How large a store is made."""

    systems: int = 200
    metrics: int = 40
    raw_days: float = 14
    rollup_days: float = 90

    @property
    def tenth(self) -> "Size":
        """The same portfolio with a tenth of the history."""
        return Size(self.systems, self.metrics, self.raw_days / 10, self.rollup_days / 10)


def build(root: Path, size: Size, now: datetime) -> tuple[Folder, int]:
    """Make and publish a store; give its folder and how many rows of samples and rollups it holds."""
    folder = Folder(root)
    folder.create()
    systems = names(size)

    def fill(session: Session) -> None:
        _fill(session, size, now)
        _fill_beside(session, size, now)
        for table in ("verdicts", "breaches"):
            session.execute(f"delete from {table}")  # noqa: S608 - constants
        session.append("verdicts", _verdicts(systems, size, now))
        session.append("breaches", _breaches(systems, now))
        judgements.keep_forecasts(session, month_ends(session, now))

    described = Described(
        [
            SystemRecord(
                name, "", "maria", "jon", 1 + i % 3, "production", "live", "", "gateway_estimate",
                Decimal(3_000), "USD", "", "groundedness" if i % 4 else "llmops.metric_05",
            )
            for i, name in enumerate(systems)
        ],
        [
            SourceRecord(
                f"source-{n:02}", "prometheus", "*/5 * * * *", now + timedelta(days=3_650),
                ", ".join(systems[n::_SOURCES]), "http://prometheus:9090",
            )
            for n in range(_SOURCES)
        ],
        {"portfolio": "bench", "currency": "USD"},
        modes=MODES,
    )  # fmt: skip
    commit.commit(folder, [], described, fill, _KEEP, now)
    leave_snapshot(folder, now)
    counts = commit.manifest(folder)
    return folder, counts["samples"] + counts["rollup_1h"] + counts["rollup_1d"]


def names(size: Size) -> list[str]:
    """Give the names of the systems."""
    return [f"system-{number:03}" for number in range(size.systems)]


def leave_snapshot(folder: Folder, now: datetime) -> None:
    """Write what a viewer paints first, as a collection does after it published."""
    viewer = Viewer(folder.root)
    rows, summary = board(viewer, now)
    snapshot.write(folder.snapshot, rows, summary, now)
    viewer.close()


def configure(folder: Folder, path: Path, refresh: str, size: Size) -> Path:
    """Write the configuration of the portfolio: every system and source, rules by tier."""
    tables = [
        f'[portfolio]\nname = "bench"\n[store]\nfolder = "{folder.root}"\n[interface]\nrefresh = "{refresh}"',
        '[[people]]\nname = "maria"\n[[people]]\nname = "jon"',
        *(
            f'[[systems]]\nname = "{name}"\nowner = "maria"\ndeputy = "jon"\ntier = {1 + i % 3}\nmonthly_budget = 3000'
            for i, name in enumerate(names(size))
        ),
        *(
            f'[[thresholds]]\nname = "rule-{m:02}"\nmetric = "llmops.metric_{m:02}"\ndirection = "above"\nwarning = 0.8'
            for m in range(size.metrics)
        ),
        *(
            f'[[sources]]\nname = "source-{n:02}"\nkind = "prometheus"\nschedule = "*/5 * * * *"\n'
            f'system = "system-{n:03}"\n[sources.options]\nurl = "http://prometheus:9090"\npresets = ["vllm"]'
            for n in range(min(_SOURCES, size.systems))
        ),
    ]
    path.write_text("\n".join(tables), encoding="utf-8")
    os.utime(path, (0, 0))  # older than what was collected with it, as it is nearly always
    return path


def _fill(session: Session, size: Size, now: datetime) -> None:
    count = size.systems * size.metrics
    session.execute(
        """
        insert into series
        select i, printf('source-%02d', i // $metrics % $sources), printf('system-%03d', i // $metrics),
            case i % $metrics
                when 0 then 'gen_ai.client.operation.duration' when 1 then 'llmops.errors' when 2 then 'llmops.requests'
                when 3 then 'llmops.error_ratio' else printf('llmops.metric_%02d', i % $metrics) end,
            case i % $metrics when 0 then 'p95' when 1 then 'sum' when 2 then 'sum' when 3 then 'ratio'
                else ['p95', 'avg', 'sum', 'ratio'][1 + i % 4] end,
            case i % $metrics when 0 then 's' else '1' end, 300, '{}'
        from range($count) t (i)
        """,
        {"count": count, "metrics": size.metrics, "sources": _SOURCES},
    )
    session.execute(
        """
        insert into samples
        select i, $now - to_minutes(5 * step), 0.5 + 0.4 * sin(i + step / 40.0), 100, false, 1
        from range($steps) s (step), range($count) t (i)
        order by step desc
        """,
        {"now": now, "steps": round(size.raw_days * 288), "count": count},
    )
    session.execute(
        "insert into latest select series_id, seen, value, n, false from samples where seen = $now", {"now": now}
    )
    hours, days = round(size.rollup_days * 24), round(size.rollup_days)
    for table, unit, steps in (("rollup_1h", "hours", hours), ("rollup_1d", "days", days)):
        session.execute(
            f"""
            insert into {table}
            select i, date_trunc('{unit[:-1]}', $now) - to_{unit}(step), 12, 6.0, 0.1, 0.9, 0.5, 1200, 600.0
            from range($steps) s (step), range($count) t (i)
            order by step desc
            """,  # noqa: S608 - constants
            {"now": now, "steps": steps, "count": count},
        )


def _fill_beside(session: Session, size: Size, now: datetime) -> None:
    """Add what a portfolio holds beside samples: two months of charges and scores, open changes, incidents, runs."""
    values: dict[str, object] = {"now": now, "systems": size.systems, "days": max(2, round(size.rollup_days * 2 / 3))}
    session.execute(
        """
        insert into costs
        select printf('source-%02d', i % 20), printf('system-%03d', i), 'gateway_estimate',
            date_trunc('day', $now) - to_days(day), date_trunc('day', $now) - to_days(day - 1), line, 'USD',
            20 + (i + day) % 17, null, null, null, 'Usage', 'vendor', 'inference', 'model-large', line,
            100000 + i, 'token', true, 'run'
        from range($systems) t (i), range(1, $days + 1) d (day),
            (values ('input'), ('output'), ('cached')) lines (line)
        """,
        values,
    )
    session.execute(
        """
        insert into evaluations
        select printf('source-%02d', i % 20), printf('system-%03d', i), printf('run-%d', day), 'golden', scorer,
            $now - to_days(day), 0.9 - (i % 10) / 100.0, '', 'v1', 'judge', '1', '2026.1', 400, 350, 0, null,
            0, 1, true, 'ok', '', 'run'
        from range($systems) t (i), range($days) d (day), (values ('groundedness'), ('relevance')) s (scorer)
        """,
        values,
    )
    session.execute(
        """
        insert into changes
        select printf('change-%d', i), 'source-00', printf('system-%03d', i), printf('pull-%d', i), 'prompt',
            'Answer more often', 'pending', 'mallory', $now - to_hours(i + 1), 'v7', 'v8', 'sha256:1f3a', '', 'high',
            'https://git.example/pull', $now - to_hours(i + 1), null, 'run'
        from range(0, $systems, 4) t (i)
        """,
        {"now": now, "systems": size.systems},
    )
    session.execute(
        """
        insert into incidents
        select printf('incident-%d-%d', i, day), 'source-00', printf('system-%03d', i), printf('P%d', day),
            'Slow answers', $now - to_days(day), 'page', 'critical', if(day = 0, 'open', 'resolved'), null, null, '',
            $now - to_days(day), if(day = 0, null, $now), 'run'
        from range(0, $systems, 3) t (i), range($days) d (day)
        """,
        values,
    )
    session.execute(
        """
        insert into last_runs
        select printf('run-%d-%d', i, step), printf('source-%02d', i), 'complete', '', '',
            $now - to_minutes(5 * step + 1), $now - to_minutes(5 * step), null, 2000, 2000, 0, 0, 0.2
        from range(20) t (i), range(20) s (step)
        """,
        {"now": now},
    )


def _verdicts(systems: list[str], size: Size, now: datetime) -> list[Verdict]:
    states = ("ok",) * 17 + ("warning", "critical", "unknown")
    return [
        Verdict(
            system, f"rule-{m:02}", "monitoring", f"llmops.metric_{m:02}", states[(i * 7 + m // 14) % 20], now, "above",  # type: ignore[arg-type]  # all are states
            0.5, 0.8, 0.9, 100, 0.4, 0.6, now,
        )
        for i, system in enumerate(systems)
        for m in range(size.metrics)
    ]  # fmt: skip


def _breaches(systems: list[str], now: datetime) -> list[Breach]:
    return [
        Breach(
            f"b-{system}", system, "rule-01", "monitoring", "llmops.metric_01", ("warning", "critical")[i % 2],
            "open", "above", now - timedelta(hours=i), now, now - timedelta(hours=i), None, 0.95, 0.97, 0.8, 0.9, 100,
        )
        for i, system in enumerate(systems[: len(systems) // 5])
    ]  # fmt: skip
