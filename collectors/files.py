"""Read result files, the one way to them: sorted by age, bounded in size, never a device, a pipe or half a file.

Also the one door of the collectors to Arrow, for what arrives as Parquet, CSV or Zstandard.
"""

import asyncio
import math
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from collectors.inflate import Body, TooLargeError
from collectors.words import plain
from store.errors import SourceError

_MOST_FILES: Final = 10_000
_STEP: Final = 1 << 20
_INFLATED: Final = 1 << 28
_BATCH: Final = 10_000


class FileStore:
    """The files of one source; a thread looks and reads, so that a slow disk holds up no other source's network."""

    def __init__(self, body_bytes: int, base: Path = Path()) -> None:
        """Take the size of the largest file that is read, and the folder that patterns start from."""
        self._limit = body_bytes
        self.base = base
        self.unfinished: list[str] = []
        self._times: dict[str, datetime] = {}

    async def has_changed(self, pattern: str, since: datetime) -> bool:
        """Tell whether a file of the pattern changed since then; fail as ``read`` does where none is there."""
        return bool(await asyncio.to_thread(_changed, pattern, self.base, since))

    async def read(self, pattern: str, since: datetime | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Give (path, content) of each file of the pattern changed since then, oldest first.

        A file that changes while it is read is left for the next run. A pattern that matches nothing is an error:
        no results is not the same as results of nothing. Folders, pipes and devices are passed over.
        """
        for path in await asyncio.to_thread(_changed, pattern, self.base, since):
            content = await asyncio.to_thread(_steady, path, self._limit)
            if content is None:
                self.unfinished.append(plain(path))
            else:
                # a name may be any bytes; those that are no UTF-8 could not be stored
                name = os.fsencode(path).decode("utf-8", "replace")
                self._times[name] = datetime.fromtimestamp(_moved(path) or 0, UTC)
                yield name, content

    def changed(self, name: str) -> datetime:
        """Say when a file that was read had changed last."""
        return self._times[name]


def rows_of_table(body: bytes, name: str, limit: int = 1_000_000) -> Iterator[dict[str, object]]:
    """Give the rows of a Parquet or CSV file by column name; values of a CSV are text, empty ones ``None``.

    A CSV may be compressed with gzip. Times of a Parquet file lose what is finer than a microsecond.
    """
    try:
        for batch in _counted(_parquet(body, limit) if body[:4] == b"PAR1" else _csv(body), limit):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        words = plain(str(error).partition("\n")[0], 120)
        raise SourceError("not_json", f"{plain(name)}: cannot be read as a table: {words}") from None
    except SourceError as error:
        raise SourceError(error.cause, f"{plain(name)}: {error}") from None


def parquet_of(columns: Mapping[str, Sequence[object]]) -> bytes:
    """Write columns as a Parquet file; the types are those of the values."""
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), sink)
    return bytes(sink.getvalue().to_pybytes())


def unzstd(raw: bytes, limit: int) -> bytes:
    """Inflate Zstandard under a limit; zip members of method 93 are such streams."""
    found = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
            while piece := stream.read(min(_STEP, limit + 1 - len(found))):
                found += piece
                if len(found) > limit:
                    raise TooLargeError(limit)
    except OSError:
        raise SourceError("encoding", "the content says it is Zstandard and is not, or it is cut") from None
    if not raw:
        raise SourceError("encoding", "the content says it is Zstandard and is empty")
    return bytes(found)


def _changed(pattern: str, base: Path, since: datetime | None) -> list[str]:
    expanded = os.path.expanduser(pattern)  # noqa: PTH111 - Path raises where there is no home
    wanted = str(base / expanded)
    # Path.glob takes no absolute pattern
    matching = iglob(wanted, recursive=True) if has_magic(wanted) else iter([wanted])  # noqa: PTH207 - see above
    paths = list(islice(matching, _MOST_FILES + 1))
    if len(paths) > _MOST_FILES:
        raise SourceError("too_large", f"{plain(pattern)}: more than {_MOST_FILES} files; narrow the pattern")
    known = [(moved, path) for path in paths if (moved := _moved(path)) is not None]
    if not known:
        raise SourceError("file", f"{plain(pattern)}: no such file")
    earliest = since.timestamp() if since else -math.inf
    return [path for moved, path in sorted(known) if moved >= earliest]


def _moved(path: str) -> float | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None  # gone between listing and looking, or a link to nowhere
    return found.st_mtime if stat.S_ISREG(found.st_mode) else None


def _steady(path: str, limit: int) -> bytes | None:
    """Read a file whole, or give ``None`` when it changed meanwhile."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 - a handle
            before = os.fstat(file.fileno())
            content = file.read(limit + 1)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError("file", f"{plain(path)}: cannot be read: {os.strerror(error.errno or 0)}") from None
    if len(content) > limit:
        raise SourceError("too_large", f"{plain(path)}: larger than {limit} bytes (limits.body_bytes)")
    is_steady = (
        (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size) == (after.st_mtime_ns, len(content))
    )
    return content if is_steady else None


def _counted(batches: Iterator[Any], limit: int) -> Iterator[Any]:
    count = 0
    for batch in batches:
        count += batch.num_rows
        if count > limit:
            raise SourceError("too_large", f"more than {limit} rows")
        yield batch


def _parquet(body: bytes, limit: int) -> Iterator[Any]:
    with pyarrow.parquet.ParquetFile(pa.BufferReader(body)) as file:
        facts = file.metadata
        size = sum(facts.row_group(index).total_byte_size for index in range(facts.num_row_groups))
        if facts.num_rows > limit or size > _INFLATED:
            raise SourceError("too_large", f"{facts.num_rows} rows of {size} bytes")
        for batch in file.iter_batches(batch_size=_BATCH):
            yield batch.cast(_coarse(batch.schema), safe=False)


def _coarse(schema: Any) -> Any:
    """Read nanoseconds as microseconds: Python has no finer time."""
    return pa.schema(
        [
            field.with_type(pa.timestamp("us", field.type.tz))
            if pa.types.is_timestamp(field.type) and field.type.unit == "ns"
            else field
            for field in schema
        ]
    )


def _csv(body: bytes) -> Iterator[Any]:
    if body[:2] == b"\x1f\x8b":
        inflated = Body("gzip", _INFLATED)
        inflated.add(body)
        body = inflated.done()
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    names = pyarrow.csv.open_csv(pa.BufferReader(body), parse_options=parsing).schema.names
    if twice := [name for name in names if names.count(name) > 1]:
        raise SourceError("shape", f"the column {plain(twice[0], 40)!r} stands twice")
    as_text = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    yield from pyarrow.csv.open_csv(pa.BufferReader(body), parse_options=parsing, convert_options=as_text)
