"""Tell of which class a proposed change is: by the files that it touches, or by the words of its record."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from collectors.answers import find, text
from store.records import ChangeClass

LISTED: Final = 20
"""Files that the content of a change names; the others are counted."""

_PARTS: Final[Mapping[str, str]] = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PIECE: Final = re.compile(r"\*\*/|\*\*|\*|\?")


@dataclass(frozen=True, slots=True)
class PathRule:
    """Which files make a change one of a class: ``*`` stays inside a folder, ``**`` crosses folders.

    The first rule that a file fits counts for it, and the first rule met for the change. Rules of different ``name``
    make changes of their own, so that one repository can hold the files of several systems (route by ``rule``).
    """

    change_class: ChangeClass
    globs: tuple[str, ...]
    name: str = ""
    risk: str = ""


@dataclass(frozen=True, slots=True)
class WordRule:
    """Which words of a record make it a change of a class: those of the label ``field``, ``*`` allowed, in any case."""

    change_class: ChangeClass
    field: str
    words: tuple[str, ...]


PATHS: Final = (
    PathRule("prompt", ("**/prompts/**", "**/*.prompt", "**/*.prompt.*")),
    PathRule("guardrail", ("**/guardrails/**", "**/moderation/**")),
    PathRule("retrieval", ("**/retrieval/**", "**/rag/**")),
    PathRule("model", ("**/models.y*ml", "**/litellm*.y*ml", "**/llm/**")),
)
"""Where the parts of an LLM system usually lie, for repositories of which nothing else is declared."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A file of a change: where it is, where it was, and how many lines came and went (``None``: not said)."""

    path: str
    before: str = ""
    added: int | None = None
    removed: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one name of the rules makes of a change."""

    rule: PathRule
    files: tuple[Touched, ...]


def parts(files: Iterable[Touched], rules: tuple[PathRule, ...]) -> list[Part]:
    """Give the parts of a change that rules speak of; none when no file fits any rule."""
    found: dict[str, tuple[int, list[Touched]]] = {}
    for each in files:
        place = next((place for place, rule in enumerate(rules) if _fits(each, rule)), None)
        if place is not None:
            first, fitting = found.get(rules[place].name, (place, []))
            found[rules[place].name] = (min(first, place), [*fitting, each])
    return [Part(rules[first], tuple(fitting)) for first, fitting in found.values()]


def class_of(labels: Mapping[str, str], rules: Iterable[WordRule], default: ChangeClass) -> ChangeClass:
    """Give the class of the first rule whose label has one of its words."""
    for rule in rules:
        found = labels.get(rule.field, "").casefold()
        if any(fnmatchcase(found, word.casefold()) for word in rule.words):
            return rule.change_class
    return default


def worded(tags: Iterable[str]) -> dict[str, str]:
    """Read tags such as ``system: checkout`` or ``system::checkout`` as labels; the first of a key counts."""
    found: dict[str, str] = {}
    for tag in tags:
        key, sign, value = _parted(tag)
        if sign and key and value:
            found.setdefault(key, value)
    return found


def said(value: object, *path: str | int) -> str:
    """Give the text at a path; what is not there is empty."""
    found = find(value, *path)
    return "" if found is None else text(found, ".".join(str(step) for step in path))


def _parted(tag: str) -> tuple[str, str, str]:
    sign = min((sign for sign in ("::", ":", "/", "=") if sign in tag), key=tag.index, default="")
    key, _, value = tag.partition(sign) if sign else (tag, "", "")
    return key.strip(), sign, value.strip()


def _fits(file: Touched, rule: PathRule) -> bool:
    return any(_pattern(glob).fullmatch(path) for glob in rule.globs for path in (file.path, file.before) if path)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    written, end = "", 0
    for piece in _PIECE.finditer(glob):
        written += re.escape(glob[end : piece.start()]) + _PARTS[piece[0]]
        end = piece.end()
    return re.compile(written + re.escape(glob[end:]), re.DOTALL)
