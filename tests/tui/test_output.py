"""What reaches the terminal, byte by byte, through a real pseudo-terminal and a terminal emulator."""

import contextlib
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from rich.color import ColorSystem
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color

from tests.tui.conftest import StartProgram
from tests.tui.pty_terminal import PtyTerminal
from tui.ascii_signs import ascii_of
from tui.cells import PLAIN, Look, change, guarded, is_steady, look_of, split
from tui.filters import Ascii, Colourless, Guard
from tui.frame import Frame
from tui.output import CellDiff, shapes_fit

PROGRAM = "tests/tui/table_program.py"
CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
BLACK = Color(0, 0, 0)
OURS = re.compile(
    rb"\x1b\[(?:\d+;)*\d*m"  # looks
    rb"|\x1b\[\d*(?:;\d+)?[HGCJ]"  # moves
    rb"|\x1b\[\?(?:25|7|1049|1004|2004|2026|2048|1000|1003|1015|1006)[hl]|\x1b\[\?20(?:26|48)\$p"  # modes
    rb"|\x1b\[[<>]\d*u|\r|\n"
)
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;[\d;]*)?m")


def begin(start_program: StartProgram, **environ: str) -> PtyTerminal:
    terminal = start_program(PROGRAM, **environ)
    terminal.until(lambda: "READY" in terminal.text and "system-3" in terminal.text)
    return terminal


def press(terminal: PtyTerminal, keys: bytes, done: int) -> int:
    """Press keys, wait until the last of them was done; give the bytes it took."""
    before = len(terminal.output)
    terminal.type(keys)
    terminal.until(lambda: f"DONE {done}\n" in terminal.text + "\n")
    return len(terminal.output) - before


def assert_alike(ours: PtyTerminal, stock: PtyTerminal) -> None:
    """Wait until both show the same: a frame that says it is done may still have lines on their way."""
    for each in (ours, stock):
        with contextlib.suppress(AssertionError):
            each.until(lambda: ours.cells == stock.cells, 1)
    assert ours.cells == stock.cells


def characters(text: str) -> tuple[str, ...]:
    """Give the characters of the cells of a text."""
    return tuple(character for character, _ in split(text, PLAIN))


def foreign(output: bytes) -> list[str]:
    """Find controls in the output that are none of ours."""
    text = OURS.sub(b"", output).decode("utf-8")
    return [character for character in text if unicodedata.category(character) in FORBIDDEN]


def test_textual_looks_inside_as_our_output_expects() -> None:
    assert shapes_fit()


def test_an_unchanged_frame_costs_no_byte(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"u", 1)
    alone = press(terminal, b"u", 2)
    assert press(terminal, b"nnnu", 3) == alone


def test_a_changed_cell_costs_less_than_150_bytes(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"u", 1)
    counter = press(terminal, b"u", 2)
    assert counter < 60
    both = press(terminal, b"c", 3)
    assert both < 100
    assert "0.72" in terminal.text


@pytest.mark.parametrize("theme", ["llmops-dark", "llmops-terminal"])
def test_the_terminal_shows_the_same_cells_as_with_textuals_own_output(start_program: StartProgram, theme: str) -> None:
    ours = begin(start_program, TEST_THEME=theme)
    stock = begin(start_program, TEST_THEME=theme, LLMOPS_TUI_DIFF="0")
    sizes = []
    for done, keys in enumerate((b"u", b"jjju", b"\x1b[6~u", b"c", b"h", b"Gu", b"r", b"t"), start=1):
        sizes.append((press(ours, keys, done), press(stock, keys, done)))
        assert_alike(ours, stock)
    assert sum(mine for mine, _ in sizes) < sum(theirs for _, theirs in sizes) / 2


def test_characters_of_uncertain_width_move_nothing_else(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"v", 1)
    columns = {line.index("0.80") for line in terminal.text.splitlines()[4:12] if "0.80" in line}
    starts = {terminal.screen.buffer[y][52].data for y in range(4, 12)}
    assert len(columns) == 1
    assert len(starts) == 1


