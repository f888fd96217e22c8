"""``llmops-tui export``: write what the store holds as Parquet, CSV or JSON, complete or not at all."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from store.errors import EXIT_OK, LlmopsError, StoreError
from tui.spreadsheet import safe_cell

if TYPE_CHECKING:
    from store.database import Session

# What each kind is read from, and which of its times --since speaks of.
_KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "samples": ("sample_values", "seen", "seen, source, system, metric, stat, dims"),
    "costs": ("cost_lines", "charge_period_start", "charge_period_start, source, system, basis, line"),
    "evaluations": ("evaluations", "seen", "seen, source, system, suite, scorer, slice"),
    "breaches": ("breach_list", "since", "since, system, rule"),
    "cells": ("coverage", "judged", "system, mode"),
    "evidence": ("evidence_list", "since", "since, system, mode, place"),
    "changes": ("change_list", "waiting_since", "waiting_since, change_id"),
    "incidents": ("incident_list", "started", "started, incident_id"),
    "models": ("model_calendar", "seen", "system, model"),
}
_JSON_TEXT: Final = frozenset({"dims"})

Rows = Iterable[Sequence[tuple[Any, ...]]]


class OutputError(LlmopsError):
    """Say that the file asked for cannot be written."""

    exit_code = 74


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", choices=tuple(_KINDS), help="what to write")
    parser.add_argument("--format", choices=("parquet", "csv", "json"), help="by the file's name where it is not said")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to; without it CSV or JSON goes to stdout")
    parser.add_argument("--system", metavar="NAME", help="only this system")
    parser.add_argument("--since", metavar="WHEN", help="from here on: 2026-11-01, 2026-11-01T12:00Z or 7d")
    parser.add_argument("--raw", action="store_true", help="CSV cells exactly as stored, not guarded for spreadsheets")


def run(args: argparse.Namespace) -> int:
    """Write the rows; the file appears when it is complete."""
    from store.database import open_file
    from store.folder import Folder
    from store.publish import current
    from tui.commands.collect import moment
    from tui.commands.show import check_name
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    if args.system:
        check_name(args.system, [system.name for system in config.systems])
    values = {"system": args.system, "since": moment(args.since, now) if args.since else None}
    path = current(Folder(config.store.folder))
    if path is None:
        raise StoreError(f"nothing is collected yet in {config.store.folder}; run 'llmops-tui collect'")
    file_format = _format(args.format, args.out)
    with open_file(path, read_only=True) as session:
        _export(session, _query(args.kind), values, args.out, file_format, raw=args.raw)
    return EXIT_OK


def _query(kind: str) -> str:
    view, seen, ordering = _KINDS[kind]
    return f"""
        select * from {view}
        where ($system::varchar is null or system = $system)
            and ($since::timestamp is null or {seen} >= $since)
        order by {ordering}
    """  # noqa: S608 - constants of this module


def _format(asked: str | None, out: Path | None) -> str:
    """Give the format asked for, or the one that the file's name says."""
    named = (out.suffix.lstrip(".") if out else "") or "json"
    found = asked or named
    if found not in {"parquet", "csv", "json"}:
        raise OutputError(f"{out}: its name says no format; add --format parquet, csv or json")
    if found == "parquet" and out is None:
        raise OutputError("Parquet is not text; say where to with --out FILE")
    return found


def _export(
    session: "Session", sql: str, values: Mapping[str, object], out: Path | None, file_format: str, *, raw: bool
) -> None:
    if file_format == "parquet" and out is not None:
        with finished(out) as part:
            session.copy_out(sql, values, part, "parquet")
        return
    names, pages = session.pages(sql, values)
    if out is None:
        _write(sys.stdout, file_format, names, pages, _for_stdout(raw=raw))
        return
    guard = _same if raw else safe_cell
    with finished(out) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        _write(file, file_format, names, pages, guard)


def _for_stdout(*, raw: bool) -> Callable[[str], str]:
    """Choose how a cell reaches stdout: a terminal gets printable text alone."""
    guard = _same if raw else safe_cell
    if not sys.stdout.isatty():
        return guard
    from tui.text import printable

    return lambda text: printable(guard(text))


@contextmanager
def finished(out: Path) -> Iterator[Path]:
    """Give a file beside the one asked for; it takes its place when all is written."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        raise OutputError(f"writing {out}: {error.strerror or type(error).__name__}; choose another place") from error
    finally:
        part.unlink(missing_ok=True)


def _write(file: IO[str], file_format: str, names: Sequence[str], pages: Rows, guard: Callable[[str], str]) -> None:
    if file_format == "csv":
        writer = csv.writer(file, lineterminator="\r\n" if file is not sys.stdout else "\n")
        writer.writerow(names)
        for page in pages:
            writer.writerows([_cell(value, guard) for value in row] for row in page)
        return
    file.write("[")
    is_first = True
    for page in pages:
        for row in page:
            content = {name: _json_value(name, value) for name, value in zip(names, row, strict=True)}
            file.write(("\n" if is_first else ",\n") + json.dumps(content, allow_nan=False))
            is_first = False
    file.write("\n]\n")


def _cell(value: object, guard: Callable[[str], str]) -> object:
    """Turn one value into a cell: only text can be a formula."""
    if isinstance(value, str):
        return guard(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _moment(value) if isinstance(value, date) else value


def _json_value(name: str, value: object) -> object:
    if name in _JSON_TEXT and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, Decimal):
        return float(value)
    return _moment(value) if isinstance(value, date) else value


def _moment(value: date) -> str:
    """Write a time of the store, which is UTC without saying so."""
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value.isoformat()


def _same(text: str) -> str:
    return text
