"""Measure what a viewer costs that nobody touches: memory, processor, and bytes on the line."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from statistics import median

import psutil

from bench.measure import Figure
from bench.pty_program import PtyProgram
from bench.start import PROGRAM, is_live
from bench.stores import Stores, publish_changed, publish_link, set_latencies
from operations.portfolio import portfolio
from store.viewer import Viewer

_MIB = 1024 * 1024
_REFRESH = 5.0
_CELLS = (1, 2, 4, 8, 16)


def figures(stores: Stores) -> list[Figure]:
    """Give memory and processor of an idle viewer of the full store, and the bytes of its ticks."""
    return [*_idle(stores), *_bytes(stores)]


def _idle(stores: Stores) -> list[Figure]:
    seconds = stores.effort.seconds
    with PtyProgram([PROGRAM, "--config", str(stores.configuration(stores.full))]) as program:
        program.until(is_live, 1.5)
        before, begun = program.processor, time.perf_counter()
        sizes = [program.written]
        for _ in range(max(1, round(seconds / _REFRESH))):
            program.spend(min(_REFRESH, seconds))
            sizes.append(program.written)
        share = (program.processor - before) / (time.perf_counter() - begun)
        memory = psutil.Process(program.pid).memory_full_info().uss / _MIB
    ticks = [after - earlier for earlier, after in pairwise(sizes)]
    of = f"{stores.rows():,} rows of history"
    return [
        Figure("memory of a viewer with live data (USS)", memory, 100, "MiB", of),
        Figure("idle viewer with a 5 s refresh", share * 100, 0.5, "% of a core", f"{seconds:.0f} s, {of}"),
        Figure(
            "bytes to the terminal in a tick with nothing changed", median(ticks), 0, "B",
            f"{len(ticks)} ticks; ages move once a minute: {sum(ticks)} B in all of them",
        ),
    ]  # fmt: skip


def _bytes(stores: Stores) -> list[Figure]:
    """Publish copies in which some cells of the first page differ, and count what crosses the line for each cell."""
    folder = stores.brief
    viewer = Viewer(folder.root)
    shown = [row.system for row in portfolio(viewer, stores.now)]
    viewer.close()
    with PtyProgram([PROGRAM, "--config", str(stores.configuration(folder, "1s"))]) as program:
        program.until(is_live, 1.5)
        on_page = [system for system in shown if system in program.text]
        same = [_counted(program, partial(publish_link, folder)) for _ in range(3)]
        costs = []
        for turn, cells in enumerate(min(count, len(on_page)) for count in _CELLS):
            latencies = {system: (1.1, 22.2)[turn % 2] + place / 5 for place, system in enumerate(on_page[:cells])}
            costs.append((cells, _counted(program, partial(_publish, stores, latencies))))
    worst = max(costs, key=lambda each: each[1] / each[0])
    each = ", ".join(f"{cells}: {count} B" for cells, count in costs)
    return [
        Figure("bytes to the terminal when an equal copy is published", median(same), 0, "B", "3 copies"),
        Figure("bytes per changed cell, 80x24, the worst", worst[1] / worst[0], 150, "B", f"cells changed: {each}"),
    ]


def _counted(program: PtyProgram, publish: Callable[[], object]) -> int:
    """Publish and count the bytes of the tick that follows, away from the turn of a minute, when ages move."""
    left = 60 - datetime.now(UTC).second
    if left < 6:
        program.spend(left + 1.5)
    program.quiet(0.3)
    before = program.written
    publish()
    program.spend(2.2)
    return program.written - before


def _publish(stores: Stores, latencies: dict[str, float]) -> None:
    with publish_changed(stores.brief) as session:
        set_latencies(session, latencies)
