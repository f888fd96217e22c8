"""Measure a tick: reading what the first screen shows, whatever the history, and painting what is new."""

import asyncio
from datetime import datetime
from statistics import median
from time import perf_counter, process_time

from bench.measure import Effort, Figure, percentile, ratio_of, side_by_side
from bench.pty_program import PtyProgram
from bench.start import PROGRAM, is_live
from bench.stores import Stores, publish_changed, publish_link, set_latencies
from store.database import Reader
from store.folder import Folder
from tui.reading import Reading

_KEYS = b"jjjjjjjjkkkkGgjj\x04\x15jjjjk"
_PAINTED = 0.02
_SETTLED = 0.15


def figures(stores: Stores) -> list[Figure]:
    """Give the time to read and to paint."""
    return [*_reads(stores), *_paints(stores)]


def _reads(stores: Stores) -> list[Figure]:
    effort, now = stores.effort, stores.now
    full, tenth = _Read(stores.full, now), _Read(stores.tenth, now)
    found = side_by_side([full.again, tenth.again, full.anew], effort.reads)
    of = f"{effort.size.systems} systems x {effort.size.metrics} metrics, {stores.rows():,} rows of history"
    worked = f"{median(full.worked[1::2]) * 1e3:.0f} ms of process time"
    figures = [
        Figure("reading what the Portfolio shows", median(found[0]) * 1e3, 50, "ms", f"{of}; {worked}"),
        Figure(
            "the same after a collection published a copy, attaching included", median(found[2]) * 1e3, 50, "ms", of
        ),
        Figure(
            "reading, over reading a tenth of the history", ratio_of(found, 0, 1), 1.2, "x",
            f"{median(found[0]) * 1e3:.1f} ms against {median(found[1]) * 1e3:.1f} ms of {stores.rows('tenth'):,} rows",
        ),
    ]  # fmt: skip
    full.close()
    tenth.close()
    return figures


class _Read:
    """The viewer's own reading, as a tick of the Portfolio screen asks for it when the store changed."""

    def __init__(self, folder: Folder, now: datetime) -> None:
        self._folder, self._now = folder, now
        self._reading = Reading(folder.root)
        self.worked: list[float] = []

    def again(self) -> float:
        """Read the copy that is attached."""
        begun, worked = perf_counter(), process_time()
        asyncio.run(self._frame())
        self.worked.append(process_time() - worked)
        return perf_counter() - begun

    async def _frame(self) -> None:
        """Wait for a frame and drop it: ``asyncio.run`` would write down what it gives, which takes 8 ms."""
        await self._reading.frame(_nothing_more, self._now, None)

    def anew(self) -> float:
        """Read a copy that was just published."""
        publish_link(self._folder)
        return self.again()

    def close(self) -> None:
        """Let go of the store."""
        self._reading.close()


def _nothing_more(_reader: Reader, _now: datetime) -> None:
    """Ask for what every frame brings: all systems and their sum are the Portfolio screen."""


def _paints(stores: Stores) -> list[Figure]:
    """Drive the real program over a long table; its own processor time says what a key and a tick cost it."""
    effort = stores.effort
    argv = [PROGRAM, "--config", str(stores.configuration(stores.listed, "10m"))]  # a tick is not part of a key
    rows = f"{effort.listed:,} rows"
    found = []
    for columns, lines in ((80, 24), (200, 50)):
        with PtyProgram(argv, columns=columns, rows=lines) as program:
            program.until(is_live, 1.5)
            if columns > 80:
                program.type(b"p")  # without the pane beside it, which asks the store whenever the cursor rests
                program.quiet(0.5)
            keys = keys_taken(program, effort.keys)
            found.append(
                Figure(
                    f"key to paint, p95 of process time, {columns}x{lines}", percentile(keys, 0.95) * 1e3, 5, "ms",
                    f"{rows}, {effort.keys} keys, median {median(keys) * 1e3:.1f} ms",
                )
            )  # fmt: skip
    return [*found, _applied(stores, effort)]


def keys_taken(program: PtyProgram, count: int, keys: bytes = _KEYS) -> list[float]:
    """Press keys that each paint something; give the processor time of each until its last byte came.

    What follows a resting cursor is waited for and not counted.
    """
    taken = []
    for number in range(count):
        before = program.processor
        program.type(keys[number % len(keys)].to_bytes())
        program.quiet(_SETTLED, _PAINTED)
        taken.append(program.processor - before)
        program.quiet(_SETTLED)
    return taken


def _applied(stores: Stores, effort: Effort) -> Figure:
    """Give the processor time of a whole tick in which one system in ten changed: attach, read, diff, paint."""
    with PtyProgram([PROGRAM, "--config", str(stores.configuration(stores.brief, "1s"))]) as program:
        program.until(is_live, 1.5)
        taken = []
        for turn in range(effort.times):
            with publish_changed(stores.brief) as session:
                set_latencies(session, {f"system-{n:03}": 1 + turn / 10 for n in range(0, effort.size.systems, 10)})
            before = program.processor
            program.spend(1.6)
            taken.append(program.processor - before)
        return Figure(
            "a whole tick: attach, read, diff and paint", median(taken) * 1e3, None, "ms of process time",
            f"{effort.size.systems} rows, one in ten changed",
        )  # fmt: skip
