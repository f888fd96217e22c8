"""Measure writing: samples through the store against a bare Arrow insert of the same rows by script."""

import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.measure import Figure
from bench.stores import Stores
from store import commit, samples
from store.folder import Folder
from store.records import Sample

_SERIES = 400


def figures(stores: Stores) -> list[Figure]:
    """Give rows a second through the store as a share of the bare insert."""
    rows = stores.effort.rows
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    dims = [{"model": f"m{i % 7}", "slice": str(i)} for i in range(_SERIES)]
    steps = max(1, rows // _SERIES)
    found = [
        Sample(
            "bot",
            f"llmops.metric_{i % 40}",
            "avg",
            now - timedelta(minutes=5 * step),
            0.5 + i / 1000,
            "1",
            10,
            300,
            dims[i],
        )
        for step in range(steps)
        for i in range(_SERIES)
    ]
    texts = [json.dumps(sample.dims) for sample in found]  # not counted: a script could have them ready
    pairs = [(_bare(found, texts), _through(found, now)) for _ in range(6)][1:]  # side by side, the first warms up
    bare, through = (statistics.median(times) for times in zip(*pairs, strict=True))
    rates = f"bare {rows / bare / 1e6:.2f}, through the store {rows / through / 1e6:.2f} M rows/s"
    return [
        Figure(
            "samples written through the store, share of a bare insert",
            bare / through,
            0.6,
            "",
            f"{rows:,} rows; {rates}",
            is_floor=True,
        )
    ]


def _bare(found: list[Sample], texts: list[str]) -> float:
    """Insert the same rows, columns and all, by the shortest script; give the seconds to the end of the checkpoint."""
    with tempfile.TemporaryDirectory() as place, duckdb.connect(f"{place}/bare.duckdb") as connection:
        connection.execute(
            "create table samples (system varchar, metric varchar, stat varchar, unit varchar, period integer, "
            "dims varchar, seen timestamp, value double, n bigint)"
        )
        begun = time.perf_counter()
        incoming = pa.table(
            {
                "system": [s.system for s in found],
                "metric": [s.metric for s in found],
                "stat": [s.stat for s in found],
                "unit": [s.unit for s in found],
                "period": [s.period for s in found],
                "dims": texts,
                "seen": pa.array([s.seen for s in found], pa.timestamp("us")),
                "value": [s.value for s in found],
                "n": [s.n for s in found],
            }
        )
        connection.register("incoming", incoming)
        connection.execute("insert into samples select * from incoming")
        connection.execute("checkpoint")
        return time.perf_counter() - begun


def _through(found: list[Sample], now: datetime) -> float:
    """Write them as a collection does; give the seconds to the end of the checkpoint."""
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place) / "store")
        folder.create()
        with commit.primary(folder, now) as session:
            begun = time.perf_counter()
            with session.transaction():
                samples.take(session, "prom", 1, found, now)
            session.execute("checkpoint")
            return time.perf_counter() - begun
