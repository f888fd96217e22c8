"""Result files: oldest first, bounded, never half, never a device; tables by column name."""

import asyncio
import gzip
import io
import json
import os
import threading
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from collectors.files import FileStore, rows_of_table, unzstd
from store.errors import SourceError

_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
_CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
_STORE = FileStore(1_000)


def _write(path: Path, content: bytes, hours_ago: float = 0) -> Path:
    path.write_bytes(content)
    seen = (_NOW - timedelta(hours=hours_ago)).timestamp()
    os.utime(path, (seen, seen))
    return path


def _read(files: FileStore, pattern: str, since: datetime | None = None) -> list[tuple[str, bytes]]:
    async def all_of_them() -> list[tuple[str, bytes]]:
        return [each async for each in files.read(pattern, since)]

    return asyncio.run(all_of_them())


def _cause(act: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    assert str(caught.value).isprintable()
    return caught.value


def _parquet(table: Any, **options: Any) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink, **options)
    return sink.getvalue()


def test_files_of_a_pattern_come_oldest_first(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, hours in (("b.json", 1), ("deep/a.json", 3), ("c.json", 2), ("c.txt", 9)):
        _write(tmp_path / name, name.encode(), hours)
    found = _read(_STORE, f"{tmp_path}/**/*.json")
    assert found == [(f"{tmp_path}/{name}", name.encode()) for name in ("deep/a.json", "c.json", "b.json")]


def test_only_files_changed_since_then_are_read(tmp_path: Path) -> None:
    for name, hours in (("old", 3), ("edge", 2), ("new", 1)):
        _write(tmp_path / name, b"x", hours)
    found = [Path(name).name for name, _ in _read(_STORE, f"{tmp_path}/*", _NOW - timedelta(hours=2))]
    assert found == ["edge", "new"]
    assert _read(_STORE, f"{tmp_path}/*", _NOW) == []


def test_a_name_that_is_no_utf_8_becomes_one_that_can_be_stored(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff.json")).write_bytes(b"x")
    assert _read(_STORE, f"{tmp_path}/*") == [(f"{tmp_path}/bad\ufffd.json", b"x")]


def test_a_pattern_without_stars_names_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "one.json", b"{}")
    assert _read(_STORE, str(path)) == [(str(path), b"{}")]
    assert _read(FileStore(10, tmp_path), "one.json") == [(str(path), b"{}")]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _read(_STORE, "~/one.json") == [(str(path), b"{}")]


@pytest.mark.parametrize("pattern", ["none.json", "*.json", "none/*.json", "folder", "a\x1b[31m"])
def test_a_pattern_that_finds_nothing_is_a_fault_and_not_zero_results(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "folder").mkdir()
    error = _cause(lambda: _read(_STORE, f"{tmp_path}/{pattern}"))
    assert error.cause == "file"
    assert str(error).endswith("no such file")


def test_pipes_devices_and_links_to_nowhere_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a-pipe")
    (tmp_path / "b-device").symlink_to("/dev/zero")
    (tmp_path / "c-nowhere").symlink_to(tmp_path / "gone")
    real = _write(tmp_path / "real", b"x")
    (tmp_path / "z-link").symlink_to(real)
    assert sorted(Path(name).name for name, _ in _read(_STORE, f"{tmp_path}/*")) == ["real", "z-link"]


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = _write(tmp_path / "x", b"x" * 1_000)
    assert len(_read(_STORE, str(path))[0][1]) == 1_000
    _write(path, b"x" * 1_001)
    error = _cause(lambda: _read(_STORE, str(path)))
    assert error.cause == "too_large"
    assert "larger than 1000 bytes (limits.body_bytes)" in str(error)


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "growing"
    _write(path, b"x")
    stopped = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stopped.is_set():
                file.write(b"x" * 4_096)
                if path.stat().st_size > 64_000_000:
                    file.truncate(1)

    writer = threading.Thread(target=grow)
    files = FileStore(1 << 30)
    writer.start()
    for _ in range(10_000):  # until a read falls together with a write
        assert all(set(content) <= {0, 120} for _, content in _read(files, str(path)))
        if files.unfinished:
            break
    stopped.set()
    writer.join()
    assert set(files.unfinished) == {str(path)}


async def test_a_file_that_goes_between_listing_and_reading_is_left_out(tmp_path: Path) -> None:
    for name, hours in (("a", 2), ("b", 1)):
        _write(tmp_path / name, name.encode(), hours)
    files = _STORE.read(f"{tmp_path}/*")
    assert (await anext(files))[1] == b"a"
    (tmp_path / "b").unlink()
    assert [each async for each in files] == []


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for name, hours in (("a", 2), ("b", 1)):
        _write(tmp_path / name, name.encode(), hours)
    files = _STORE.read(f"{tmp_path}/*")
    assert (await anext(files))[1] == b"a"
    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    with pytest.raises(SourceError) as caught:
        await anext(files)
    assert caught.value.cause == "file"
    assert "b: cannot be read: Is a directory" in str(caught.value)


async def test_the_other_sources_go_on_while_a_big_file_is_read(tmp_path: Path) -> None:
    _write(tmp_path / "a", b"a", 2)
    with _write(tmp_path / "b", b"", 1).open("r+b") as file:
        file.truncate(64_000_000)
    files = FileStore(64_000_000).read(f"{tmp_path}/*")
    await anext(files)  # the listing is behind us
    turns = 0
    big = asyncio.ensure_future(anext(files))
    while not big.done():
        turns += 1
        await asyncio.sleep(0)
    assert len(big.result()[1]) == 64_000_000
    assert turns > 10  # 1 where the file is read in the loop itself


async def test_whether_a_file_changed_is_told_without_reading_it(tmp_path: Path) -> None:
    path = _write(tmp_path / "a", b"x" * 1_001, 1)
    assert await _STORE.has_changed(str(path), _NOW - timedelta(hours=1))
    assert not await _STORE.has_changed(str(path), _NOW)
    with pytest.raises(SourceError, match="no such file"):
        await _STORE.has_changed(f"{tmp_path}/none*", _NOW)


def test_too_many_files_are_a_pattern_too_wide(tmp_path: Path) -> None:
    for index in range(10_001):
        (tmp_path / str(index)).touch()
    error = _cause(lambda: _read(_STORE, f"{tmp_path}/*"))
    assert error.cause == "too_large"
    assert "more than 10000 files; narrow the pattern" in str(error)


@pytest.mark.shared
def test_hostile_names_of_files_are_read_and_harmless_in_messages(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (_CORPORA / "hostile_names.jsonl").read_text().splitlines()]
    names = {line["name"].encode("utf-8", "replace") for line in lines}
    usable = {
        name for name in names if name not in (b"", b".", b"..") and not set(b"/\0") & set(name) and len(name) < 256
    }
    assert len(usable) > 20
    for name in usable:
        _write(tmp_path / os.fsdecode(name), b"xx")
    found = {os.fsencode(Path(name).name) for name, _ in _read(_STORE, f"{tmp_path}/*")}
    assert found == {name for name in usable if not name.startswith(b".")}  # hidden files are hidden
    for name in found:
        alone = tmp_path / "alone"
        alone.mkdir()
        (tmp_path / os.fsdecode(name)).rename(alone / os.fsdecode(name))
        assert _cause(lambda alone=alone: _read(FileStore(1), f"{alone}/*")).cause == "too_large"
        (alone / os.fsdecode(name)).unlink()
        alone.rmdir()


def test_a_csv_gives_text_and_none() -> None:
    body = b'a,"b c",d\r\n1,"x\ny",\r\n007,NULL,""\r\n'
    assert list(rows_of_table(body, "x.csv")) == [
        {"a": "1", "b c": "x\ny", "d": None},
        {"a": "007", "b c": "NULL", "d": None},
    ]
    assert list(rows_of_table(gzip.compress(b"\xef\xbb\xbfa\n1\n"), "x.csv.gz")) == [{"a": "1"}]
    assert list(rows_of_table(b"a,b\n", "x.csv")) == []


@pytest.mark.shared
def test_cells_that_a_spreadsheet_would_run_are_text_like_any_other() -> None:
    lines = [json.loads(line) for line in (_CORPORA / "csv_cells.jsonl").read_text().splitlines()]
    cells = [str(next(iter(line.values()))) for line in lines]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells if cell]
    found = [row["a"] for row in rows_of_table(("a\n" + "\n".join(quoted) + "\n").encode(), "x.csv")]
    assert found == [cell for cell in cells if cell]


