"""Report a fault of this program without repeating a single value: values may be secrets or other people's texts.

The report names types, places and versions. It is written for its owner alone, and one line says where it is.
"""

import os
import platform
import traceback
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from store.errors import EXIT_INTERNAL

__all__ = ["EXIT_INTERNAL", "folder", "line", "report", "text"]

_ROOT: Final = Path(__file__).resolve().parent.parent
_OURS: Final = frozenset({"tui", "collectors", "operations", "store"})
_KEPT: Final = 20
_DEPTH: Final = 10  # causes of causes


def folder(environ: Mapping[str, str]) -> Path:
    """Give the folder of reports, in the state folder of the person (``XDG_STATE_HOME``)."""
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else Path(environ.get("HOME") or "~").expanduser() / ".local" / "state"
    return base / "llmops-tui" / "crashes"


def report(error: BaseException, into: Path, now: datetime) -> Path | None:
    """Write the report, readable by its owner alone; ``None`` when it cannot be written, which hides no fault."""
    from secrets import token_hex  # late, like all that only a fault needs: it loads hashing

    path = into / f"{now:%Y%m%dT%H%M%S}-{token_hex(3)}.txt"
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text(error, now))
        for old in sorted(into.glob("*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def line(error: BaseException, path: Path | None) -> str:
    """Say in one line what happened, where, and where the report is."""
    root = list(_chain(error))[-1]
    place = next(reversed(list(_places(root))), "an unknown place")
    where = f"report: {path}" if path else "the report could not be written"
    return f"llmops-tui: a fault of this program ({type(root).__name__} at {place}); {where}"


def text(error: BaseException, now: datetime) -> str:
    """Give the report: the chain of faults with their places in our files, and the versions of what runs."""
    parts = [f"llmops-tui {_version('llmops-tui')}, {now.isoformat(timespec='seconds')}"]
    parts.append(f"python {platform.python_version()} on {platform.system()}, textual {_version('textual')}")
    for number, fault in enumerate(_chain(error)):
        parts += ["", f"{'caused by ' if number else ''}{type(fault).__module__}.{type(fault).__qualname__}"]
        parts += [f"  {place}" for place in _places(fault)] or ["  (no place known)"]
    parts += [
        "",
        "No values are recorded: a value may be a secret. Please send this file with a report of the fault.",
        "",
    ]
    return "\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Follow the causes; Textual's ``WorkerFailed`` keeps its own in ``error``."""
    fault: BaseException | None = error
    for _ in range(_DEPTH):
        if fault is None:
            return
        yield fault
        inner = getattr(fault, "error", None)
        fault = inner if isinstance(inner, BaseException) else fault.__cause__ or fault.__context__


def _places(error: BaseException) -> Iterator[str]:
    """Name file, line and function of our frames, and of the frame that raised, whosever it is."""
    frames = list(traceback.walk_tb(error.__traceback__))
    for number, (frame, at) in enumerate(frames):
        path = Path(frame.f_code.co_filename)
        is_ours = path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OURS
        if is_ours or number == len(frames) - 1:
            shown = path.relative_to(_ROOT) if is_ours else Path(path.parent.name) / path.name
            yield f"{shown}:{at} in {frame.f_code.co_name}"


def _version(package: str) -> str:
    """Give a package's version without importing it."""
    from importlib.metadata import PackageNotFoundError, version  # late: 20 ms that only a fault pays

    try:
        return version(package)
    except PackageNotFoundError:
        return "(version unknown)"
