"""Find the words with which a source complains inside a JSON answer, in the shapes that sources use."""

from collections.abc import Mapping
from typing import Final

from collectors.words import plain

_KEYS: Final = ("error", "errors", "error_message", "errorMessage", "fault")
_WORDS: Final = (
    "message",
    "detail",
    "description",
    "title",
    "Message",
    "reason",
    "error",
    "error_code",
    "type",
    "code",
)


def complaint(value: object) -> str:
    """Give the source's own words about what went wrong; empty when the answer complains of nothing."""
    if not isinstance(value, Mapping):
        return ""
    found = next((value[key] for key in _KEYS if _is_complaint(value.get(key))), None)
    if found is None:
        return "the answer says that it failed" if value.get("status") in ("error", "fail", "failed") else ""
    return plain(_said(found) or _said(value)) or "no words"


def words_of(value: object) -> str:
    """Give what an error answer says, with the looser rule that fits a status of 4xx or 5xx."""
    if not isinstance(value, Mapping):
        return ""
    kind = value.get("__type")  # AWS: the name of the error, which alone tells throttling from a wrong question
    named = f"{kind.rpartition('#')[2]}: " if isinstance(kind, str) else ""
    return plain(named + (complaint(value) or _said(value)))


def _is_complaint(found: object) -> bool:
    return found is True or (isinstance(found, (str, list, Mapping)) and bool(found))


def _said(found: object) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list) and found:
        return _said(found[0])
    if isinstance(found, Mapping):
        return next(
            (_said(found[key]) for key in _WORDS if isinstance(found.get(key), (str, Mapping)) and found[key]), ""
        )
    return ""