def test_a_parquet_file_gives_values_of_their_own_types() -> None:
    nanoseconds = int(_NOW.timestamp()) * 10**9 + 123_456_789
    table = pa.table(
        {
            "cost": pa.array([Decimal("1.50"), None]),
            "day": pa.array([date(2026, 11, 23), None]),
            "seen": pa.array([nanoseconds, None], pa.timestamp("ns", "UTC")),
            "local": pa.array([nanoseconds, None], pa.timestamp("ns")),
            "model": pa.array(["a", None]).dictionary_encode(),
        }
    )
    exact = _NOW.replace(microsecond=123_456)
    assert list(rows_of_table(_parquet(table), "x.parquet")) == [
        {
            "cost": Decimal("1.50"),
            "day": date(2026, 11, 23),
            "seen": exact,
            "local": exact.replace(tzinfo=None),
            "model": "a",
        },
        dict.fromkeys(table.schema.names),
    ]


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        (b"", "not_json", "Empty CSV file"),
        (b"a,b\n1\n", "not_json", "Expected 2 columns, got 1"),
        (b"a\n\xff\n", "not_json", "invalid UTF8"),
        (b"a,b,a\n1,2,3\n", "shape", "the column 'a' stands twice"),
        (b"PAR1 and no more", "not_json", "cannot be read as a table"),
        (_parquet(pa.table({"a": [1]}))[:-20], "not_json", "cannot be read as a table"),
        (gzip.compress(b"a\n1\n", mtime=0)[:-9], "encoding", "ends in the middle"),
        (b"\x1f\x8b and no more", "encoding", "says it is gzip and is not"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_its_reason(body: bytes, cause: str, words: str) -> None:
    error = _cause(lambda: list(rows_of_table(body, "x\x1b[31m.csv")))
    assert error.cause == cause
    assert words in str(error)
    assert str(error).startswith("x\N{REPLACEMENT CHARACTER}[31m.csv: ")


def test_a_table_of_too_many_rows_is_refused() -> None:
    for body in (b"a\n1\n2\n3\n", _parquet(pa.table({"a": [1, 2, 3]}))):
        assert len(list(rows_of_table(body, "x", 3))) == 3
        assert _cause(lambda body=body: list(rows_of_table(body, "x", 2))).cause == "too_large"


def test_a_small_parquet_file_of_a_billion_rows_is_refused_unread() -> None:
    bomb = _parquet(pa.table({"a": pa.nulls(2_000_000, pa.int64())}), compression="zstd")
    assert len(bomb) < 10_000
    wide = _parquet(pa.table({"a": [bytes(1 << 28)]}), compression="zstd", use_dictionary=False, write_statistics=False)
    tracemalloc.start()
    assert _cause(lambda: list(rows_of_table(bomb, "x"))).cause == "too_large"
    assert _cause(lambda: list(rows_of_table(wide, "x"))).cause == "too_large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_zstandard_is_inflated_under_its_limit() -> None:
    packed = pa.compress(b"x" * 3_000_000, codec="zstd", asbytes=True)
    assert len(unzstd(packed, 3_000_000)) == 3_000_000
    assert _cause(lambda: unzstd(packed, 2_999_999)).cause == "too_large"
    for wrong in (packed[:-5], b"no such frame", b"", packed + b"rest"):
        assert _cause(lambda wrong=wrong: unzstd(wrong, 5_000_000)).cause == "encoding"
