"""Say how an entry of the log is written and hashed: one line of JSON that has exactly one spelling.

The hash of an entry (form 2) is the SHA-256 of its line up to ``,"hash"``, so that any tool can compute it. Form 1 is
that of the first logs: another order of keys, and a hash over a list of its values.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Final, Literal, cast, get_args

FIRST: Final = "0" * 64
LONGEST: Final = 1 << 20

Result = Literal["accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of one person, chained to the entry before."""

    sequence: int
    previous_hash: str
    hash: str
    written: datetime
    actor: str
    action: str
    subject: str
    detail: str
    form: int = 1
    store_id: str = ""
    owner_uid: int = -1
    login_uid: int = -1
    signature: str = ""
    content_hash: str = ""
    result: Result = "accepted"
    why: str = ""


class FormError(Exception):
    """Say why a line is no entry, or not as this program writes one; ``is_json`` when it is at least an object."""

    def __init__(self, words: str, *, is_json: bool) -> None:
        """Take the words and whether the line could be read."""
        super().__init__(words)
        self.is_json = is_json


_FORMS: Final = {
    1: ("sequence", "previous_hash", "hash", "written", "actor", "action", "subject", "detail"),
    2: (
        "form", "store_id", "sequence", "previous_hash", "written", "actor", "action", "subject", "detail", "owner_uid",
        "login_uid", "signature", "content_hash", "result", "why", "hash",
    ),
}  # fmt: skip
_NUMBERS: Final = frozenset({"form", "sequence", "owner_uid", "login_uid"})
COLUMNS: Final = _FORMS[2]
"""The values of an entry in the order of its line."""

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
SAFE: Final = r"[ !#-\[\]-~]*"
"""Texts that JSON writes as they are."""

_ESCAPE: Final = r'\\(?:["\\bfnrt]|u(?!000[89acd])(?:00[01][0-9a-f]|007f|00[89a-f][0-9a-f]|(?!00)[0-9a-f]{4}))'
_TEXT: Final = rf'"{SAFE}(?:{_ESCAPE}{SAFE})*"'
_SPELLED: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\""
    + "".join(rf',"{name}":' + (r"(?:0|-?[1-9]\d{0,18})" if name in _NUMBERS else _TEXT) for name in COLUMNS[5:-1])
    + r',"hash":"[0-9a-f]{64}"\}',
    re.ASCII,
)
_LAST_KEYS: Final = len(',"hash":""}') + 64
_COMPACT: Final = json.JSONEncoder(separators=(",", ":")).encode


def moment(written: datetime) -> str:
    """Write a time as lines carry it; two of them sort like the times."""
    return written.astimezone(UTC).isoformat(timespec="microseconds")


def digest(entry: Entry) -> str:
    """Give the hash that an entry's content has, whatever hash it states."""
    if entry.form == 1:
        words = (entry.actor, entry.action, entry.subject, entry.detail)
        content = json.dumps([entry.sequence, entry.previous_hash, moment(entry.written), *words])
        return hashlib.sha256(content.encode()).hexdigest()
    line = line_of(replace(entry, hash=FIRST))
    return hashlib.sha256(line[:-_LAST_KEYS].encode()).hexdigest()


def line_of(entry: Entry) -> str:
    """Write an entry as its line, without the line's end."""
    return line_of_values({name: _value(entry, name) for name in COLUMNS})


def line_of_values(values: Mapping[str, object]) -> str:
    """Write values by the names of ``COLUMNS`` as a line, even where one is none that an entry may have."""
    if values["form"] == 1:
        return json.dumps({name: values[name] for name in _FORMS[1]})
    return _COMPACT({name: values[name] for name in COLUMNS})


def entry_of(line: str) -> Entry:
    """Read a line; raise ``FormError`` where it is no entry or has another spelling than the one of its form."""
    try:
        found = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise FormError("it is no line of JSON", is_json=False) from None
    if not isinstance(found, dict):
        raise FormError("it is no object of JSON", is_json=False)
    form = found.get("form", 1)
    names = _FORMS.get(form) if type(form) is int else None
    if names is None:
        raise FormError("its form is none that this release knows", is_json=True)
    if lacking := [name for name in names if name not in found]:
        raise FormError(f"it lacks {', '.join(lacking)}", is_json=True)
    if len(found) > len(names):
        raise FormError("it has keys that no entry has", is_json=True)
    return _entry(found)


def head(store_id: str, sequence: int, previous: str) -> str:
    """Give how the line begins that may follow an entry, up to its time."""
    return f'{{"form":2,"store_id":"{store_id}","sequence":{sequence},"previous_hash":"{previous}","written":"'


def hash_of(line: str) -> str:
    """Give the hash that the content of a line of form 2 has, whatever hash it states."""
    return hashlib.sha256(line[:-_LAST_KEYS].encode("utf-8", "replace")).hexdigest()


def states(line: str, stated: str) -> bool:
    """Tell whether a line ends by stating this hash."""
    return line.endswith(_closed("", stated))


def is_spelled(line: str, start: int) -> bool:
    """Tell whether a line of form 2, from its time on, is spelled in the one way that it must be."""
    return _SPELLED.fullmatch(line, start) is not None


def _closed(content: str, stated: str) -> str:
    """Put the stated hash behind the content of a line."""
    return f'{content},"hash":"{stated}"}}'


def _value(entry: Entry, name: str) -> object:
    return moment(entry.written) if name == "written" else getattr(entry, name)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse keys that stand twice: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormError("a key of it stands twice", is_json=True)
    return found


def _entry(found: dict[str, object]) -> Entry:
    for name, value in found.items():
        if (type(value) is int) != (name in _NUMBERS) or (name not in _NUMBERS and not isinstance(value, str)):
            kind = "a whole number" if name in _NUMBERS else "text"
            raise FormError(f"its {name} is not written as {kind}", is_json=True)
    if not 0 < cast("int", found["sequence"]) < 1 << 63:
        raise FormError("its sequence is no number that an entry can have", is_json=True)
    values = {field.name: found[field.name] for field in fields(Entry) if field.name in found}
    try:
        values["written"] = datetime.fromisoformat(str(found["written"])).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FormError("its time is no time", is_json=True) from None
    for name in ("hash", "previous_hash"):
        if not _HASH.fullmatch(str(values[name])):
            raise FormError(f"its {name} is no hash", is_json=True)
    if values.get("result", "accepted") not in get_args(Result):
        raise FormError("its result is neither accepted nor refused", is_json=True)
    return Entry(**values)  # type: ignore[arg-type]  # each value was looked at above
