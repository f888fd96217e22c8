"""Strict JSON and typed values: the verdicts of the corpora, and words that name the place."""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answers import (
    Doubtful,
    find,
    moment,
    money,
    need,
    number,
    parse_json,
    raw,
    rows,
    table,
    text,
    upstream_error,
    whole,
)
from store.errors import SourceError

_CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
_SUITE = _CORPORA / "jsontestsuite" / "test_parsing"
_BERLIN = ZoneInfo("Europe/Berlin")
_NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
# JSON in form, but nobody can say which value counts
_AMBIGUOUS = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def _lines(name: str) -> list[Any]:
    path = _CORPORA / name
    if not path.exists():
        return [pytest.param({}, marks=pytest.mark.shared, id="corpus")]
    return [
        pytest.param(json.loads(line), marks=pytest.mark.shared, id=f"line {index}")
        for index, line in enumerate(path.read_text().splitlines(), 1)
    ]


def _suite() -> list[Any]:
    if not _SUITE.exists():
        return [pytest.param(_SUITE, marks=pytest.mark.shared, id="corpus")]
    return [pytest.param(path, marks=pytest.mark.shared, id=path.name) for path in sorted(_SUITE.iterdir())]


def _cause(act: Callable[[], object]) -> str:
    try:
        act()
    except Doubtful:
        return "doubtful"
    except SourceError as error:
        return error.cause
    return "taken"


@pytest.mark.parametrize("path", _suite())
def test_the_parser_agrees_with_the_json_test_suite(path: Path) -> None:
    verdict = _cause(lambda: parse_json(path.read_bytes()))
    if path.name in _AMBIGUOUS:
        assert verdict == "shape"
    elif path.name.startswith("y_"):
        assert verdict == "taken"
    elif path.name.startswith("n_"):
        assert verdict == "not_json"
    else:
        assert verdict in ("taken", "not_json")


@pytest.mark.parametrize("path", _suite())
def test_whatever_is_taken_can_be_stored_as_text(path: Path) -> None:
    try:
        value = parse_json(path.read_bytes())
    except SourceError:
        return
    assert raw(value).encode()


@pytest.mark.parametrize("line", _lines("numbers.jsonl"))
def test_numbers_get_the_verdict_of_the_corpus(line: dict[str, str]) -> None:
    token, expect = line["json"], line["expect"]

    def read() -> float:
        value = parse_json(token.encode())
        take = whole if isinstance(value, int) else number
        return take(value, "value")

    verdict = _cause(read)
    if expect in ("accept", "accept-exact-or-reject", "by-field"):
        assert verdict == "taken"
        assert read() == float(token) if "." in token or "e" in token else read() == int(token)
    else:
        assert verdict in ("not_json", "shape")


def test_a_whole_number_that_a_float_would_change_is_refused_as_a_number() -> None:
    assert _cause(lambda: number(2**53 + 1, "value")) == "shape"
    assert number(2**53, "value") == 2**53
    assert whole(2**53 + 1, "value") == 2**53 + 1


def test_the_range_of_a_field_makes_a_row_doubtful_on_either_side() -> None:
    assert number(1, "ratio", low=0, high=1) == 1
    assert number(0, "ratio", low=0, high=1) == 0
    for value in (-1, Decimal("1.0000001")):
        with pytest.raises(Doubtful, match=r"^ratio: .* is outside 0 to 1$"):
            number(value, "ratio", low=0, high=1)
    assert whole(0, "calls", low=0) == 0
    with pytest.raises(Doubtful, match=r"^calls: -1 is outside 0"):
        whole(-1, "calls", low=0)
    assert money("0", "cost", low=Decimal(0)) == 0
    with pytest.raises(Doubtful, match=r"^cost: -0.01 is below 0$"):
        money("-0.01", "cost", low=Decimal(0))


def test_negative_zero_is_zero() -> None:
    assert math.copysign(1, number(parse_json(b"-0.0"), "value")) == 1
    assert str(money(parse_json(b"-0.00"), "cost")) == "0.00"


def test_numeric_text_is_a_number_only_where_the_field_is_declared_so() -> None:
    assert number("12.5", "value", text_ok=True) == 12.5
    assert whole("12", "value", text_ok=True) == 12
    for wrong in ("NaN", "+Inf", "12,5", "1 234", "0x1F", "1_000", "", "٣", " 1", "+1", ".5", "1.", "1e9999"):
        assert _cause(lambda wrong=wrong: number(wrong, "value", text_ok=True)) == "shape"  # type: ignore[misc]


def test_too_large_for_a_float_is_refused_without_computing_it() -> None:
    for token in (b"1e400", b"1e999999999", b"-1e400"):
        assert _cause(lambda token=token: number(parse_json(token), "value")) == "shape"  # type: ignore[misc]
        assert _cause(lambda token=token: whole(parse_json(token), "value")) == "shape"  # type: ignore[misc]
        assert _cause(lambda token=token: money(parse_json(token), "value")) == "doubtful"  # type: ignore[misc]
        assert _cause(lambda token=token: moment(parse_json(token), "seen", unit="s")) == "doubtful"  # type: ignore[misc]
    assert _cause(lambda: number(10**400, "value")) == "shape"
    assert _cause(lambda: whole(2**63, "value")) == "shape"
    assert _cause(lambda: whole(Decimal("9.3e18"), "value")) == "shape"


