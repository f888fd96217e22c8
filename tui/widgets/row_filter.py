"""Understand what people type behind ``/``: words, ``!x`` without, ``~x`` fuzzy, ``column:x`` in one column only."""

from collections.abc import Callable, Iterable, Sequence

from tui.widgets.columns import Column

Cell = tuple[str, str]
"""A printable text and the name of its look (``"ok"``, ``"critical"``, ``"muted"``...; ``""`` for plain)."""

Row = tuple[str, tuple[Cell, ...]]
"""The key, which is the row's identity through refresh, sort and filter, and its cells."""

Folded = tuple[str, Sequence[str]]
"""The texts of a row in the case in which they are compared: all of them, a line each, and one by one."""

Test = Callable[[Folded], bool]


def filter_rows(rows: Iterable[Row], query: str, columns: Sequence[Column]) -> list[Row]:
    """Keep the rows that every word of the query accepts."""
    kept = list(rows)
    return filter_folded(kept, folded(kept), query, columns)


def folded(rows: Sequence[Row]) -> list[Folded]:
    """Give the texts of rows in the case in which they are compared; while a filter is typed they stay the same."""
    texts = [[text.casefold() for text, _look in row[1]] for row in rows]
    return [("\n".join(each), each) for each in texts]


def filter_folded(rows: Sequence[Row], texts: Sequence[Folded], query: str, columns: Sequence[Column]) -> list[Row]:
    """Keep the rows whose folded texts every word of the query accepts."""
    kept = list(zip(rows, texts, strict=True))
    for word in query.casefold().split():
        test = _test(word, columns)
        kept = [each for each in kept if test(each[1])]
    return [row for row, _ in kept]


def _test(word: str, columns: Sequence[Column]) -> Test:
    """Turn one word into the question it asks of a row's texts; a word holds no line end, so a match is in one text."""
    if word.startswith("!") and len(word) > 1:
        inner = _test(word[1:], columns)
        return lambda texts: not inner(texts)
    name, colon, wanted = word.partition(":")
    index = _column(name, columns) if colon else None
    if index is not None:
        return lambda texts: index < len(texts[1]) and _matches(wanted, texts[1][index])
    if word.startswith("~") and len(word) > 1:
        return lambda texts: any(_matches(word, text) for text in texts[1])
    return lambda texts: word in texts[0]


def _column(name: str, columns: Sequence[Column]) -> int | None:
    """Find the column whose word starts so; a name that fits none is part of the text (``https://...``)."""
    keys = [column.key for column in columns]
    if name in keys:
        return keys.index(name)
    return next((index for index, key in enumerate(keys) if name and key.startswith(name)), None)


def _matches(wanted: str, text: str) -> bool:
    """Say whether the text holds the word, or with ``~`` its letters in this order."""
    if wanted.startswith("~") and len(wanted) > 1:
        rest = iter(text)
        return all(letter in rest for letter in wanted[1:])
    return wanted in text
