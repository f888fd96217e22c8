"""The locator finds the line of every key that tomllib finds."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.locate import KeyPath, lines_of

TEXT = '''\
# a comment with [brackets] and = signs
top = "value # no comment" # a comment
"quoted key" = 'x'
a.b . "c.d" = 1

[portfolio] # table
name = """
several
[not.a.table]
lines \\""" still"""
other = 2
  [portfolio.inner."deep one"]
  x = [ # list
    "one", # comment ]
    { y = 1, z = [2,
      3] },
    [4, [5]],
  ]
  after = 1979-05-27 07:32:00

[[sources]]
name = 'a'
[sources.options]
url = "u"
[[sources.options.queries]]
q = 1
[[sources.options.queries]]
q = 2
[[sources]]
name = \'\'\'
b\'\'\'\'\'
options = { url = "x", access.token = "env:A" }
empty = []
none = {}
'''

LINES: dict[KeyPath, int] = {
    ("top",): 2,
    ("quoted key",): 3,
    ("a",): 4,
    ("a", "b", "c.d"): 4,
    ("portfolio",): 6,
    ("portfolio", "name"): 7,
    ("portfolio", "other"): 11,
    ("portfolio", "inner"): 12,
    ("portfolio", "inner", "deep one"): 12,
    ("portfolio", "inner", "deep one", "x"): 13,
    ("portfolio", "inner", "deep one", "x", 0): 14,
    ("portfolio", "inner", "deep one", "x", 1, "z", 1): 16,
    ("portfolio", "inner", "deep one", "x", 2, 1, 0): 17,
    ("portfolio", "inner", "deep one", "after"): 19,
    ("sources",): 21,
    ("sources", 0): 21,
    ("sources", 0, "options"): 23,
    ("sources", 0, "options", "url"): 24,
    ("sources", 0, "options", "queries"): 25,
    ("sources", 0, "options", "queries", 1): 27,
    ("sources", 0, "options", "queries", 1, "q"): 28,
    ("sources", 1): 29,
    ("sources", 1, "options", "access", "token"): 32,
    ("sources", 1, "empty"): 33,
    ("sources", 1, "none"): 34,
}


@pytest.mark.parametrize("keys", LINES, ids=str)
def test_each_key_is_found_where_it_stands(keys: KeyPath) -> None:
    assert lines_of(TEXT)[keys] == LINES[keys]


def test_exactly_the_keys_of_the_text_are_found() -> None:
    assert set(lines_of(TEXT)) == set(_paths(tomllib.loads(TEXT), ()))


def test_an_empty_text_has_no_keys() -> None:
    assert lines_of("") == {}
    assert lines_of("# only a comment") == {}


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=0, max_size=8)
VALUES = st.recursive(
    st.one_of(
        st.integers(-9, 9),
        st.booleans(),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@given(
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.lists(st.dictionaries(NAMES, VALUES, max_size=3), min_size=1, max_size=3),
)
def test_whatever_is_written_is_found_again(table: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    text = "".join(f"{_text(key)} = {_text(value)} # c\n" for key, value in table.items() if key != "rows")
    text += "".join(
        f"[[rows]]\n{''.join(f'{_text(k)} = {_text(v)}{chr(10)}' for k, v in entry.items())}" for entry in entries
    )
    assert set(lines_of(text)) == set(_paths(tomllib.loads(text), ()))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[ {', '.join(_text(each) for each in value)} ]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_text(k)} = {_text(v)}' for k, v in value.items())} }}"
    plain = str(value)
    if "'" not in plain and plain.isprintable():
        return f"'{plain}'"
    return (
        '"'
        + "".join(each if each.isprintable() and each not in '\\"' else f"\\U{ord(each):08X}" for each in plain)
        + '"'
    )


def _paths(value: object, keys: KeyPath) -> list[KeyPath]:
    found = [keys] if keys else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*keys, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += _paths(inner, (*keys, index))
    return found
