"""Names in PromQL: which metrics does a query ask for, and does the server know them."""

import pytest

from collectors.presets import PRESETS, expand
from collectors.promql import filled, is_named, names_in, selector


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("up", ("up",)),
        ("sum by (system, le) (rate(a_bucket[5m])) / on (system) group_left (b) c offset 5m", ("a_bucket", "c")),
        ("sum without(x)(vllm:tokens_total{a='b', c!=\"d,e}\"}) > bool 3 and inf unless NaN", ("vllm:tokens_total",)),
        ('{__name__=~"vllm[:_]x", a="b"} or {__name__="y.z"} or {__name__=`w`}', ("vllm[:_]x", r"y\.z", "w")),
        (r'{__name__="a\"b"}', ('a"b',)),
        ("histogram_quantile(0.95, x) # not_a_name", ("x",)),
        ("1e3 * 5m_total", ()),
        ("vector(1)", ()),
    ],
)
def test_names_are_found_in_queries(query: str, names: tuple[str, ...]) -> None:
    assert names_in(query) == tuple(names)


def test_a_selector_matches_any_of_the_names() -> None:
    assert selector(["a", r"b\.c", 'd"']) == r'{__name__=~"a|b\\.c|d\""}'


@pytest.mark.parametrize(
    ("patterns", "is_met"),
    [((), False), (("up",), True), (("u",), False), (("gone", "x.*"), True), (("(?<bad",), True)],
)
def test_a_name_is_met_in_full_or_not_at_all(patterns: tuple[str, ...], is_met: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_named(patterns, ["up", "xyz"]) is is_met


def test_labels_fill_what_is_written_in_braces() -> None:
    assert filled("{a}/{b}-c", {"a": "1"}) == "1/-c"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_names_a_metric_and_asks_for_existing_names(preset: str) -> None:
    queries = expand(preset, ("system",), "")
    assert queries
    for query in queries:
        assert names_in(query.query)
        assert query.record != "sample" or query.metric
        assert query.record == "cost" or query.stat == "last" or "$window" in query.query
