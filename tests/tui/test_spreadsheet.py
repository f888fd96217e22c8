"""Cells that a spreadsheet shows and never runs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.spreadsheet import safe_cell

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "csv_cells.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "@SUM(A1)",
        "-cmd|x",
        "+A1",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tx",
        " =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "\uff1d1+1",
        "|x",
    ],
)
def test_what_could_be_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "plain",
        "a=1",
        "a\n=1",
        "-1",
        "+1",
        "-0.25",
        "-12.5e3",
        "1e5",
        "TRUE",
        "a,b",
        'a"b',
        "'=1",
        "%0A=1",
        "\ufeffx",
        "42",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
def test_no_cell_begins_with_the_sign_of_a_formula_unless_it_is_a_number(text: str) -> None:
    found = safe_cell(text)
    assert found in {text, f"'{text}"}
    if found.lstrip().startswith(("=", "+", "-", "@")):
        float(found)


@pytest.mark.shared
def test_every_cell_of_the_corpus_is_text_or_a_number() -> None:
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        cell = json.loads(line)["cell"]
        found = safe_cell(cell)
        assert found.removeprefix("'") in {cell, cell.removeprefix("'")}
        first = found.strip("\t\r\n \u00a0\ufeff")[:1]
        assert first not in tuple("=@\uff1d")
        if first in tuple("+-"):
            float(found)


def test_controls_are_shown_and_line_ends_and_tabs_stay() -> None:
    assert safe_cell("a\x1b[2J\x07\x7f\x9b\r\n\tb") == "a\u241b[2J\u2407\u2421\ufffd\r\n\tb"