def test_a_page_costs_less_than_10_kilobytes(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    assert press(terminal, b"\x1b[6~u", 1) < 10_000
    assert press(terminal, b"Gu", 2) < 10_000


def test_a_garbled_screen_is_restored_by_a_redraw_and_by_a_resize(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"u", 1)
    terminal.stream.feed(b"\x1b[5;1Hwall: the system goes down in five minutes\x1b[1;1H")
    press(terminal, b"r", 2)
    terminal.until(lambda: "wall" not in terminal.text)
    terminal.resize(100, 30)
    terminal.until(lambda: "system-26" in terminal.text)
    press(terminal, b"u", 3)
    assert terminal.screen.display[0].rstrip().endswith("P95")


def test_nobody_is_commanded_by_text_whether_cleaned_or_not(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"h", 1)
    press(terminal, b"b", 2)
    assert foreign(terminal.output) == []
    assert "PWNED" in terminal.text
    assert "␛[31mBARE" in terminal.text


@pytest.mark.shared
def test_no_text_of_the_corpora_reaches_the_terminal_as_a_command(start_program: StartProgram, tmp_path: Path) -> None:
    texts = json.loads((CORPORA / "blns/blns.json").read_text())
    for name, field in (
        ("terminal_escapes", "text"),
        ("unicode_text", "text"),
        ("markup_text", "text"),
        ("hostile_names", "name"),
    ):
        texts += [json.loads(line)[field] for line in (CORPORA / f"{name}.jsonl").read_text().splitlines()]
    listing = tmp_path / "texts.json"
    listing.write_text(json.dumps(texts))
    terminal = begin(start_program, TEST_TEXTS=str(listing))
    for done in range(1, len(texts) // 18 + 2):
        press(terminal, b"p", done)
    assert foreign(terminal.output) == []
    terminal.type(b"q")
    assert terminal.wait() == 3


def test_no_color_means_no_colour_code_at_all(start_program: StartProgram) -> None:
    terminal = begin(start_program, NO_COLOR="1")
    press(terminal, b"ju", 1)
    assert COLOUR.findall(terminal.output) == []
    assert terminal.screen.buffer[2][1].reverse
    assert terminal.text.splitlines()[2].startswith(">!")


def test_no_color_holds_for_textuals_own_output_too(start_program: StartProgram) -> None:
    terminal = begin(start_program, NO_COLOR="1", LLMOPS_TUI_DIFF="0")
    press(terminal, b"ju", 1)
    assert COLOUR.findall(terminal.output) == []


def test_a_terminal_of_sixteen_colours_gets_no_more(start_program: StartProgram) -> None:
    terminal = begin(start_program, TERM="xterm", COLORTERM="")
    assert b"38;" not in terminal.output
    assert COLOUR.findall(terminal.output) != []


def test_a_locale_without_unicode_gets_ascii_only(start_program: StartProgram) -> None:
    terminal = begin(start_program, LANG="C")
    press(terminal, b"v", 1)
    assert terminal.output.isascii()
    assert "*+=:-._" in terminal.text


def test_a_terminal_that_does_not_read_gets_only_the_newest_frame(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    press(terminal, b"u", 1)
    page = press(terminal, b"\x1b[6~ru", 3)
    before = len(terminal.output)
    for _ in range(60):
        terminal.type(b"rhru")
    terminal.until(lambda: "DONE 243" in terminal.text)
    assert len(terminal.output) - before < 240 * page / 2
    assert "system-24" in terminal.text
    assert "PWNED" not in terminal.text


@pytest.mark.parametrize("broken", ["signature", "frame"])
def test_another_textual_falls_back_to_its_own_output(start_program: StartProgram, broken: str) -> None:
    terminal = begin(start_program, TEST_BREAK=broken)
    press(terminal, b"jju", 1)
    press(terminal, b"c", 2)
    assert "0.72" in terminal.text
    assert terminal.text.splitlines()[3].startswith(">")
    terminal.type(b"q")
    assert terminal.wait() == 3


def test_a_look_is_reached_by_the_shortest_sequence() -> None:
    red, bold_red = Look("", "31", "44"), Look("1", "31", "44")
    assert change(red, red) == ""
    assert change(PLAIN, red) == "\x1b[31;44m"
    assert change(red, bold_red) == "\x1b[1m"
    assert change(bold_red, red) == "\x1b[0;31;44m"
    assert change(red, Look("", "32", "44")) == "\x1b[32m"
    assert change(red, Look("", "", "44")) == "\x1b[39m"
    assert change(red, Look("", "31", "")) == "\x1b[49m"
    assert change(red, PLAIN) == "\x1b[m"


def test_styles_become_looks_of_the_terminals_colours_without_links() -> None:
    style = Style(bold=True, color="#ff0000", bgcolor="default", link="https://x", blink=True)
    assert look_of(style, ColorSystem.TRUECOLOR) == Look("1", "38;2;255;0;0", "")
    assert (
        look_of(style, ColorSystem.STANDARD) == Look("1", "91", "") or look_of(style, ColorSystem.STANDARD).foreground
    )
    assert look_of(style, None) == Look("1", "", "")


def test_text_is_split_into_cells() -> None:
    assert characters("ab") == ("a", "b")
    assert characters("漢e\u0301b") == ("漢", "", "e\u0301", "b")
    assert characters("漢\u0301") == ("漢\u0301", "")
    assert characters("\u0301a") == ("a",)
    assert characters("❤\ufe0fx") == ("❤\ufe0f", "", "x")
    assert characters("a\x1bb") == ("a", "␛")


def test_halves_of_flags_are_of_uncertain_width() -> None:
    assert [is_steady(cell) for cell in ("a", "\u6f22", "\U0001f1eb", "\u2764\ufe0f")] == [True, True, False, False]


def test_replaced_controls_take_the_cells_that_layout_gave_them() -> None:
    assert guarded("plain é") == "plain é"
    assert guarded("a\x1b[31mb") == "a␛[31m"
    assert guarded("a\x7f\x9b\u2028b") == "a␡"
    assert guarded("nb\xa0sp") == "nb\xa0sp"


def test_the_frame_writes_only_what_differs() -> None:
    frame = Frame(10, 2, ColorSystem.STANDARD)
    frame.put(
        0, 0, [Segment("hello"), Segment("\x1b[2J", None, [(ControlType.CLEAR,)]), Segment(" you", Style(color="red"))]
    )
    frame.put(0, 5, [Segment("nowhere")])
    assert frame.differences() == "\x1b[1Hhello\x1b[31m you\x1b[m"
    frame.put(0, 0, [Segment("hello")])
    assert frame.differences() == ""
    frame.put(0, 0, [Segment("jello"), Segment(" yoU!!!", Style(color="red"))])
    assert frame.differences() == "\x1b[1Hj\x1b[7C\x1b[31mU!\x1b[m"
    frame.put(0, 1, [Segment("abcdefghij")])
    assert frame.differences() == "\x1b[2Habcdefghij"
    frame.put(0, 1, [Segment("aXcdYfghij")])
    assert frame.differences() == "\x1b[2;2HXcdY"
    frame.put(0, 1, [Segment("aXcdYfghiZ")])
    frame.put(0, 1, [Segment("bX")])
    assert frame.differences() == "\x1b[2Hb\x1b[8CZ"


@pytest.mark.parametrize(
    "before", ["          ", "abcdefghij", "ab●defg…ij", "ab漢defghi", "e\u0301bcdefghij", "ab\x1bdefghij", "ab🇩efghij"]
)
@pytest.mark.parametrize(
    "after",
    ["abXdefghij", "aX●defg…Yj", "ab字d  ghi", "abe\u0301defghij", "ab\x07defghij", "ab\xa0defghij", "🇩bcdefghij"],
)
def test_a_line_put_at_once_is_written_as_in_two_pieces(before: str, after: str) -> None:
    whole, pieces = Frame(10, 1, ColorSystem.STANDARD), Frame(10, 1, ColorSystem.STANDARD)
    for text in (before, after):
        segments = [Segment(text[:4]), Segment(text[4:], Style(color="red"))]
        whole.put(0, 0, segments)
        pieces.put(0, 0, segments[:1])
        pieces.put(len(split(text[:4], PLAIN)), 0, segments[1:])
        written = whole.differences()
        assert written == pieces.differences()
    assert written


def test_a_frame_that_waited_until_all_screens_were_closed_is_let_go() -> None:
    class Closed(CellDiff):
        is_ascii = False
        _driver: Any

    app = Closed()
    app._driver, app._frame = object(), Frame(10, 1, None)
    app._frame.put(0, 0, [Segment("late")])
    app._try_again()
    assert app.bytes_written == 0


def test_a_wide_character_is_replaced_as_a_whole() -> None:
    frame = Frame(4, 1, None)
    frame.put(0, 0, [Segment("漢字")])
    assert frame.differences() == "\x1b[1H漢字"
    frame.put(0, 0, [Segment("漢"), Segment("ab")])
    assert frame.differences() == "\x1b[1;3Hab"
    frame.put(0, 0, [Segment("❤\ufe0fab")])
    assert frame.differences() == "\x1b[1H  \x1b[1G❤\ufe0f\x1b[3G"
    frame.put(2, 0, [Segment("❤\ufe0f")])
    assert frame.differences() == "\x1b[1;3H  \x1b[3G❤\ufe0f"


def test_the_guard_passes_printable_lines_on_untouched() -> None:
    segments = [Segment("a"), Segment("b")]
    assert Guard().apply(segments, BLACK) is segments
    assert Guard().apply([Segment("\x1b"), Segment("[2J")], BLACK) == [Segment(""), Segment("[2J")]


def test_colourless_keeps_weight_and_meaning() -> None:
    style = Style(color="red", bgcolor="blue", bold=True, reverse=True, meta={"x": 1})
    shown = Colourless().apply([Segment("a", style), Segment("b")], BLACK)
    assert shown[0].style is not None
    assert (shown[0].style.color, shown[0].style.bgcolor, shown[0].style.bold, shown[0].style.reverse) == (
        None,
        None,
        True,
        True,
    )
    assert shown[0].style.meta == {"x": 1}
    assert shown[1].style is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("▁▄█", "_:#"),
        ("─│┌", "-|+"),
        ("é…", "e~"),
        ("漢", "? "),
        ("e\u0301", "e"),
        ("plain", "plain"),
        ("→", ">"),
        ("€", "?"),
    ],
)
def test_ascii_is_written_cell_for_cell(text: str, shown: str) -> None:
    assert ascii_of(text) == shown
    assert Ascii().apply([Segment(text)], BLACK) == [Segment(shown)]
