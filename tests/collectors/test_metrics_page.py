"""A page of metrics reads back as it was written, for our own reader and for Prometheus' own."""

import math
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.exposition import read
from collectors.metrics_page import Gauge, page

_HOSTILE = 'a "b" \\n \\ \n\r\u2028 {x="y"} # HELP \u202e\x1b[31m'


@given(
    st.text(st.characters(codec="utf-8")),
    st.floats(allow_nan=False) | st.integers(-(2**53), 2**53) | st.booleans(),
)
def test_whatever_stands_in_a_label_reads_back(text: str, value: float) -> None:
    found = read(page([Gauge("x_rows", f"About {text}", [({"name": text}, value)])]))
    assert [(line.name, line.labels, line.value) for line in found.lines] == [("x_rows", {"name": text}, value)]
    assert found.types == {"x_rows": "gauge"}


def test_a_metric_without_a_value_is_left_out() -> None:
    assert page([Gauge("x_rows", "Rows.", [])]) == b""


def test_a_metric_has_its_meaning_and_type_once() -> None:
    written = page([Gauge("x_rows", "Rows\nof \\x.", [({"a": "1", "b": "2"}, 3), ({}, math.inf)])])
    assert written.decode().splitlines() == [
        "# HELP x_rows Rows\\nof \\\\x.",
        "# TYPE x_rows gauge",
        'x_rows{a="1",b="2"} 3.0',
        "x_rows{} inf",
    ]


def test_text_that_no_encoding_holds_is_replaced() -> None:
    (line,) = read(page([Gauge("x_rows", "Rows.", [({"a": "b\ud800"}, 1)])])).lines
    assert line.labels == {"a": "b?"}


def test_prometheus_itself_can_read_it(need: Callable[..., None]) -> None:
    need("promtool")
    values = [({"name": _HOSTILE}, 1.0), ({"name": "other"}, 1e300), ({}, math.inf)]
    checked = subprocess.run(
        ("promtool", "check", "metrics"),
        input=page([Gauge("x_rows", _HOSTILE, values)]),
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


@pytest.mark.parametrize("value", [1_763_892_000.123456, 0.1, 1e-9])
def test_times_and_fractions_keep_their_digits(value: float) -> None:
    assert read(page([Gauge("x_seconds", "Time.", [({}, value)])])).lines[0].value == value
