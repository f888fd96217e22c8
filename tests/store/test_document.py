"""A file that cannot be read as TOML is refused with its place and a remedy, whatever is wrong with it."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from store.document import LARGEST, Document, read
from store.errors import ConfigError

SYNTAX: list[tuple[str, str, str]] = [
    ("a = hello", "line 1, column 5", "write text in quotes"),
    ("a =", "line 1, at the end of the file", "write text in quotes"),
    ('a = "x', "line 1, at the end of the file", "close the quotes"),
    ('a = "x\nb = 1', "line 1, column 7", "close the quotes on the same line"),
    ("a b = 1", "line 1, column 3", "a key with a space"),
    ("a = 1 b = 2", "line 1, column 7", "one key = value a line"),
    ("= 1", "line 1, column 1", "begin the line with a key"),
    ("a = 1\na = 2\n", "line 2, column 6", "the key is there twice"),
    ("[a]\n[a]", "line 2, column 3", "the table is there twice"),
    ("[a\nb = 1", "line 1, column 3", "the same number of brackets"),
    ("[[a]\nb = 1", "line 1, column 4", "the same number of brackets"),
    ("a = [1, 2", "line 1, at the end of the file", "close the list with ]"),
    ("a = [1 2]", "line 1, column 8", "close the list with ]"),
    ("a = {b = 1", "line 1, at the end of the file", "close the table with }"),
    ("a = {b = 1, b = 2}", "line 1, column 18", "remove one of the two"),
    ('a = "\\d"', "line 1, column 8", "write \\\\ for a backslash"),
    ("a = {}\na.b = 1\n", "line 2, column 8", "write all of it in one place"),
    ("a = 2026-13-01", "line 1, column 9", "one key = value a line"),
    ("a = True", "line 1, column 5", "write text in quotes"),
    ("a = 01", "line 1, column 6", "one key = value a line"),
    ("!", "line 1, column 1", "begin the line with a key"),
]


def _refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert len(caught.value.mistakes) == 1
    assert str(path) in caught.value.mistakes[0]
    return caught.value.mistakes[0]


@pytest.mark.parametrize(("text", "where", "remedy"), SYNTAX, ids=[text for text, _, _ in SYNTAX])
def test_wrong_syntax_names_line_column_and_remedy(tmp_path: Path, text: str, where: str, remedy: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    words = _refusal(path)
    assert f"({where}): not TOML: " in words
    assert remedy in words


def test_a_file_that_is_not_there_is_refused_with_the_command_that_writes_one(tmp_path: Path) -> None:
    assert "llmops-tui init --config" in _refusal(tmp_path / "none.toml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "expected a file, found a folder" in _refusal(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "found a device, pipe or socket" in _refusal(tmp_path / "pipe")


def test_a_file_in_the_way_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be read (Not a directory)" in _refusal(tmp_path / "file" / "config.toml")


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0o600)
    os.seteuid(65_534)
    try:
        words = _refusal(path)
    finally:
        os.seteuid(0)
    assert "cannot be read (Permission denied); look at its owner and mode with ls -l" in words


def test_a_path_too_long_for_the_system_is_refused(tmp_path: Path) -> None:
    assert "cannot be read (File name too long)" in _refusal(tmp_path / ("x" * 300))


def test_a_path_that_is_no_file_name_is_refused() -> None:
    assert "not a file name" in _refusal(Path("a\0b"))


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger than 4 MiB" in _refusal(path)


def test_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'a = 1\nb = "caf\xe9"\n')
    assert "(line 2): byte 14 is not UTF-8" in _refusal(path)


def test_utf_16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = 1", encoding="utf-16")
    assert "written as UTF-16" in _refusal(path)


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"a = {'9' * 5_000}")
    assert "too many digits" in _refusal(path)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = " + "[" * 5_000 + "]" * 5_000)
    assert "nested too deeply" in _refusal(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n\r\nb = 2\r\n")
    document = read(path)
    assert document.table == {"a": 1, "b": 2}
    assert document.lines() == {("a",): 1, ("b",): 3}


def test_fractions_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = 0.1\nb = 1e99999999999999999999\n")
    assert read(path).table == {"a": Decimal("0.1"), "b": Decimal("inf")}


def test_a_text_too_deep_for_its_lines_to_be_found_has_none() -> None:
    assert Document(Path("deep.toml"), {}, f"a = {'[' * 2_000}{']' * 2_000}").lines() == {}
