"""PromQL over a few hand-written series; the same engine is held against a real Prometheus in its own file."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from collectors.demo.promql import Series, evaluate
from collectors.demo.promql_grid import Grid, Places
from collectors.demo.promql_text import Matcher, PromqlError, seconds, tokens
from collectors.demo.promql_tree import parse

NAN = math.nan


@dataclass(frozen=True)
class Written:
    """A series of ten samples a minute apart."""

    labels: Mapping[str, str]
    samples: list[float]
    begins: int = 0

    def values(self, places: Places) -> list[float]:
        return [self.samples[min(max(number, 0), len(self.samples) - 1)] for number in places.numbers]


@dataclass(frozen=True)
class Few:
    """A database of a few series."""

    series: list[Written] = field(default_factory=list)

    def select(self, matchers: Iterable[Matcher]) -> list[Series]:
        wanted = list(matchers)
        return [s for s in self.series if all(m.accepts(s.labels.get(m.label, "")) for m in wanted)]


def written(name: str, samples: Iterable[float], begins: int = 0, **labels: str) -> Written:
    return Written({"__name__": name, **labels}, list(samples), begins)


DATABASE = Few(
    [
        written("calls", range(0, 600, 60), system="a", code="200"),
        written("calls", range(0, 60, 6), system="a", code="500"),
        written("calls", range(0, 1200, 120), system="b", code="200"),
        written("late", [0, 0, 0, 0, 0, 2, 8, 14, 20, 26], 5, system="a"),
        written("level", [5, 4, 3, 2, 1, 0, 1, 2, 3, 4], system="a"),
        written("took_bucket", range(0, 100, 10), system="a", le="1"),
        written("took_bucket", range(0, 300, 30), system="a", le="2"),
        written("took_bucket", range(0, 400, 40), system="a", le="+Inf"),
        written("took_bucket", [0.0] * 10, system="b", le="1"),
        written("took_bucket", [0.0] * 10, system="b", le="+Inf"),
    ]
)
NOW = 540.0


def asked(query: str, *times: float) -> object:
    found = evaluate(parse(query), Grid(list(times or (NOW,)), 0.0, 60.0, NOW), DATABASE)
    if not isinstance(found, dict):
        return found
    return {" ".join(f"{k}={v}" for k, v in key): column for key, column in found.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('level{system="a"}', {"__name__=level system=a": [4.0]}),
        ("level offset 4m", {"__name__=level system=a": [0.0]}),
        ("nothing", {}),
        ("increase(calls[5m])", {"code=200 system=a": [300.0], "code=500 system=a": [30.0], "code=200 system=b": [600.0]}),
        ("sum by (system) (rate(calls[5m]))", {"system=a": [1.1], "system=b": [2.0]}),
        ("sum without (code) (increase(calls[5m]))", {"system=a": [330.0], "system=b": [600.0]}),
        ("sum(calls) by (code)", {"code=200": [1620.0], "code=500": [54.0]}),
        ("avg(calls)", {"": [558.0]}),
        ("max(calls) - min(calls)", {"": [1026.0]}),
        ("count(calls)", {"": [3.0]}),
        ("group(calls)", {"": [1.0]}),
        ("delta(level[4m])", {"system=a": [4.0]}),
        ("max_over_time(level[9m])", {"system=a": [5.0]}),
        ("min_over_time(level[9m])", {"system=a": [0.0]}),
        ("avg_over_time(level[1m])", {"system=a": [3.5]}),
        ("sum_over_time(level[2m])", {"system=a": [9.0]}),
        ("count_over_time(late[9m])", {"system=a": [5.0]}),
        ("last_over_time(level[3m])", {"__name__=level system=a": [4.0]}),
        ("rate(nothing[5m])", {}),
        ("histogram_quantile(0.5, took_bucket{system='a'})", {"system=a": [1.5]}),
        ("histogram_quantile(0.9, took_bucket{system='a'})", {"system=a": [2.0]}),
        ("histogram_quantile(0.125, took_bucket{system='a'})", {"system=a": [0.5]}),
        ("histogram_quantile(2, took_bucket{system='a'})", {"system=a": [math.inf]}),
        ("histogram_quantile(0.5, calls)", {}),
        ("calls / on (system, code) calls", {"code=200 system=a": [1.0], "code=500 system=a": [1.0], "code=200 system=b": [1.0]}),
        ("level * 2", {"system=a": [8.0]}),
        ("10 - level", {"system=a": [6.0]}),
        ("-level", {"system=a": [-4.0]}),
        ("level > 3", {"__name__=level system=a": [4.0]}),
        ("3 < level", {"__name__=level system=a": [4.0]}),
        ("level > 4", {"__name__=level system=a": [None]}),
        ("level >= bool 4", {"system=a": [1.0]}),
        ("calls > ignoring (code) level", PromqlError),
        ("level == ignoring (code) group_right () calls", {
            "__name__=calls code=200 system=a": [None], "__name__=calls code=500 system=a": [None]}),
        ("calls * on (system) group_left () level", {"code=200 system=a": [2160.0], "code=500 system=a": [216.0]}),
        ("calls{code='500'} > ignoring (code) level", {"__name__=calls system=a": [54.0]}),
        ("level and on (system) calls", {"__name__=level system=a": [4.0]}),
        ("level and on (system) calls{system='b'}", {"__name__=level system=a": [None]}),
        ("level unless on (system) calls{system='b'}", {"__name__=level system=a": [4.0]}),
        ("level or calls{system='b'}", {"__name__=level system=a": [4.0], "__name__=calls code=200 system=b": [1080.0]}),
        ("level or on (system) calls{code='500'}", {
            "__name__=level system=a": [4.0], "__name__=calls code=500 system=a": [None]}),
        ("sum by (system) (level > 4) or 0 * sum by (system) (level)", {"system=a": [0.0]}),
        ("sum by (system) (level) or 0 * sum by (system) (level)", {"system=a": [4.0]}),
        ("clamp_max(level, 3)", {"system=a": [3.0]}),
        ("clamp_min(level, 9)", {"system=a": [9.0]}),
        ("abs(-level)", {"system=a": [4.0]}),
        ("abs(level > 4)", {"system=a": [None]}),
        ('label_replace(level, "x", "<$1>", "system", "(.)")', {"__name__=level system=a x=<a>": [4.0]}),
        ('label_replace(level, "x", "y", "system", "b")', {"__name__=level system=a": [4.0]}),
        ("vector(3)", {"": [3.0]}),
        ("scalar(level)", [4.0]),
        ("2 + 3 * 4 ^ 2 % 5", [5.0]),
        ("2 ^ 3 ^ 2", [512.0]),
        ("0x1F + .5e1", [36.0]),
        ("1 / 0", [math.inf]),
        ("-1 / 0", [-math.inf]),
        ("10 ^ 10 ^ 10", [math.inf]),
        ("1 != bool 2", [1.0]),
        ("time()", [NOW]),
        ('"a\\n\\"b"', 'a\n"b'),
        ("`a\\n`", "a\\n"),
        ('{"level"}', {"__name__=level system=a": [4.0]}),
        ("level # of water", {"__name__=level system=a": [4.0]}),
        ("calls{code!~'5..',system=~'a|b',job!='x',}", {
            "__name__=calls code=200 system=a": [540.0], "__name__=calls code=200 system=b": [1080.0]}),
    ],
)  # fmt: skip
def test_a_query_gives_what_its_arithmetic_says(query: str, expected: object) -> None:
    if expected is PromqlError:
        with pytest.raises(PromqlError):
            asked(query)
        return
    found = asked(query)
    if isinstance(found, dict) and isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, column in expected.items():
            assert found[key] == (column if column == [None] else pytest.approx(column))
    else:
        assert found == expected


@pytest.mark.parametrize(
    "query",
    [
        "0 / 0", "7 % 0", "(-1) ^ 0.5", "scalar(calls)", "scalar(nothing)", "scalar(histogram_quantile(0.5, took_bucket{system='b'}))",
        "scalar(histogram_quantile(0.5, took_bucket{le!='+Inf',system='a'}))",
        "scalar(histogram_quantile(0 / 0, took_bucket{system='a'}))",
        "scalar(histogram_quantile(0.5, took_bucket{le='+Inf',system='a'}))",
    ],
)  # fmt: skip
def test_what_has_no_value_is_not_a_number(query: str) -> None:
    found = asked(query)
    assert isinstance(found, list)
    assert math.isnan(found[0])


def test_a_quantile_of_buckets_that_all_miss_is_missing() -> None:
    assert asked("histogram_quantile(0.5, took_bucket{system='a'} > 1e9)") == {"system=a": [None]}


def test_a_quantile_at_a_bound_without_any_count_inside_is_the_bound_before() -> None:
    assert asked("histogram_quantile(0, took_bucket{system='a'})") == {"system=a": [0.0]}


def test_a_sample_older_than_five_minutes_is_not_current() -> None:
    found = evaluate(parse("level"), Grid([NOW + 300, NOW + 301], 0.0, 60.0, NOW), DATABASE)
    assert list(found.values()) == [[4.0, None]] if isinstance(found, dict) else False


def test_a_series_has_no_value_before_it_begins() -> None:
    assert asked("late", 240, 300) == {"__name__=late system=a": [None, 2.0]}


def test_a_counter_that_begins_inside_the_window_is_not_taken_below_zero() -> None:
    found = asked("increase(late[5m])", 360, 540)
    assert isinstance(found, dict)
    # from 2 to 8 in one minute: the line back to zero is 20 s away, nearer than half a minute
    assert found["system=a"] == [pytest.approx(6 * 80 / 60), pytest.approx(24 * 260 / 240)]


def test_a_difference_may_begin_below_zero() -> None:
    assert asked("delta(late[5m])", 360) == {"system=a": [pytest.approx(9.0)]}


def test_one_sample_makes_no_rate() -> None:
    assert asked("rate(level[30s])") == {"system=a": [None]}
    assert asked("rate(late[2m])", 300) == {"system=a": [None]}


def test_windows_that_follow_each_other_share_their_borders() -> None:
    assert asked("increase(level[1m])", 60, 120, 180) == {"system=a": [-1.0, -1.0, -1.0]}


def test_windows_that_overlap_are_read_at_both_borders() -> None:
    assert asked("increase(level[2m])", 120, 180, 540) == {"system=a": [-2.0, -2.0, 2.0]}


def test_sums_skip_series_without_a_value_at_a_step() -> None:
    assert asked("sum({__name__=~'late|level'})", 240, 300) == {"": [1.0, 2.0]}


def test_an_answer_is_remembered_for_the_same_steps() -> None:
    grid = Grid([NOW], 0.0, 60.0, NOW)
    node = parse("sum(calls)")
    assert evaluate(node, grid, DATABASE) is evaluate(node, grid, Few())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "1:1: parse error: no expression found in input"),
        ("sum((", "1:6: parse error: unexpected end of input"),
        ("sum by ((", '1:9: parse error: unexpected "(" in grouping opts, expected label'),
        ("level)", '1:6: parse error: unexpected ")"'),
        ("level $", "unexpected character: '$'"),
        ("nope(1)", 'unknown function with name "nope"'),
        ("rate(level)", 'expected type range vector in call to function "rate", got instant vector'),
        ("sum(level[1m])", "expected type instant vector in aggregation expression, got range vector"),
        ("vector(1, 2)", 'expected 1 argument(s) in call to "vector", got 2'),
        ("level[1m] + 1", "binary expression must contain only scalar and instant vector types"),
        ('1 + "a"', "binary expression must contain only scalar and instant vector types"),
        ("1 and 2", 'set operator "and" not allowed in binary scalar expression'),
        ("1 == 1", "comparisons between scalars must use BOOL modifier"),
        ("{}", "vector selector must contain at least one non-empty matcher"),
        ("level{1='a'}", "expected identifier"),
        ("level{a>'b'}", "expected label matching operator"),
        ("level{a=b}", "expected string"),
        ("level{a='b' c='d'}", 'expected "}"'),
        ("level{a=~'('}", "error parsing regexp"),
        ("level[x]", "after [, expected duration"),
        ("level offset 5", "after offset, expected duration"),
        ("level[5m", 'expected "]"'),
        ("sum by (1) (level)", "in grouping opts, expected label"),
        ("sum by (a b) (level)", 'in grouping opts, expected ")"'),
        ("-", "unexpected end of input"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused_with_its_place(query: str, words: str) -> None:
    with pytest.raises(PromqlError) as refused:
        parse(query)
    assert refused.value.kind == "bad_data"
    assert str(refused.value).startswith('invalid parameter "query": ')
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("level * on (system) calls", '{system="a"} on the right hand-side of the operation;many-to-many'),
        ("calls * on (system) group_right () level", "on the left hand-side"),
        ("calls * on (system) level", "many-to-one matching must be explicit"),
        ('label_replace(calls, "code", "x", "", "")', "same labelset"),
    ],
)
def test_a_query_that_cannot_be_carried_out_says_why(query: str, words: str) -> None:
    with pytest.raises(PromqlError) as refused:
        asked(query)
    assert refused.value.kind == "execution"
    assert words in str(refused.value)


def test_labels_of_the_one_side_are_included_where_they_have_a_value() -> None:
    shaded = "label_replace(level, 'shade', 'dark', '', '')"
    query = f"calls{{code='200'}} * on (system) group_left (code, shade) {shaded}"
    assert asked(query) == {"shade=dark system=a": [2160.0]}


def test_durations_add_up() -> None:
    assert seconds("1d2h3m4s500ms") == 93784.5
    assert [token.kind for token in tokens("1h 1hour")] == ["duration", "number", "word", "end"]
