"""Keep the portfolio as last judged in one small file, so that the first paint needs no database.

The collection writes it when it publishes; a viewer that cannot read it, or finds another shape, does without.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from operations.rows import Summary, SystemRow

VERSION: Final = 1
LARGEST: Final = 16 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The systems and the summary as they were at a time."""

    rows: tuple[SystemRow, ...]
    summary: Summary
    written: datetime


def write(path: Path, rows: Sequence[SystemRow], summary: Summary, now: datetime, *, mode: int = 0o600) -> None:
    """Replace the file as a whole; readers see the old one or the new one."""
    content = {
        "version": VERSION,
        "written": now.isoformat(),
        "summary": _flat(summary),
        "systems": [_flat(row) for row in rows],
    }
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            json.dump(content, file, separators=(",", ":"), default=_plain)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path) -> Snapshot | None:
    """Give the last known state; ``None`` when there is none that this version understands."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
        content = json.loads(body) if len(body) <= LARGEST else None
        if not isinstance(content, dict) or content.get("version") != VERSION:
            return None
        make = _maker(SystemRow)
        rows = tuple([make(row) for row in content["systems"]])
        return Snapshot(rows, _maker(Summary)(content["summary"]), _moment(content["written"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InvalidOperation):
        return None


def _flat(record: SystemRow | Summary) -> list[Any]:
    """Give the values of a row in the order of its fields."""
    return [getattr(record, field.name) for field in fields(record)]


def _plain(value: Any) -> Any:
    """Write what JSON does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else tuple(value)


def _maker(kind: type[T]) -> Callable[[Sequence[Any]], T]:
    """Build the function that turns a list of values back into a row, checking each against its field."""
    checks = [_check(field.type) for field in fields(kind)]  # type: ignore[arg-type]  # both kinds are dataclasses

    def make(values: Sequence[Any]) -> T:
        return kind(*[check(value) for check, value in zip(checks, values, strict=True)])

    return make


def _check(annotation: Any) -> Callable[[Any], Any]:
    """Give the reader of one field's values."""
    parts = get_args(annotation)
    if type(None) in parts:
        inner = _check(next(part for part in parts if part is not type(None)))
        return lambda value: None if value is None else inner(value)
    if annotation is datetime:
        return _moment
    if annotation is Decimal:
        return _decimal
    if annotation is float:
        return _number
    if getattr(annotation, "__origin__", None) is tuple:
        each = _check(parts[0])
        return lambda value: tuple([each(item) for item in value])
    if annotation in (int, str):
        return lambda value: _exactly(value, annotation)
    if parts and all(isinstance(part, str) for part in parts):
        return lambda value: _one_of(value, parts)
    return _mapping(parts)


def _mapping(parts: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Give the reader of a mapping of names."""
    inner = _check(parts[1])
    return lambda value: {_exactly(name, str): inner(each) for name, each in value.items()}


def _exactly(value: Any, kind: type[Any]) -> Any:
    if type(value) is not kind:
        raise TypeError(kind)
    return value


def _one_of(value: Any, known: Sequence[Any]) -> Any:
    if value not in known:
        raise ValueError(known)
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(float)
    return float(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(_exactly(value, str)))


def _moment(value: Any) -> datetime:
    then = datetime.fromisoformat(value)
    if then.tzinfo is None:
        raise ValueError(value)
    return then
