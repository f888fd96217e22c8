"""Turn tables of a TOML file into frozen dataclasses by their annotations, strictly, with all mistakes at once.

A mistake names its place, what was expected and what was found: ``sources[2].options.url (line 41): expected text,
found 3``. A class with ``from_toml(cls, value)`` reads itself and raises ``ValueError`` with such words; a dataclass
may refuse a combination of its fields by raising ``ValueError`` in ``__post_init__``.
"""

import dataclasses
import difflib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

from store.errors import ConfigError
from store.locate import KeyPath, Lines
from store.scalars import FAILED, READERS, WORDS, kind_of, plain, remedy
from store.values import shown

T = TypeVar("T")
_LISTED: Final = 12


class Mistakes:
    """Collect what is wrong with a document, each with its place and line."""

    def __init__(self, lines: Lines | Callable[[], Lines] | None = None) -> None:
        """Take the lines of the document's keys, if it came from a file, or what finds them at the first mistake."""
        self._lines = lines or {}
        self._found: list[tuple[int, str]] = []

    def add(self, keys: KeyPath, words: str) -> None:
        """Note one mistake at a key; a missing key is placed at the table that should hold it."""
        line = self.line(keys)
        where = place(keys)
        spot = f"{where} (line {line})" if line else where
        self._found.append((line, f"{spot}: {words}" if spot else words))

    def line(self, keys: KeyPath) -> int:
        """Give the line of the key or of the nearest table around it; 0 when nothing is known."""
        if callable(self._lines):
            self._lines = self._lines()
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._lines:
                return self._lines[keys[:length]]
        return 0

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def listed(self) -> list[str]:
        """Give each mistake once, in the order of the file."""
        return list(dict.fromkeys(words for _, words in sorted(self._found, key=lambda pair: pair[0])))


def decode(kind: type[T], value: object, keys: KeyPath, mistakes: Mistakes) -> T | None:
    """Read a table as this dataclass; ``None`` when there was a mistake (they are added to ``mistakes``)."""
    made = _table(kind, value, keys, mistakes)
    return None if made is FAILED else typing.cast("T", made)


def decode_all(kind: type[T], table: Mapping[str, object]) -> T:
    """Read a table that stands alone or raise ``ConfigError`` with every mistake."""
    mistakes = Mistakes()
    made = decode(kind, table, (), mistakes)
    if made is None:
        raise ConfigError(mistakes.listed())
    return made


def place(keys: KeyPath) -> str:
    """Write a key path as people do: ``sources[2].options."a key".url``."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            plain = key.isascii() and key.replace("-", "_").isidentifier()
            text += ("." if text else "") + (key if plain else shown(key))
    return text


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say ``; did you mean 'breach'?`` or, when nothing is near, what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"; known: {', '.join(names[:_LISTED])}{more}" if names else "; there is none"


def expected(annotation: Any) -> str:
    """Say in words what an annotation wants; a class that reads itself says it when it refuses nothing at all."""
    if _reads_itself(annotation):
        refusal = Mistakes()
        _reading(annotation, None, (), refusal)
        return "".join(refusal.listed()).partition(", found")[0].removeprefix("expected ")
    if _is_literal(annotation):
        words = [shown(value) for value in get_args(annotation)]
        return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    if _is_list(annotation):
        return f"a list [...] of {expected(get_args(annotation)[0])}"
    if _is_mapping(annotation) or dataclasses.is_dataclass(annotation):
        return "a table"
    if _is_union(annotation):
        return " or ".join(expected(member) for member in _members(annotation))
    return WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)).lower())


def _table(kind: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    if not isinstance(value, dict):
        mistakes.add(keys, f"expected a table, found {kind_of(value)}")
        return FAILED
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    failed = False
    for key in value:
        if key not in fields:
            mistakes.add((*keys, key), f"unknown key{suggestion(key, fields)}")
            failed = True
    made: dict[str, Any] = {}
    for name, field in fields.items():
        if name in value:
            made[name] = _value(hints[name], value[name], (*keys, name), mistakes)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            mistakes.add((*keys, name), f"missing; expected {expected(hints[name])}")
            failed = True
    if failed or any(found is FAILED for found in made.values()):
        return FAILED
    return _made(partial(kind, **made), keys, mistakes)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """Resolve the annotations of a dataclass, once: for hundreds of tables it is most of the time of decoding."""
    return typing.get_type_hints(kind)


def _value(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    if annotation in (Any, object):
        return plain(value)
    for fits, read in _READERS_BY_SHAPE:
        if fits(annotation):
            return read(annotation, value, keys, mistakes)
    return _scalar(annotation, value, keys, mistakes)


def _reading(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    return _made(partial(annotation.from_toml, value), keys, mistakes)


def _made(make: Callable[[], Any], keys: KeyPath, mistakes: Mistakes) -> Any:
    try:
        return make()
    except ValueError as error:
        mistakes.add(keys, str(error))
        return FAILED


def _union(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    members = _members(annotation)
    if len(members) == 1:
        return _value(members[0], value, keys, mistakes)
    for member in members:
        found = _value(member, value, keys, Mistakes())
        if found is not FAILED:
            return found
    mistakes.add(keys, f"expected {expected(annotation)}, found {shown(value)}")
    return FAILED


def _list(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    member = get_args(annotation)[0]
    if not isinstance(value, list):
        advice = "; write [[...]] for each table" if isinstance(value, dict) else "; put [ ] around it"
        mistakes.add(keys, f"expected {expected(annotation)}, found {kind_of(value)}{advice}")
        return FAILED
    found = tuple(_value(member, entry, (*keys, index), mistakes) for index, entry in enumerate(value))
    return FAILED if any(entry is FAILED for entry in found) else found


def _mapping(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    member = get_args(annotation)[1]
    if not isinstance(value, dict):
        mistakes.add(keys, f"expected a table of {expected(member)} by name, found {kind_of(value)}")
        return FAILED
    found = {key: _value(member, entry, (*keys, key), mistakes) for key, entry in value.items()}
    return FAILED if any(entry is FAILED for entry in found.values()) else found


def _literal(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    allowed = get_args(annotation)
    if any(value == choice and type(value) is type(choice) for choice in allowed):
        return value
    near = difflib.get_close_matches(value, [str(choice) for choice in allowed], n=1) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]!r}?" if near else ""
    mistakes.add(keys, f"expected {expected(annotation)}, found {shown(value)}{hint}")
    return FAILED


def _scalar(annotation: Any, value: object, keys: KeyPath, mistakes: Mistakes) -> Any:
    found = READERS[annotation](value)
    if found is FAILED:
        mistakes.add(keys, f"expected {expected(annotation)}, found {kind_of(value)}{remedy(annotation, value)}")
    return found


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _members(annotation: Any) -> list[Any]:
    return [member for member in get_args(annotation) if member is not type(None)]


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _is_literal(annotation: Any) -> bool:
    return get_origin(annotation) is Literal


def _reads_itself(annotation: Any) -> bool:
    return hasattr(annotation, "from_toml")


_READERS_BY_SHAPE: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any, object, KeyPath, Mistakes], Any]], ...]] = (
    (_reads_itself, _reading),
    (dataclasses.is_dataclass, _table),
    (_is_union, _union),
    (_is_list, _list),
    (_is_mapping, _mapping),
    (_is_literal, _literal),
)