def test_a_whole_number_may_be_written_with_a_point_but_have_no_fraction() -> None:
    assert whole(parse_json(b"12.0"), "value") == 12
    assert whole(parse_json(b"1.5e3"), "value") == 1500
    with pytest.raises(SourceError, match="one with a fraction"):
        whole(parse_json(b"12.5"), "value")


def test_values_of_tables_are_numbers_too_but_never_nan() -> None:
    assert number(0.1, "value") == 0.1
    assert money(0.1, "value") == Decimal("0.1")
    for wrong in (math.nan, math.inf, Decimal("NaN"), Decimal("Infinity"), b"1", None, True):
        assert _cause(lambda wrong=wrong: number(wrong, "value")) == "shape"  # type: ignore[misc]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=12))
def test_money_keeps_every_digit(amount: Decimal) -> None:
    assert money(parse_json(f"{amount:f}".encode()), "cost") == amount
    assert money(f"{amount:f}", "cost") == amount


def test_money_beyond_belief_is_doubtful_on_its_side_of_the_limit() -> None:
    assert money("999999999999999.99", "cost") == Decimal("999999999999999.99")
    for wrong in (b"1000000000000000", b"-1000000000000000", b"-1e-999999999", b"0e-999999999"):
        amount = parse_json(wrong)
        assert _cause(lambda amount=amount: money(amount, "cost", low=Decimal(0))) == "doubtful"  # type: ignore[misc]


@pytest.mark.parametrize("line", _lines("timestamps.jsonl"))
def test_times_get_the_verdict_of_the_corpus(line: dict[str, str]) -> None:
    value, expect = line["value"], line["expect"]
    naked, _, name = value.partition(" Europe/")
    zone = ZoneInfo(f"Europe/{name}") if name else None
    verdict = _cause(lambda: moment(naked, "seen", zone=zone))
    allowed = {
        "needs-configured-zone": {"shape"},
        "quarantine": {"doubtful"} | ({"shape"} if value == "-1" else set()),
        "by-unit": {"shape"},  # no unit was declared
        "needs-fold": {"doubtful"},
        "reject-or-shift": {"doubtful"},
        "reject": {"shape"},
    }.get(expect, {"taken"} | ({"shape"} if expect.endswith("-or-reject") else set()))
    assert verdict in allowed
    if verdict == "taken":
        assert moment(value, "seen") == datetime.fromisoformat(expect.removesuffix("-or-reject"))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1795428000", "s", _NOON),
        (1795428000, "s", _NOON),
        ("1795428000000", "ms", _NOON),
        (1795428000000000, "us", _NOON),
        ("1795428000000000000", "ns", _NOON),
        ("1795428000.5", "s", _NOON + timedelta(seconds=0.5)),
        (Decimal("1795428000.1234567"), "s", _NOON + timedelta(microseconds=123456)),
        (1795428000000000999, "ns", _NOON),
        (1795428000.25, "s", _NOON + timedelta(seconds=0.25)),
    ],
)
def test_a_number_is_a_time_in_the_declared_unit(value: object, unit: Any, expected: datetime) -> None:
    assert moment(value, "seen", unit=unit) == expected


@pytest.mark.parametrize(
    ("value", "unit"),
    [("-1", "s"), (0, "s"), (1795428000, "ms"), (1795428000000, "s"), (10**30, "s"), (10**18, "s"), ("1e300", "ns")],
)
def test_a_number_in_the_wrong_unit_is_doubtful(value: object, unit: Any) -> None:
    assert _cause(lambda: moment(value, "seen", unit=unit)) == "doubtful"


def test_a_number_without_a_declared_unit_is_no_time() -> None:
    with pytest.raises(SourceError, match=r"^seen: expected a time with its zone, found a number without a declared"):
        moment(1795428000, "seen")


def test_believable_times_begin_in_2000_and_end_before_2100() -> None:
    assert moment("2000-01-01T00:00:00Z", "seen").year == 2000
    assert moment("2099-12-31T23:59:59.999999Z", "seen").year == 2099
    for wrong in (
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
    ):
        assert _cause(lambda wrong=wrong: moment(wrong, "seen")) == "doubtful"  # type: ignore[misc]


