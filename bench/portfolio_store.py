"""Make a store of a given size for the measurements: systems x metrics, raw 5-minute samples and hourly rollups.

The rows are written by SQL into the real schema (collecting 50 M rows would measure the generator), then published the
way a collection publishes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from store import commit
from store.commit import Described
from store.database import Session
from store.folder import Folder
from store.records import Breach, SourceRecord, SystemRecord, Verdict
from store.retention import Keep

_KEEP = Keep(timedelta(days=400), timedelta(days=1095))


@dataclass(frozen=True, slots=True)
class Size:
    """How large a store is made."""

    systems: int = 200
    metrics: int = 40
    raw_days: int = 14
    rollup_days: int = 90


def build(root: Path, size: Size, now: datetime) -> tuple[Folder, int]:
    """Make and publish a store; give its folder and how many rows of samples and rollups it holds."""
    folder = Folder(root)
    folder.create()
    systems = [f"system-{number:03}" for number in range(size.systems)]

    def fill(session: Session) -> None:
        _fill(session, size, now)
        for table in ("verdicts", "breaches"):
            session.execute(f"delete from {table}")  # noqa: S608 - constants
        session.append("verdicts", _verdicts(systems, size, now))
        session.append("breaches", _breaches(systems, now))

    described = Described(
        [
            SystemRecord(
                name, "", "maria", "jon", 1 + i % 3, "production", "live", "", "gateway_estimate", None, "USD", "", ""
            )
            for i, name in enumerate(systems)
        ],
        [SourceRecord("prom", "prometheus", "*/5 * * * *", now + timedelta(minutes=5), ", ".join(systems[:5]), "")],
        {"portfolio": "bench", "currency": "USD"},
    )
    commit.commit(folder, [], described, fill, _KEEP, now)
    counts = commit.manifest(folder)
    return folder, counts["samples"] + counts["rollup_1h"] + counts["rollup_1d"]


def _fill(session: Session, size: Size, now: datetime) -> None:
    count = size.systems * size.metrics
    session.execute(
        """
        insert into series
        select i, 'prom', printf('system-%03d', i // $metrics), printf('llmops.metric_%02d', i % $metrics),
            ['p95', 'avg', 'sum', 'ratio'][1 + i % 4], '1', 300, '{}'
        from range($count) t (i)
        """,
        {"count": count, "metrics": size.metrics},
    )
    session.execute(
        """
        insert into samples
        select i, $now - to_minutes(5 * step), 0.5 + 0.4 * sin(i + step / 40.0), 100, false, 1
        from range($steps) s (step), range($count) t (i)
        order by step desc
        """,
        {"now": now, "steps": size.raw_days * 288, "count": count},
    )
    session.execute(
        "insert into latest select series_id, seen, value, n, false from samples where seen = $now", {"now": now}
    )
    for table, unit, steps in (("rollup_1h", "hours", size.rollup_days * 24), ("rollup_1d", "days", size.rollup_days)):
        session.execute(
            f"""
            insert into {table}
            select i, date_trunc('{unit[:-1]}', $now) - to_{unit}(step), 12, 6.0, 0.1, 0.9, 0.5, 1200, 600.0
            from range($steps) s (step), range($count) t (i)
            order by step desc
            """,  # noqa: S608 - constants
            {"now": now, "steps": steps, "count": count},
        )


def _verdicts(systems: list[str], size: Size, now: datetime) -> list[Verdict]:
    states = ("ok",) * 17 + ("warning", "critical", "unknown")
    return [
        Verdict(
            system, f"rule-{m:02}", "monitoring", f"llmops.metric_{m:02}", states[(i * 7 + m) % 20], now, "above",  # type: ignore[arg-type]  # all are states
            0.5, 0.8, 0.9, 100, 0.4, 0.6, now,
        )
        for i, system in enumerate(systems)
        for m in range(size.metrics)
    ]  # fmt: skip


def _breaches(systems: list[str], now: datetime) -> list[Breach]:
    return [
        Breach(
            f"b-{system}", system, "rule-01", "monitoring", "llmops.metric_01", ("warning", "critical")[i % 2],  # type: ignore[arg-type]  # both are severities
            "open", "above", now - timedelta(hours=i), now, now - timedelta(hours=i), None, 0.95, 0.97, 0.8, 0.9, 100,
        )
        for i, system in enumerate(systems[: len(systems) // 5])
    ]  # fmt: skip
