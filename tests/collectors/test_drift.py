"""Fields of an answer that nobody reads are found by their path; reading as kinds do marks them."""

import asyncio
import json
from collections import Counter

import pytest

from collectors.answers import find, need, parse_json, rows, table
from collectors.drift import watching

BODY = b'{"data": [{"a": 1, "new": {"x": 1}}, {"a": 2, "new": null, "tags": ["u"]}], "meta": {"next": null, "took": 3}}'


def test_what_is_read_is_known_and_the_rest_is_counted_by_its_path() -> None:
    with watching() as watch:
        found = table(parse_json(BODY), "the answer")
        for row in rows(need(found, "data"), "data"):
            assert need(row, "a") is not None
            assert find(row, "other") is None
        assert find(found, "meta", "next") is None
    assert watch.unread() == Counter({"data[].new": 2, "data[].tags": 1, "meta.took": 1})


def test_a_body_parsed_twice_is_one_answer_and_reading_it_once_is_enough() -> None:
    with watching() as watch:
        need(parse_json(b'{"cursor": 1, "rows": []}'), "cursor")
        need(parse_json(b'{"cursor": 1, "rows": []}'), "rows")
        need(parse_json(b'{"cursor": 2, "late": 1}'), "cursor")
    assert watch.unread() == Counter({"late": 1})


@pytest.mark.parametrize(
    "read",
    [dict.get, lambda row, _: list(row), lambda row, _: row.items(), lambda row, _: list(row.values()), json.dumps],
)
def test_looking_through_a_table_reads_all_of_it(read: object) -> None:
    with watching() as watch:
        row = table(parse_json(b'{"a": 1}'), "row")
        if read is dict.get:
            assert row.get("a") == 1
            assert "a" in row
        elif read is json.dumps:
            assert json.dumps(row) == '{"a": 1}'
        else:
            read(row, "")  # type: ignore[operator]
    assert watch.unread() == Counter()


def test_a_list_in_a_list_has_a_path_too() -> None:
    with watching() as watch:
        need(parse_json(b'{"a": [[{"b": 1}]]}'), "a")
    assert watch.unread() == Counter({"a[][].b": 1})


def test_a_table_of_lists_that_nobody_opened_is_one_entry() -> None:
    with watching() as watch:
        parse_json(b'{"a": [{"b": {"c": 1}}], "d": 1}')
    assert watch.unread() == Counter({"a": 1, "d": 1})


def test_threads_are_watched_and_nothing_is_outside() -> None:
    async def work() -> Counter[str]:
        with watching() as watch:
            await asyncio.to_thread(parse_json, b'{"a": 1}')
        parse_json(b'{"b": 1}')
        return watch.unread()

    assert asyncio.run(work()) == Counter({"a": 1})
    assert type(parse_json(b'{"b": 1}')) is dict
