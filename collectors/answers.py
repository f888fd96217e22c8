"""Read what a source sent and believe nothing: strict JSON, and typed values that name their place when they are wrong.

Whatever is wrong is a ``SourceError``: ``not_json`` for text that is no JSON, ``shape`` for JSON of another form than
promised, ``upstream`` when the source itself reports an error. Numbers with a point or exponent are ``Decimal`` until
they are asked for (``number``, ``money``), so that money never passes through a float.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from collectors.complaints import complaint
from collectors.drift import Watched, current
from collectors.moments import Unit, moment
from collectors.numbers import Doubtful, money, number, refuse, whole, wrong
from collectors.words import plain
from store.errors import SourceError

__all__ = [
    "Doubtful",
    "Unit",
    "find",
    "moment",
    "money",
    "need",
    "number",
    "parse_json",
    "raw",
    "rows",
    "table",
    "text",
    "upstream_error",
    "whole",
]

_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_LONGEST: Final = 100_000


def parse_json(body: bytes, *, undefined_ok: bool = False) -> object:
    """Read strict JSON: UTF-8 (a byte order mark is skipped), no NaN, no key twice, bounded in depth and digits.

    With ``undefined_ok`` NaN and the infinities are null: libraries of Python write them for what has no value.
    """
    watch = current()
    try:
        value: object = json.loads(
            body.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_unknown if undefined_ok else _no_constant,
            object_pairs_hook=_object if watch is None else _watched,
        )
        if watch is not None:
            watch.add(body, value)
            return value
        return _mended(value) if _HALF_PAIR.search(body) else value
    except UnicodeDecodeError as error:
        raise SourceError("not_json", f"the answer is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        looks = "; it looks like a web page, perhaps a login" if body.lstrip()[:1] == b"<" else ""
        raise SourceError("not_json", f"the answer is not JSON: {error.msg} at character {error.pos}{looks}") from None
    except RecursionError:
        raise SourceError("not_json", "the answer is nested too deeply") from None
    except (ValueError, InvalidOperation):
        raise SourceError("not_json", "the answer holds a number of absurd length") from None


def upstream_error(value: object) -> None:
    """Raise ``SourceError("upstream")`` when an answer of status 200 says that the source failed."""
    if words := complaint(value):
        raise SourceError("upstream", f"the source answered 200 and reports: {words}")


def need(value: object, *path: str | int) -> object:
    """Give what stands at a path of keys and indexes; a missing step is named."""
    found = value
    for depth, step in enumerate(path):
        wanted = f"a table with {step!r}" if isinstance(step, str) else f"a list of at least {step + 1}"
        if isinstance(found, dict if isinstance(step, str) else list):
            try:
                found = found[step]  # type: ignore[index]  # the container fits the step
                continue
            except (KeyError, IndexError):
                raise wrong(_path(path[:depth]), wanted, "one without it") from None
        refuse(_path(path[:depth]), wanted, found)
    return found


def find(value: object, *path: str | int) -> object:
    """Give what stands at a path, or ``None`` when it is not there (or null, which means the same)."""
    try:
        return need(value, *path)
    except SourceError:
        return None


def table(value: object, where: str) -> dict[str, object]:
    """Take a JSON object."""
    return value if isinstance(value, dict) else refuse(where, "a table", value)


def rows(value: object, where: str) -> list[object]:
    """Take a JSON list."""
    return value if isinstance(value, list) else refuse(where, "a list", value)


def text(value: object, where: str) -> str:
    """Take text, of bounded length."""
    if not isinstance(value, str):
        refuse(where, "text", value)
    if len(value) > _LONGEST:
        raise Doubtful(f"{where}: text of {len(value)} characters")
    return value


def raw(value: object, limit: int = 2_000) -> str:
    """Write a row as it came, for quarantine, cut to a limit."""
    return json.dumps(value, default=str, ensure_ascii=False)[:limit]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise SourceError("shape", f"the key {plain(twice, 40)!r} stands twice in one table; which value counts?")
    return found


def _watched(pairs: list[tuple[str, object]]) -> Watched:
    return Watched(_object(pairs).items())


def _unknown(_: str) -> None:
    """Take what is no number as not known."""


def _no_constant(name: str) -> NoReturn:
    raise SourceError("not_json", f"the answer holds {name}, which JSON does not have")


def _mended(value: object) -> object:
    """Replace halves of surrogate pairs: no store and no terminal can take them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(entry) for entry in value]
    if isinstance(value, dict):
        return {str(_mended(key)): _mended(entry) for key, entry in value.items()}
    return value


def _path(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
