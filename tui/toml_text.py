"""Write values and sections back as TOML: what ``config show`` prints and ``init`` fills in."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Write a text as a basic string; what cannot be seen is escaped."""
    return '"' + "".join(_character(each) for each in text) + '"'


def section_lines(name: str, section: Any, *, is_list: bool = False) -> Iterator[str]:
    """Write a dataclass as a table with all values in force; what is not set is left out."""
    yield f"[[{name}]]" if is_list else f"[{name}]"
    tables: list[tuple[str, Any]] = []
    for each in dataclasses.fields(section):
        value = getattr(section, each.name)
        if _is_section(value):
            tables.append((each.name, value))
        elif value is not None and value != {}:
            yield f"{each.name} = {_value(value)}"
    for inner, value in tables:
        yield from section_lines(f"{name}.{inner}", value)


def _value(value: Any) -> str:
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    return _inline(value) if _is_section(value) else quoted(str(value))


def _list(values: Any) -> str:
    return f"[{', '.join(map(_value, values))}]"


def _table(values: Any) -> str:
    return f"{{ {', '.join(f'{_key(key)} = {_value(each)}' for key, each in values.items())} }}"


def _inline(section: Any) -> str:
    pairs = ((each.name, getattr(section, each.name)) for each in dataclasses.fields(section))
    return _table({name: each for name, each in pairs if each is not None and each != {}})


def _is_section(value: Any) -> bool:
    """Tell tables from values that write themselves as one text."""
    return dataclasses.is_dataclass(value) and not hasattr(type(value), "from_toml")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else quoted(key)


def _character(each: str) -> str:
    if each in _SHORT:
        return _SHORT[each]
    return each if each.isprintable() else f"\\U{ord(each):08X}"


_WRITERS: Final[tuple[tuple[type[Any] | tuple[type[Any], ...], Callable[[Any], str]], ...]] = (
    (bool, lambda value: "true" if value else "false"),
    ((int, float, Decimal), str),
    ((tuple, list), _list),
    (Mapping, _table),
    (datetime, datetime.isoformat),
    (date, date.isoformat),
)
