"""Give the log as lines from both places where it is kept, one after the other, however long it is."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Final

from store.audit_form import COLUMNS, LONGEST, SAFE, line_of_values
from store.database import Session
from store.errors import StoreError

_NUMBERS: Final = frozenset({"form", "sequence", "owner_uid", "login_uid"})
_LACKING: Final = {
    "form": "1", "store_id": "''", "owner_uid": "-1", "login_uid": "-1", "signature": "''", "content_hash": "''",
    "result": "'accepted'", "why": "''",
}  # fmt: skip
"""What entries are in a store from before step 9."""


TOO_LONG: Final = "\0"
"""What stands for a line that is longer than any entry can be."""


def lines_of_store(session: Session, after: int = 0) -> Iterator[str]:
    """Give each entry that the store holds after a number as the line it is in the file, in the order of numbers."""
    texts = _texts()
    words = ", ".join(name for name in COLUMNS if name not in _NUMBERS | {"written"})
    sql = f"""
        select case when is_plain then {_line(texts)} end as line,
            case when is_plain then null else [{", ".join(texts[name] for name in COLUMNS)}] end as parts
        from (
            select *,
                coalesce(form = 2 and regexp_full_match(concat({words}), '{SAFE}') and {_whole()}, false) as is_plain
            from ({_entries(session)})
        )
        where sequence > $after
        order by sequence
    """  # noqa: S608 - constants of this module
    _, pages = session.pages(sql, {"after": after})
    for page in pages:
        for line, parts in page:
            yield line or _slowly(parts) + "\n"


def lines_of_file(path: Path) -> Iterator[str]:
    """Give each line of a log file with its end, which the last may lack; none for a file that is not there."""
    file = opened(path)
    if file is None:
        return
    with file:
        for line in iter(partial(file.readline, LONGEST), b""):
            if len(line) < LONGEST or line.endswith(b"\n"):
                yield line.decode("utf-8", "replace")
                continue
            yield TOO_LONG
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass


def opened(path: Path) -> IO[bytes] | None:
    """Open a log file for reading, never by way of a link; ``None`` where there is none."""
    try:
        file = open(path, "rb", opener=_without_links)  # noqa: SIM115 - only this takes an opener; the caller closes
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"reading {path}: {error.strerror}; a log is a plain file that you may read") from error
    if not file.seekable():
        file.close()
        raise StoreError(f"reading {path}: it is a pipe or device; a log is a plain file that you may read")
    return file


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _entries(session: Session) -> str:
    """Select the table as it is since step 9, whatever step the file is at."""
    found = session.execute("select column_name from information_schema.columns where table_name = 'audit'")
    known = {name for (name,) in found}
    added = [f"{value} as {name}" for name, value in _LACKING.items() if name not in known]
    return f"select {', '.join(['*', *added])} from audit"  # noqa: S608 - constants of this module


def _texts() -> dict[str, str]:
    """Give how each column is written as text."""
    written = "strftime(written, '%Y-%m-%dT%H:%M:%S.%f+00:00')"
    texts = {name: f"{name}::varchar" if name in _NUMBERS else name for name in COLUMNS}
    return {**texts, "written": written}


def _line(texts: Mapping[str, str]) -> str:
    """Give the SQL of a line whose texts need no escape, as nearly all do: three times as fast as writing it here."""
    parts = ["'{'"]
    for name in COLUMNS:
        mark = "" if name in _NUMBERS else '"'
        parts += [f"""'"{name}":{mark}'""", texts[name], f"""'{mark},'"""]
    return f"concat({', '.join(parts[:-1])}, '\"}}', chr(10))"


def _whole() -> str:
    """Give the SQL that tells whether no value is missing."""
    return " and ".join(f"{name} is not null" for name in COLUMNS)


def _slowly(parts: list[str | None]) -> str:
    values = dict(zip(COLUMNS, parts, strict=True))
    return line_of_values(
        {name: int(text) if text is not None and name in _NUMBERS else text for name, text in values.items()}
    )
