"""Nothing that passes the sanitiser can move a cursor, hide itself or reverse what is read."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.text import clip, hidden, lines, pad, printable, revealed, safe_text, width

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
HARMLESS = ("support-bot", "Größe in °C", "naïve", "漢字テスト", "ราคา", "नमस्ते", "مرحبا", "שלום", "✅❌🚨", "❤️", "1\ufe0f\u20e3", "[/nope]", "a b")  # fmt: skip


def _is_clean(text: str) -> bool:
    return not any(unicodedata.category(character) in FORBIDDEN for character in text)


def _corpus(name: str, field: str) -> list[str]:
    if name.endswith(".json"):
        loaded: list[str] = json.loads((CORPORA / name).read_text())
        return loaded
    return [json.loads(line)[field] for line in (CORPORA / name).read_text().splitlines()]


def test_no_code_point_of_the_forbidden_categories_is_left_and_twice_is_once() -> None:
    for start in range(0, 0x110000, 64):
        text = "".join(f"a{chr(code)}b" for code in range(start, start + 64))
        shown = printable(text, 4_000)
        assert _is_clean(shown), hex(start)
        assert printable(shown, 4_000) == shown, hex(start)


def test_a_single_character_is_clean_and_stays_so() -> None:
    for code in (*range(0x3300), *range(0xF900, 0x10000), *range(0xE0000, 0xE0200)):
        character = chr(code)
        shown = printable(character)
        assert printable(shown) == shown, hex(code)
        assert shown.isprintable() or unicodedata.category(shown) == "Zs", hex(code)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert printable(text) == unicodedata.normalize("NFC", text)


@given(st.text(st.characters(codec=None), max_size=80), st.integers(0, 60))
def test_any_text_is_clean_short_enough_and_stable(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert _is_clean(shown)
    assert len(shown) <= limit
    assert printable(shown, limit) == shown
    assert unicodedata.is_normalized("NFC", shown)


@given(st.text("e\u0301\u0316\u0344\u0cc6\u0cc2\u1100\u1161\u11a8\u034f\ufe0f\u200d\u2764", max_size=60))
def test_floods_of_marks_are_bounded_and_stable(text: str) -> None:
    shown = printable(text, 1_000)
    assert printable(shown, 1_000) == shown
    run = longest = 0
    for character in shown:
        run = run + 1 if unicodedata.category(character)[0] == "M" else 0
        longest = max(longest, run)
    assert longest <= 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b", "a␀b"),
        ("del\x7f", "del␡"),
        ("\x9b31m", "\u2039U+009B\u203a31m"),
        ("cost \u202e001", "cost \u2039U+202E\u203a001"),
        ("prod\u200b-eu", "prod\u2039U+200B\u203a-eu"),
        ("prod\u034f-eu", "prod\u2039U+034F\u203a-eu"),
        ("prod\ufe0f-eu", "prod\u2039U+FE0F\u203a-eu"),
        ("\ud83d", "\u2039U+D83D\u203a"),
        ("\ue000", "\u2039U+E000\u203a"),
        ("line\nbreak\r", "line␊break␍"),
        ("a\tb", "a   b"),
        ("e\u0301", "é"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_becomes_a_sign(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert printable("x" * 1_000_000, 10) == "xxxxxxxxx…"
    assert printable("é" * 1_000_000, 10) == "ééééééééé…"
    assert printable("e" + "\u0301" * 1_000_000, 10) == "é" + "\u0301" * 8 + "…"
    assert printable("xy", 1) == "…"
    assert printable("xy", 0) == ""


def test_lines_are_split_at_line_feeds_only_and_counted_past_the_limit() -> None:
    assert lines("a\r\nb\nc\x85d\u2028e") == ["a", "b", "c\u2039U+0085\u203ad\u2039U+2028\u203ae"]
    assert lines("a\n" * 5, count=2) == ["a", "a", "… 4 more lines"]


def test_hidden_characters_are_named_for_people_who_decide() -> None:
    assert revealed("ok\u200b\x1b\u00a0\u2800\x7f\x85") == (
        "ok\u2039ZERO WIDTH SPACE U+200B\u203a\u2039ESC\u203a\u2039NO-BREAK SPACE U+00A0\u203a"
        "\u2039BRAILLE PATTERN BLANK U+2800\u203a\u2039DEL U+007F\u203a\u2039U+0085\u203a"
    )
    assert revealed("plain text") == "plain text"
    assert len(revealed("\u200b" * 10_000, 100)) == 100


def test_hidden_characters_are_counted() -> None:
    assert hidden("plain") == 0
    assert hidden("größe 漢字") == 0
    assert hidden("a\u200bb\u202e\u3164") == 3


def test_clipping_and_padding_count_cells() -> None:
    assert clip("漢字テスト", 5) == "漢字…"
    assert clip("漢字テスト", 4) == "漢…"
    assert clip("abc", 3) == "abc"
    assert clip("abc", 2) == "a…"
    assert clip("abc", 0) == ""
    assert pad("漢", 4) == "漢  "
    assert pad("abcdef", 3) == "ab…"
    assert width("e\u0301漢\u1112\u1161\u11ab") == 5


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, 30))
def test_a_clipped_text_never_exceeds_its_cells(text: str, cells: int) -> None:
    shown = clip(printable(text), cells)
    assert width(shown) <= cells
    assert width(pad(printable(text), cells)) == cells


def test_our_count_of_cells_agrees_with_rich_for_the_texts_of_the_trade() -> None:
    for text in HARMLESS[:9]:
        assert width(text) == cell_len(text), text


def test_safe_text_is_never_read_as_markup() -> None:
    shown = safe_text("[@click=app.quit]go[/]\x1b")
    assert shown.plain == "[@click=app.quit]go[/]␛"
    assert not shown.spans


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("terminal_escapes.jsonl", "text"),
        ("unicode_text.jsonl", "text"),
        ("markup_text.jsonl", "text"),
        ("hostile_names.jsonl", "name"),
        ("csv_cells.jsonl", "cell"),
        ("blns/blns.json", ""),
    ],
)
def test_every_text_of_the_corpora_is_shown_clean_and_stable(name: str, field: str) -> None:
    texts = _corpus(name, field)
    assert texts
    for text in texts:
        shown = printable(text)
        assert _is_clean(shown)
        assert printable(shown) == shown
        assert _is_clean(revealed(text))
        assert all(_is_clean(line) for line in lines(text))
