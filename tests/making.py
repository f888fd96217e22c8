"""Make records of which a test needs a few fields only."""

from dataclasses import fields
from typing import TypeVar, get_type_hints

Kind = TypeVar("Kind")


def made(record: type[Kind], /, **known: object) -> Kind:
    """Make a record with these fields; other text is empty, and of all else nothing is known."""
    hints = get_type_hints(record)
    unknown = {each.name: "" if hints[each.name] is str else None for each in fields(record)}  # type: ignore[arg-type]  # a dataclass
    return record(**{**unknown, **known})
