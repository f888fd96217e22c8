"""Carry records between processes as JSON: written by a host of another package's kind, believed by nobody.

``read`` checks every type again, because what stands on the other side is not ours.
"""

import dataclasses
import math
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from store import records
from store.records import Parsed, Rejected

_KINDS: Final[Mapping[str, type[Any]]] = {kind.__name__: kind for kind in get_args(Parsed)}


def write(record: Parsed) -> dict[str, object]:
    """Give a record as JSON values: times and dates in ISO 8601, money as text."""
    fields = {field.name: _plain(getattr(record, field.name)) for field in dataclasses.fields(record)}
    return {"kind": type(record).__name__, "fields": fields}


def read(written: object, raw: str) -> Parsed:
    """Give the record back; what is none is ``Rejected`` with its text and the field that is wrong."""
    try:
        if not isinstance(written, dict) or not isinstance(written.get("fields"), dict):
            return Rejected("expected a record, found something else", raw)
        kind, fields = _KINDS.get(str(written.get("kind"))), written["fields"]
        if kind is None:
            return Rejected(f"expected a kind of record ({', '.join(_KINDS)}), found another", raw)
        known = _annotations(kind.__name__)
        made: Parsed = kind(**{name: _value(known[name], value, name) for name, value in fields.items()})
    except KeyError as error:
        return Rejected(f"no record of this kind has a field {error}", raw)
    except TypeError:
        return Rejected("a field is missing", raw)
    except ValueError as error:
        return Rejected(str(error), raw)
    return made


@cache
def _annotations(kind: str) -> dict[str, Any]:
    return typing.get_type_hints(_KINDS[kind], vars(records))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value


def _value(annotation: Any, value: object, name: str) -> object:
    """Read one field as its annotation says."""
    origin = get_origin(annotation)
    if origin is Literal:
        return _checked(value in get_args(annotation), value, name)
    if origin is not None and issubclass(origin, Mapping):
        table = typing.cast("dict[str, object]", _checked(isinstance(value, dict), value, name))
        return {key: _scalar(get_args(annotation)[1], each, name) for key, each in table.items()}
    members = get_args(annotation)
    if NoneType in members:
        (annotation,) = (member for member in members if member is not NoneType)
        if value is None:
            return None
    return _scalar(annotation, value, name)


def _scalar(kind: Any, value: object, name: str) -> object:
    if kind in (datetime, date, Decimal):
        return _read_text(kind, value, name)
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(typing.cast("float", _checked(is_number, value, name)))
    return _checked(type(value) is kind, value, name)


def _read_text(kind: Any, value: object, name: str) -> object:
    text = typing.cast("str", _checked(isinstance(value, str), value, name))
    try:
        found = Decimal(text) if kind is Decimal else kind.fromisoformat(text)
    except (ValueError, InvalidOperation):
        found = None
    if isinstance(found, datetime):
        return _checked(found.tzinfo is not None, found, name) and found.astimezone(UTC)
    is_number = not isinstance(found, Decimal) or found.is_finite()
    return _checked(found is not None and is_number, found, name)


def _checked(is_right: bool, value: object, name: str) -> object:  # noqa: FBT001  # read as a sentence at its callers
    if not is_right:
        raise ValueError(f"{name}: not what this field holds")
    return value
