"""Measure verifying the log: the store and the file against each other, and each by itself."""

import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.measure import Figure, seconds
from bench.stores import Stores
from store import audit, audit_file, commit
from store.audit_check import Kept, check
from store.audit_form import COLUMNS, FIRST, hash_of, line_of_values, moment
from store.database import Session, open_file
from store.folder import Folder

_BATCH: Final = 50_000
_LIMIT: Final = 10.0
_MILLION: Final = 1_000_000


def figures(stores: Stores) -> list[Figure]:
    """Give the seconds that a million entries take, from however many there are."""
    entries = stores.effort.entries
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place) / "store")
        folder.create()
        _fill(folder, entries)
        with open_file(folder.primary, read_only=True) as session:
            both = _taken(Kept(session, folder.audit), entries)
        alone = _taken(Kept(file=folder.audit), entries)
    basis = f"{entries:,} entries of 500 bytes, decisions with a reason, chained and hashed one by one"
    return [
        Figure("a million entries of the log verified, store and file against each other", both, _LIMIT, "s", basis),
        Figure("a million entries of the log verified, the file alone", alone, _LIMIT, "s", basis),
    ]


def _taken(kept: Kept, entries: int) -> float:
    def verified() -> None:
        report = check(kept)
        if report.state != "intact" or report.entries != entries:
            raise RuntimeError(report)

    return statistics.median(seconds(verified, 1)) * _MILLION / entries


def _fill(folder: Folder, entries: int) -> None:
    """Write a log as the program does, only in batches."""
    now, previous = datetime(2026, 1, 1, tzinfo=UTC), FIRST
    with commit.primary(folder, now) as session:
        known = audit.store_id(session)
        for start in range(1, entries + 1, _BATCH):
            rows: list[list[object]] = []
            for number in range(start, min(start + _BATCH, entries + 1)):
                when = now + timedelta(seconds=number)
                rows.append(_row(known, number, previous, when))
                previous = str(rows[-1][-1])
            _store(session, rows)
        audit_file.write_out(session, folder.audit, folder.file_mode)
        session.execute("checkpoint")


def _row(known: str, number: int, previous: str, when: datetime) -> list[object]:
    reason = "the évaluation shows no fall" if number % 10 == 0 else "the evaluation shows no fall"
    row: list[object] = [2, known, number, previous, moment(when), f"user-{number % 40}", "approve", f"CHG-{number}"]
    row += [reason, 1000 + number % 40, 1000, "", "c" * 64, "accepted", "", FIRST]
    row[-1] = hash_of(line_of_values(dict(zip(COLUMNS, row, strict=True))))
    row[4] = when
    return row


def _store(session: Session, rows: list[list[object]]) -> None:
    kinds = dict.fromkeys(COLUMNS, "varchar") | dict.fromkeys(("sequence", "owner_uid", "login_uid"), "bigint")
    kinds |= {"form": "integer", "written": "timestamp"}
    columns = zip(*rows, strict=True)
    session.stage("staged", {name: (kinds[name], list(column)) for name, column in zip(COLUMNS, columns, strict=True)})
    session.execute("insert into audit by name select * from staged")
