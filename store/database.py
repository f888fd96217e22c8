"""Speak to DuckDB: the only module that knows it, and with Arrow the only way rows get in quickly.

Times live in the file as UTC ``TIMESTAMP`` and are made aware here; text stays as the source sent it.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

try:
    import _duckdb as duckdb  # the engine; only Arrow needs the package around it, two thirds of the import
except ImportError:  # a release that names it otherwise
    import duckdb  # type: ignore[no-redef]  # the same names

from store.errors import StoreBusyError, StoreError

Row = TypeVar("Row")
Params = Mapping[str, object] | Sequence[object]

# No extension is ever needed, and DuckDB must not look for one on the network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class Reader(Protocol):
    """Give rows of the store; all that ``operations`` may ask of it."""

    def rows(self, kind: type[Row], sql: str, params: Params = ()) -> list[Row]:
        """Run one select and give its rows as records of ``kind``, columns by name."""
        ...


class Session:
    """One open connection; closing it is the owner's duty (use it in a ``with``)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap an open connection."""
        self._connection = connection

    def __enter__(self) -> Self:
        """Use the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it, whatever happened."""
        self.close()

    def close(self) -> None:
        """Close the connection; uncommitted work is undone."""
        self._connection.close()

    def interrupt(self) -> None:
        """Stop what another thread runs here."""
        self._connection.interrupt()

    def statements(self, sql: str) -> list[tuple[str, set[str]]]:
        """Give the kind of each statement of a text and the names of its parameters, without running any."""
        with _translated("reading the query"):
            found = self._connection.extract_statements(sql)
        return [(each.type.name, set(each.named_parameters)) for each in found]

    def columns(self, sql: str, params: Params = ()) -> dict[str, str]:
        """Give the names and types of what a select returns."""
        with _translated():
            cursor = self._connection.execute(f"select * from (\n{sql}\n) limit 0", _naive(params))  # noqa: S608 - a select that was checked
        return {column[0]: str(column[1]) for column in cursor.description or ()}

    def execute(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Run one statement and give what it returns as plain tuples (times naive, in UTC)."""
        with _translated():
            return self._connection.execute(sql, _naive(params)).fetchall()

    def script(self, sql: str) -> None:
        """Run several statements that take no values."""
        with _translated():
            self._connection.execute(sql)

    def rows(self, kind: type[Row], sql: str, params: Params = ()) -> list[Row]:
        """Run one select and give its rows as records of ``kind``, columns by name."""
        with _translated():
            cursor = self._connection.execute(sql, _naive(params))
            found = cursor.fetchall()
        types = {column[0]: str(column[1]) for column in cursor.description or ()}
        fields = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # Row is a dataclass
        if missing := types.keys() ^ set(fields):
            raise StoreError(f"reading {kind.__name__}: columns and fields differ in {', '.join(sorted(missing))}")
        if not found:
            return []
        # Column by column: a third of the time of making each row from a dict.
        columns = dict(zip(types, zip(*found, strict=True), strict=True))
        return list(map(kind, *(_shaped(columns[name], types[name]) for name in fields)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside, or nothing."""
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            with _translated():
                self._connection.rollback()
            raise
        self.execute("commit")

    def stage(self, name: str, columns: Mapping[str, tuple[str, Sequence[object]]]) -> None:
        """Make a temporary table from columns of (SQL type, values); goes through Arrow, about 1M rows/s.

        ``name`` and the types are constants of this package, never text from outside.
        """
        import pyarrow  # noqa: ICN001 - readers never pay for it

        _know_arrow()

        # Arrow turns aware times into UTC by itself, ten times faster than Python would.
        arrays = [pyarrow.array(values, _arrow_type(pyarrow, kind)) for kind, values in columns.values()]
        incoming = pyarrow.table(arrays, names=list(columns))
        casts = ", ".join(f"{column}::{kind} as {column}" for column, (kind, _) in columns.items())
        with _translated():
            self._connection.register("incoming_arrow", incoming)
            self._connection.execute(f"create or replace temp table {name} as select {casts} from incoming_arrow")  # noqa: S608 - constants only
            self._connection.unregister("incoming_arrow")

    def append(self, table: str, records: Sequence[object]) -> None:
        """Insert records whose fields are columns of the table; ``table`` is a constant of this program."""
        if not records:
            return
        kinds = dict(
            self.execute(
                "select column_name, lower(data_type) from information_schema.columns where table_name = $table",
                {"table": table},
            )
        )
        names = [field.name for field in dataclasses.fields(records[0])]  # type: ignore[arg-type]  # records are dataclasses
        self.stage("appended", {name: (kinds[name], [getattr(r, name) for r in records]) for name in names})
        self.execute(f"insert into {table} by name select * from appended")  # noqa: S608 - names of our own records

    def pages(
        self, sql: str, params: Params = (), size: int = 10_000
    ) -> tuple[tuple[str, ...], Iterator[list[tuple[Any, ...]]]]:
        """Give the column names of one select and its rows page by page, for results too large to hold."""
        with _translated():
            cursor = self._connection.execute(sql, _naive(params))
        return tuple(column[0] for column in cursor.description or ()), self._pages(cursor, size)

    def _pages(self, cursor: duckdb.DuckDBPyConnection, size: int) -> Iterator[list[tuple[Any, ...]]]:
        with _translated():
            while page := cursor.fetchmany(size):
                yield page

    def copy_out(self, sql: str, params: Params, path: Path, file_format: str) -> None:
        """Write the rows of a select to a new Parquet file with the columns' own types, batch by batch."""
        if file_format != "parquet":
            raise StoreError(f"writing {path}: cannot write {file_format} from the store; use parquet")
        with _translated():
            import pyarrow.parquet

            _know_arrow()
            batches = self._connection.sql(sql, params=_naive(params)).to_arrow_reader(100_000)
            with pyarrow.parquet.ParquetWriter(path, batches.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)


def open_file(path: Path, *, read_only: bool = False, memory: str = "1GB", threads: int = 2) -> Session:
    """Open a store file; only the collection that holds the lock opens the primary for writing."""
    with _translated(f"opening {path}"):
        connection = duckdb.connect(
            str(path), read_only=read_only, config={**_CONFIG, "memory_limit": memory, "threads": threads}
        )
        _confine(connection, path.parent.absolute())
    return Session(connection)


def open_folder(folder: Path, *, memory: str = "256MB", threads: int = 2) -> Session:
    """Open a session in memory that can attach files of one folder and touch no other file."""
    with _translated(f"opening {folder}"):
        connection = duckdb.connect(":memory:", config={**_CONFIG, "memory_limit": memory, "threads": threads})
        _confine(connection, folder)
    return Session(connection)


def open_paths(paths: Sequence[Path], prepare: Sequence[str], *, memory: str, threads: int = 2) -> Session:
    """Open a session in memory that can read these files and no other, after statements that name them once.

    What does not fit into memory fails: nothing is written anywhere.
    """
    config = {**_CONFIG, "memory_limit": memory, "threads": threads, "temp_directory": ""}
    with _translated("opening the files"):
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set allowed_paths = $paths", {"paths": [str(path) for path in paths]})
        for statement in prepare:
            connection.execute(statement)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    return Session(connection)


def quoted(path: Path) -> str:
    """Write a path as a SQL string literal, for the one statement that takes no parameter (ATTACH)."""
    return "'" + str(path).replace("'", "''") + "'"


def aware(moment: datetime) -> datetime:
    """Say of a time that came from the file what it is: UTC."""
    return moment.replace(tzinfo=UTC)


def _confine(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Let SQL touch files of one folder and no other, and tell its views where raw samples of old days lie."""
    connection.execute("set enable_progress_bar = false")  # stdout is data
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set allowed_directories = [$folder]", {"folder": f"{folder}/"})
    connection.execute("set variable raw_folder = $raw", {"raw": f"{folder}/raw"})
    connection.execute("set enable_external_access = false")


def _know_arrow() -> None:
    """Load the package around the engine: it teaches the engine Arrow's tables."""
    import_module("duckdb")


def _naive(params: Params) -> dict[str, object] | list[object]:
    """Turn aware times into the UTC ``TIMESTAMP`` that the file holds."""
    if isinstance(params, Mapping):
        return {name: _stored(value) for name, value in params.items()}
    return [_stored(value) for value in params]


def _stored(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _arrow_type(pyarrow: Any, kind: str) -> Any:
    """Name the Arrow type that carries a SQL type without loss."""
    if kind.startswith("decimal("):
        precision, scale = kind[8:-1].split(",")
        return pyarrow.decimal128(int(precision), int(scale))
    return {
        "varchar": pyarrow.string(),
        "double": pyarrow.float64(),
        "bigint": pyarrow.int64(),
        "integer": pyarrow.int32(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
        "timestamp": pyarrow.timestamp("us"),
    }[kind]


def _aware_or_none(value: Any) -> object:
    return None if value is None else value.replace(tzinfo=UTC)


def _tuple_or_none(value: Any) -> object:
    return None if value is None else tuple(value)


def _shaped(values: Sequence[Any], kind: str) -> Iterable[object]:
    """Turn a column's values into a record's: aware times, tuples for lists, the rest as it is."""
    if kind.startswith("TIMESTAMP"):
        return map(_aware_or_none, values)
    return map(_tuple_or_none, values) if kind.endswith("[]") else values


@contextmanager
def _translated(doing: str = "using the store") -> Iterator[None]:
    """Turn DuckDB's exceptions into ours, with the remedy where one is known."""
    try:
        yield
    except duckdb.FatalException as error:
        raise StoreError(
            f"{doing}: the database stopped ({_first_line(error)}); free disk space, then run again"
        ) from error
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise StoreBusyError(f"{doing}: another program holds the file; close it and run again") from error
        raise StoreError(f"{doing}: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise StoreError(f"{doing}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
