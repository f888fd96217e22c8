"""Measure the change queue: 500 pending changes across all systems, read for one person, moved in and filtered."""

import asyncio
import getpass
import os
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from bench import portfolio_store
from bench.measure import Figure, percentile, seconds
from bench.portfolio_store import Size
from bench.pty_program import PtyProgram
from bench.start import PROGRAM, is_live
from bench.stores import Stores, publish_changed
from bench.tick import keys_taken
from operations.changes.mine import Onlooker, opened, queue
from store import boards
from store.database import Reader, Session
from store.folder import Folder
from store.viewer import Viewer
from tui.changing import changing
from tui.reading import Reading
from tui.settings import load

PENDING = 500
_CONTENT = "You answer customers of Acme. Refuse when the sources do not say it. Cite the clause and the page.\n"
_FILTERED = b"system-00\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"


def figures(stores: Stores) -> list[Figure]:
    """Give the time to read, to open one change, to move and to filter."""
    size = Size(stores.effort.size.systems, 5, 0.05, 2)
    folder, _ = portfolio_store.build(stores.path("changes"), size, stores.now)
    with publish_changed(folder) as session:
        _fill(session, size, stores.now)
    config = _configuration(folder, size)
    return [*_reads(stores, folder, config, size), *_keys(stores, config)]


def _configuration(folder: Folder, size: Size) -> Path:
    """Let whoever measures be an approver."""
    path = portfolio_store.configure(folder, folder.root.with_suffix(".toml"), "10m", size)
    me = f'name = "maria"\nos_user = "{getpass.getuser()}"\nroles = ["approver"]'
    path.write_text(path.read_text(encoding="utf-8").replace('name = "maria"', me, 1), encoding="utf-8")
    os.utime(path, (0, 0))
    return path


def _fill(session: Session, size: Size, now: datetime) -> None:
    """Write changes that are judged, most of them ready, with contents of 20 kB."""
    asked = {"pending": PENDING, "systems": size.systems, "now": now, "content": _CONTENT * 200}
    session.execute(
        """
        insert into changes by name
        select lpad(i::varchar, 12, '0') as change_id, 'git' as source, format('pull {}', i) as external_id,
            format('system-{:03d}', i % $systems) as system, 'prompt' as change_class, format('Change {}', i) as title,
            'pending' as state, 'mallory' as author, $now::timestamp - interval 1 hour * (i % 200) as requested,
            '12' as from_ref, '13' as to_ref, format('hash {}', i) as content_hash, $content || i as content,
            if(i % 7 = 0, 'high', '') as risk, 'https://git.example/' as url, $now::timestamp as first_seen,
            'run' as run_id
        from range($pending) t(i)
        """,
        asked,
    )
    session.execute(
        """
        insert into change_states by name
        select change_id, if(change_id::int % 3 = 0, 'evidence missing', 'evidence ready') as state, '' as note,
            0 as approvals, '2 approvals' as needed,
            if(change_id::int % 3 = 0, 'cost delta: nothing was given', '') as missing, 'evidence' as evidence_hash,
            '' as frozen, change_id::int % 5 = 0 as is_late, 0 as reviews, $now::timestamp as judged
        from changes where change_class = 'prompt' and source = 'git'
        """,
        {"now": now},
    )
    boards.refresh(session)


def _reads(stores: Stores, folder: Folder, config: Path, size: Size) -> list[Figure]:
    now, found = stores.now, load(config, {})
    onlooker = Onlooker(getpass.getuser(), changing(found, now), now)
    reading = Reading(folder.root)
    of = f"{PENDING} pending changes, {size.systems} systems, 20 kB of content each"

    mine: list[int] = []

    async def frame() -> None:
        await reading.frame(_queue, now, None)

    def _queue(db: Reader, _: datetime) -> None:
        mine.append(sum(row.is_mine for row in queue(db, onlooker, ())))

    taken = seconds(lambda: asyncio.run(frame()), stores.effort.reads)
    reading.close()
    of += f", {mine[-1]} of them for this person"
    viewer = Viewer(folder.root)
    one = seconds(lambda: opened(viewer, onlooker, f"{7:012}"), stores.effort.reads)
    viewer.close()
    return [
        Figure("reading the change queue for one person, all systems included", median(taken) * 1e3, 50, "ms", of),
        Figure("reading one change with its content", median(one) * 1e3, 50, "ms", of),
    ]


def _keys(stores: Stores, config: Path) -> list[Figure]:
    """Drive the real program over the queue."""
    argv = [PROGRAM, "--config", str(config), "view", "--screen", "approvals"]
    found = []
    for columns, lines in ((80, 24), (200, 50)):
        with PtyProgram(argv, columns=columns, rows=lines) as program:
            begun = perf_counter()
            program.until(is_live, 1.5)
            program.quiet(max(0.5, 2.0 - (perf_counter() - begun)))
            moved = keys_taken(program, stores.effort.keys)
            program.type(b"g/")
            program.quiet(0.5)
            filtered = keys_taken(program, min(stores.effort.keys, 108), _FILTERED)
            size = f"{columns}x{lines}"
            for what, keys in (("key to paint", moved), ("letter of a filter to paint", filtered)):
                found.append(
                    Figure(
                        f"{what} in the change queue, p95 of process time, {size}", percentile(keys, 0.95) * 1e3,
                        5, "ms", f"{PENDING} rows, {len(keys)} keys, median {median(keys) * 1e3:.1f} ms",
                    )
                )  # fmt: skip
    return found
