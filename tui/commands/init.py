"""``llmops-tui init``: ask the few things that are needed and write a commented configuration to start from."""

import argparse
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui.text import printable

if TYPE_CHECKING:
    from tui.starting import Start

_FLAGS: Final = (
    ("--portfolio", "NAME", "what all the systems together are called"),
    ("--owner", "NAME", "your name"),
    ("--system", "NAME", "the first system: letters, digits, - _ ."),
    (
        "--source-kind",
        "KIND",
        'the kind of the first source; "sources example KIND" shows how to add any other',
    ),
    ("--url", "URL", "where that source is"),
    ("--path", "PATTERN", "which files that source reads"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the answers as flags."""
    for flag, metavar, words in _FLAGS:
        parser.add_argument(flag, metavar=metavar, help=words)
    parser.add_argument("--yes", action="store_true", help="ask nothing; take defaults for what is not given")
    parser.add_argument("--force", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Write the file, 0600, and only if it passes ``config check``."""
    from store.errors import ConfigError
    from tui import starting, viewing

    named = args.config or os.environ.get(viewing.VARIABLE)
    path = viewing.find(Path(named), {}) if named else viewing.usual_path(os.environ)
    if os.path.lexists(path) and not args.force:  # unlike Path.exists it does not raise where looking is forbidden
        raise ConfigError([f"{path}: there already; --force replaces it, --config FILE writes another one"])
    start = _answers(args)
    _write(path, starting.text(start))
    sys.stdout.write(f"{printable(str(path), 4_096)}\n")
    sys.stderr.write('written; next: edit it, then "llmops-tui config check", "llmops-tui collect", "llmops-tui"\n')
    return 0


def _answers(args: argparse.Namespace) -> "Start":
    from tui.naming import free_name_mistake, safe_name_mistake
    from tui.starting import USUAL_PATHS, USUAL_URLS, Start

    kinds = (*USUAL_URLS, *USUAL_PATHS)
    account, full = _account()
    portfolio = _answer(args, "portfolio", "Name of the portfolio", "My portfolio", free_name_mistake)
    owner = _answer(args, "owner", "Your name", full or account or "Owner", free_name_mistake)
    system = _answer(args, "system", "First system (letters, digits, - _ .)", "assistant", safe_name_mistake)
    kind = _answer(args, "source_kind", f"Kind of its source ({', '.join(kinds)})", kinds[0], _known_kind(kinds))
    url = path = ""
    if kind in USUAL_URLS:
        url = _answer(args, "url", "Its URL", USUAL_URLS[kind], _url_mistake)
    else:
        path = _answer(args, "path", "Its files", USUAL_PATHS[kind], _path_mistake)
    return Start(portfolio, owner, account, system, kind, url, path)


def _answer(args: argparse.Namespace, name: str, question: str, usual: str, mistake: Callable[[str], str]) -> str:
    """Take the flag; otherwise the default (``--yes``) or what is typed, asked again until it fits."""
    from store.errors import ConfigError

    given: str | None = getattr(args, name)
    if given is not None or args.yes:
        words = mistake(given if given is not None else usual)
        if words:
            raise ConfigError([f"--{name.replace('_', '-')}: {words}"])
        return given if given is not None else usual
    while True:
        sys.stderr.write(f"{question} [{usual}]: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise ConfigError(["no answer came; nothing was written (--yes takes the defaults, flags give answers)"])
        typed = line.strip() or usual
        words = mistake(typed)
        if not words:
            return typed
        sys.stderr.write(f"  {printable(words)}\n")


def _write(path: Path, text: str) -> None:
    """Write beside the target, check, and put in place; a file that appeared meanwhile is not overwritten."""
    from store.document import read
    from store.errors import ConfigError
    from tui.settings import assemble

    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        try:
            assemble(read(fresh), os.environ)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            [f"{path}: cannot be written ({error.strerror}); choose another place with --config"]
        ) from None


def _account() -> tuple[str, str]:
    """Give the account's name and the full name that goes with it, as far as the system knows them."""
    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        return "", ""
    full = entry.pw_gecos.split(",")[0].strip()
    return entry.pw_name, full if full.isprintable() else ""


def _known_kind(kinds: tuple[str, ...]) -> Callable[[str], str]:
    from store.decode import suggestion

    return lambda kind: "" if kind in kinds else f"unknown kind{suggestion(kind, kinds)}"


def _url_mistake(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in ("http", "https") and parts.hostname and url.isprintable():
        return "a password in a URL would be seen; use [sources.options.access]" if "@" in parts.netloc else ""
    return "expected a URL such as http://localhost:9090"


def _path_mistake(path: str) -> str:
    return "" if path.startswith("/") and path.isprintable() else "expected an absolute path; * stands for any name"
