"""Write the trail of an audit as JSON, JSON lines or CSV: to one file, or each table to a file of a folder."""

import csv
import json
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal, cast

from operations.audit_trail import Row, Trail, Value
from tui.commands.export import OutputError, finished
from tui.spreadsheet import safe_cell

Format = Literal["jsonl", "csv", "json"]
_FORMATS: Final = ("jsonl", "csv", "json")


def write(trail: Trail, out: Path, asked: Format | None) -> None:
    """Write all tables; no file appears before everything is written."""
    named = out.suffix.lstrip(".")
    file_format = asked or cast("Format", named if named in _FORMATS else "jsonl")
    if out.is_dir() or not out.suffix:
        _to_folder(trail, out, file_format)
    elif file_format == "csv":
        raise OutputError(f"{out}: CSV has one table a file; give a folder with --out, or --format jsonl")
    else:
        with finished(out) as part, _opened(part) as file:
            (_json_document if file_format == "json" else _json_lines)(file, trail)


def _to_folder(trail: Trail, folder: Path, file_format: Format) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"making {folder}: {error.strerror}; choose another place") from error
    with ExitStack() as stack:
        for name, rows in trail.tables.items():
            part = stack.enter_context(finished(folder / f"{name}.{file_format}"))
            with _opened(part) as file:
                _table(file, rows, file_format)


def _opened(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _table(file: IO[str], rows: Iterable[Row], file_format: Format) -> None:
    if file_format == "csv":
        _csv(file, rows)
    elif file_format == "json":
        _json_list(file, rows)
    else:
        file.writelines(f"{_json(row)}\n" for row in rows)


def _csv(file: IO[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(file, lineterminator="\r\n")
    is_first = True
    for row in rows:
        if is_first:
            writer.writerow(row)
            is_first = False
        writer.writerow(_cell(value) for value in row.values())


def _json_lines(file: IO[str], trail: Trail) -> None:
    """Write a line for each row of each table, with the table's name."""
    file.writelines(f"{_json({'table': name, **row})}\n" for name, rows in trail.tables.items() for row in rows)


def _json_document(file: IO[str], trail: Trail) -> None:
    for number, (name, rows) in enumerate(trail.tables.items()):
        file.write(f"{',' if number else '{'}\n{json.dumps(name)}: ")
        _json_list(file, rows)
    file.write("}\n")


def _json_list(file: IO[str], rows: Iterable[Row]) -> None:
    file.write("[")
    file.writelines(f"{',' if number else ''}\n{_json(row)}" for number, row in enumerate(rows))
    file.write("\n]\n")


def _json(row: Row) -> str:
    return json.dumps({name: _plain(value) for name, value in row.items()})


def _cell(value: Value) -> str | int | None:
    """Turn one value into a cell that no spreadsheet runs."""
    plain = _plain(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return safe_cell(plain) if isinstance(plain, str) else plain


def _plain(value: Value) -> str | int | bool | None:
    return value.isoformat() if isinstance(value, datetime) else value
