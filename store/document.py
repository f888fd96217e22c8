"""Read a TOML file with every way of failing told in words: where, what is wrong and what to do."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from store.errors import ConfigError
from store.locate import Lines, lines_of

LARGEST: Final = 4 * 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_REMEDIES: Final = (
    ("Invalid value", 'write text in quotes, truth as true or false, a time such as "5m" in quotes'),
    ("Illegal character", "close the quotes on the same line, or use three of them for text of several lines"),
    ("Expected '=' after", "write key = value; a key with a space or another sign in it needs quotes"),
    ("Expected newline or end", "write one key = value a line; text needs quotes around it"),
    ("Invalid initial character for a key", "begin the line with a key, [table] or [[list of tables]]"),
    ("Invalid statement", "begin the line with a key, [table] or [[list of tables]]"),
    ("Cannot overwrite", "the key is there twice: remove one, or write [[name]] for another entry of a list"),
    ("Cannot declare", "the table is there twice: put both parts together, or write [[name]] for each entry of a list"),
    ("Cannot mutate", "the key was closed by an inline table or list: write all of it in one place"),
    ("Cannot redefine", "the key was closed by an inline table or list: write all of it in one place"),
    ("Unclosed array", "close the list with ]"),
    ("Unclosed inline", "close the table with } on the same line, without a comma before it"),
    ("Unterminated string", "close the quotes"),
    ('Expected "', "close the quotes"),
    ("Unescaped '\\'", "write \\\\ for a backslash, or put the text in single quotes"),
    ("Expected ']", "close the name of the table with the same number of brackets"),
    ("Duplicate inline table key", "remove one of the two"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file that could be read: its table and its text."""

    path: Path
    table: Mapping[str, Any]
    text: str

    def lines(self) -> Lines:
        """Find the line of each key, which only mistakes are told with; a text too deep for that has none."""
        try:
            return lines_of(self.text)
        except RecursionError:
            return {}


def read(path: Path) -> Document:
    """Read the file or raise ``ConfigError`` with its name, the line and column and a remedy."""
    text = _text(path, _content(path))
    try:
        return Document(path, tomllib.loads(text, parse_float=_decimal), text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path, text, str(error))]) from None
    except ValueError:
        raise ConfigError([f"{path}: a number has too many digits; put it in quotes if it is text"]) from None
    except RecursionError:
        raise ConfigError(
            [f"{path}: lists or tables are nested too deeply; the configuration needs no more than 5"]
        ) from None


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ConfigError([f"{path}: expected a file, found a folder; name the file in it, such as config.toml"])
        if not path.is_file() and path.exists():
            raise ConfigError([f"{path}: expected an ordinary file, found a device, pipe or socket"])
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError([f'{path}: no such file; "llmops-tui init --config {path}" writes one']) from None
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "not a file name"
        raise ConfigError([f"{path}: cannot be read ({words}); look at its owner and mode with ls -l"]) from None
    if len(content) > LARGEST:
        raise ConfigError([f"{path}: larger than {LARGEST // 1024 // 1024} MiB; this is not a configuration"])
    return content


def _text(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([f"{path}: written as UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"])
    try:
        return content.removeprefix(_BOM).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            [f"{path} (line {line}): byte {error.start} is not UTF-8; save the file as UTF-8 (iconv -t UTF-8)"]
        ) from None


def _decimal(text: str) -> Decimal:
    """Keep fractions exact for money; what no Decimal can hold is infinite and refused where it is used."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("inf")


def _syntax(path: Path, text: str, message: str) -> str:
    place = _PLACE.search(message)
    words = _PLACE.sub("", message)
    if place and place[1]:
        where = f"line {place[1]}, column {place[2]}"
    else:
        where = f"line {text.count(chr(10)) + 1}, at the end of the file"
    remedy = next((remedy for start, remedy in _REMEDIES if words.startswith(start)), "look at the line before it too")
    return f"{path} ({where}): not TOML: {words}; {remedy}"
