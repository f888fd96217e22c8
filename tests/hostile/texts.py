"""Read the hostile corpora: every string that may come as a name, a label, a message, a title or a URL."""

import json
from functools import cache
from pathlib import Path
from typing import Any

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
_FIELDS = {
    "terminal_escapes": "text",
    "unicode_text": "text",
    "markup_text": "text",
    "hostile_names": "name",
    "csv_cells": "cell",
}


def lines_of(name: str) -> list[dict[str, Any]]:
    """Give the rows of one corpus."""
    return [json.loads(line) for line in (CORPORA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def texts() -> tuple[str, ...]:
    """Give every text of the corpora once, the empty one too."""
    found = [row[field] for name, field in _FIELDS.items() for row in lines_of(name)]
    found += json.loads((CORPORA / "blns/blns.json").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(found))


@cache
def harmless() -> tuple[str, ...]:
    """Give as many texts of words and digits, each of about the length of the hostile one in its place."""
    words = "support bot answers \u4fdd\u967a \u2764\ufe0f claims and refunds in plain words "
    return tuple(
        (f"calm {place} \u2764\ufe0f " + words * (1 + min(len(text), 20_000) // len(words)))[
            : max(12, min(len(text), 20_000))
        ]
        for place, text in enumerate(texts())
    )


def mended(text: str) -> str:
    """Give the text as a collector keeps it: halves of surrogate pairs are replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
