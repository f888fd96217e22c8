"""Keep the portfolio as last judged in one small file, so that the first paint needs no database.

The collection writes it when it publishes; a viewer that cannot read it, or finds another shape, does without.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeVar

from operations.portfolio_rows import Summary, SystemRow

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
LARGEST: Final = 16 * 1024 * 1024
_STATES: Final = frozenset({"ok", "warning", "critical", "unknown"})
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
    """Build the function that turns a list of values back into a row, checking each by what its field declares."""
    checks = [_CHECKS[str(field.type)] for field in fields(kind)]  # type: ignore[arg-type]  # both kinds are dataclasses

    def make(values: Sequence[Any]) -> T:
        return kind(*[check(value) for check, value in zip(checks, values, strict=True)])

    return make


def _exactly(value: Any, kind: type[Any]) -> Any:
    if type(value) is not kind:
        raise TypeError(kind)
    return value


def _text(value: Any) -> str:
    return str(_exactly(value, str))


def _whole(value: Any) -> int:
    return int(_exactly(value, int))


def _state(value: Any) -> str:
    if value not in _STATES:
        raise ValueError(value)
    return str(value)


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


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _each(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: tuple([check(item) for item in value])


def _named(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {_text(name): check(item) for name, item in _exactly(value, dict).items()}


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "str": _text,
    "int": _whole,
    "int | None": _optional(_whole),
    "float | None": _optional(_number),
    "datetime | None": _optional(_moment),
    "Decimal | None": _optional(_decimal),
    "State": _state,
    "tuple[float, ...]": _each(_number),
    "tuple[str, ...]": _each(_text),
    "Mapping[str, State]": _named(_state),
    "Mapping[str, str]": _named(_text),
}
"""How the values of a field are read back, by its declared type; a field of another type is a fault of ours."""