def test_a_local_time_needs_its_zone_and_a_day_begins_at_its_first_instant() -> None:
    assert moment("2026-11-23 11:00:00", "seen", zone=_BERLIN) == _NOON
    assert moment("2026-11-23", "day", zone=_BERLIN) == datetime(2026, 11, 22, 23, tzinfo=UTC)
    # Santiago skips midnight of this day: it begins at one
    assert moment("2026-09-06", "day", zone=ZoneInfo("America/Santiago")) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert moment("2026-10-25T02:30:00", "seen", zone=_BERLIN, fold=0).hour == 0
    assert moment("2026-10-25T02:30:00", "seen", zone=_BERLIN, fold=1).hour == 1
    with pytest.raises(SourceError, match="set timezone"):
        moment("2026-11-23 11:00:00", "seen")


def test_times_of_tables_are_taken_as_they_are() -> None:
    assert moment(datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2))), "seen") == _NOON
    assert moment(datetime(2026, 11, 23, 11), "seen", zone=_BERLIN) == _NOON  # noqa: DTZ001 - as Parquet gives it
    assert moment(date(2026, 11, 23), "day", zone=ZoneInfo("UTC")) == datetime(2026, 11, 23, tzinfo=UTC)
    assert _cause(lambda: moment(None, "seen")) == "shape"
    assert _cause(lambda: moment(["2026"], "seen")) == "shape"


def test_a_missing_step_of_a_path_is_named() -> None:
    answer = parse_json(b'{"data": {"result": [{"value": 1}]}, "empty": null}')
    assert need(answer, "data", "result", 0, "value") == 1
    assert need(answer, "data", "result", -1, "value") == 1
    assert need(answer) is answer
    for path, words in (
        (("data", "results"), "data: expected a table with 'results', found one without it"),
        (("data", "result", 1), "data.result: expected a list of at least 2, found one without it"),
        (("data", "result", "x"), "data.result: expected a table with 'x', found a list"),
        (("data", 0), "data: expected a list of at least 1, found a table"),
        (("empty", "x"), "empty: expected a table with 'x', found null"),
    ):
        with pytest.raises(SourceError) as caught:
            need(answer, *path)
        assert str(caught.value) == words
        assert find(answer, *path) is None
    assert find(answer, "data", "result", 0, "value") == 1


def test_each_type_is_taken_or_refused_with_its_place() -> None:
    assert table({"a": 1}, "answer") == {"a": 1}
    assert rows([1], "data") == [1]
    assert text("a", "name") == "a"
    for take, value, words in (
        (table, [], "answer: expected a table, found a list"),
        (rows, {}, "answer: expected a list, found a table"),
        (text, 1, "answer: expected text, found a number"),
        (table, "<p>\x1b[31m", "answer: expected a table, found '<p>\N{REPLACEMENT CHARACTER}[31m'"),
    ):
        with pytest.raises(SourceError) as caught:
            take(value, "answer")
        assert str(caught.value) == words
    with pytest.raises(SourceError, match=r"^the answer: expected a table, found null$"):
        table(None, "")
    with pytest.raises(Doubtful, match="text of 100001 characters"):
        text("x" * 100_001, "name")


def test_halves_of_surrogate_pairs_are_replaced_everywhere() -> None:
    answer = parse_json(rb'{"\ud800k": ["\udc00", "\ud83d\ude00", 1.5, null], "n": true}')
    assert answer == {
        "\N{REPLACEMENT CHARACTER}k": ["\N{REPLACEMENT CHARACTER}", "\N{GRINNING FACE}", Decimal("1.5"), None],
        "n": True,
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON: Expecting value at character 0"),
        (b"<html>sign in</html>", "it looks like a web page, perhaps a login"),
        (b"\xff\xfe", r"not UTF-8 \(byte 0\)"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5_000, "a number of absurd length"),
        (b"1e9999999999999999999999", "a number of absurd length"),
        (b"[NaN]", "holds NaN"),
        (b'{"v": 1, "v": 2}', "the key 'v' stands twice"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(body: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        parse_json(body)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": {"message": "quota"}}, "quota"),
        ({"error": "out of\nmemory \x1b[31m"}, "out of memory"),
        ({"errors": [{"message": "no such field"}, {"message": "second"}]}, "no such field"),
        ({"error": True, "message": "failed"}, "failed"),
        ({"error": {"code": 7}}, "no words"),
        ({"error": {"message": {"detail": "deep"}}}, "deep"),
        ({"error": [3]}, "no words"),
        ({"status": "error"}, "the answer says that it failed"),
        ({"status": "error", "errorType": "timeout", "error": "query timed out"}, "query timed out"),
    ],
)
def test_an_error_inside_a_200_is_the_sources_own(answer: object, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        upstream_error(answer)
    assert caught.value.cause == "upstream"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "answer", [[], None, 3, {}, {"error": None}, {"errors": []}, {"errors": 0}, {"status": "success"}]
)
def test_an_answer_without_complaint_passes(answer: object) -> None:
    upstream_error(answer)


def test_a_row_for_quarantine_is_written_as_it_came_and_cut() -> None:
    assert raw({"a": Decimal("1.50"), "t": _NOON}) == '{"a": "1.50", "t": "2026-11-23 10:00:00+00:00"}'
    assert len(raw(["x" * 9_000])) == 2_000
