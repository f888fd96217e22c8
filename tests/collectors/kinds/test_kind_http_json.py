"""Any JSON answer by a mapping: paging that ends, exact costs, windows, changes that wait."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.http_json import Paging, RowMap, Settings
from store.errors import SourceError
from store.records import Change, CostLine, Evaluation, Parsed, Rejected, Sample, Unrouted
from store.values import Duration

URL = "https://usage.example/api/v1/usage"
WINDOW = Window(
    datetime(2026, 11, 22, 10, tzinfo=UTC),
    datetime(2026, 11, 22, 13, tzinfo=UTC),
    datetime(2026, 11, 22, 13, tzinfo=UTC),
)
LATENCY = RowMap(
    "sample",
    {"time": "bucket", "value": "latency_ms", "n": "calls"},
    labels={"project": "project", "model": "model"},
    dims=("model",),
    metric="gen_ai.client.operation.duration",
    stat="avg",
    unit="s",
    scale=Decimal("0.001"),
    period=Duration(3600),
)
USAGE = Settings(
    URL,
    LATENCY,
    params={"from": "$start", "to": "$end", "limit": "500"},
    rows="data.items",
    paging=Paging(cursor="data.next", param="cursor"),
)
Gather = Callable[..., list[Parsed]]


def test_rows_become_samples_page_by_page(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    folder = fixtures / "http_json"
    http = replay(
        lambda asked: (folder / ("usage_page2.json" if "cursor" in asked.sent else "usage_page1.json")).read_bytes()
    )
    found = gather("http_json", USAGE, WINDOW, by_label("project", "support-bot"), http)
    assert [each.sent for each in http.asked] == [
        {"from": "2026-11-22T10:00:00Z", "to": "2026-11-22T13:00:00Z", "limit": "500"},
        {"from": "2026-11-22T10:00:00Z", "to": "2026-11-22T13:00:00Z", "limit": "500", "cursor": "c2"},
    ]
    samples = [each for each in found if isinstance(each, Sample)]
    assert [(each.seen.hour, each.value, each.n, each.dims) for each in samples] == [
        (11, 0.8125, 120, {"model": "m1"}),
        (12, 0.79, 110, {"model": "m1"}),
        (13, 0.9, 90, {"model": "m1"}),
    ]
    assert [each for each in found if isinstance(each, Unrouted)] == [
        Unrouted("elsewhere"),
        Unrouted("no label project"),
    ]
    assert (
        len([each for each in found if isinstance(each, Rejected)]) == 1
    )  # 1970; the row at 13:00 is the next window's


@pytest.mark.parametrize("cursor", ["c1", 7])
def test_a_cursor_that_comes_again_ends_the_paging(
    cursor: Any, replay: Any, gather: Gather, one_system: Source
) -> None:
    counter = iter(range(100))
    http = replay(lambda _: json.dumps({"data": {"items": [], "next": cursor}, "at": next(counter)}).encode())
    gather("http_json", USAGE, WINDOW, one_system, http)
    assert len(http.asked) == 2


def test_a_page_that_comes_again_ends_the_paging(replay: Any, gather: Gather, one_system: Source) -> None:
    counter = iter(range(100))
    same = json.dumps({"data": {"items": []}}).encode()
    http = replay(lambda _: same)
    paging = Paging(param="page", first=0)
    settings = Settings(URL, LATENCY, rows="data.items", paging=paging)
    gather("http_json", settings, WINDOW, one_system, http)
    assert [each.sent for each in http.asked] == [{"page": "0"}]  # a page without rows is the last
    row = {"bucket": "2026-11-22T10:00:00Z", "latency_ms": 1}
    http = replay(lambda _: json.dumps({"data": {"items": [row]}}).encode())
    found = gather("http_json", settings, WINDOW, one_system, http)
    assert [each.sent for each in http.asked] == [{"page": "0"}, {"page": "1"}]
    assert len(found) == 1
    http = replay(
        lambda _: json.dumps({"data": {"items": [row] if next(counter) < 2 else []}, "x": next(counter)}).encode()
    )
    gather("http_json", settings, WINDOW, one_system, http)
    assert len(http.asked) == 2


def test_links_are_followed_on_the_same_server_only(replay: Any, gather: Gather, one_system: Source) -> None:
    links = iter(["/api/v1/usage?page=2", "https://usage.example/api/v1/usage?page=3", None])
    http = replay(lambda _: json.dumps({"items": [], "next": next(links)}).encode())
    settings = Settings(URL, LATENCY, rows="items", paging=Paging(link="next"))
    gather("http_json", settings, WINDOW, one_system, http)
    assert len(http.asked) == 3
    for elsewhere in ("https://elsewhere.example/steal", "http://usage.example/x", "https://[", "file:///etc/passwd"):
        http = replay(lambda _, link=elsewhere: json.dumps({"items": [], "next": link}).encode())
        with pytest.raises(SourceError) as error:
            gather("http_json", settings, WINDOW, one_system, http)
        assert error.value.cause == "redirect"


def test_a_question_with_a_body_is_posted(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda asked: b'{"items":[],"next":%s}' % (b"null" if "after" in asked.sent else b'"x"'))
    settings = Settings(
        URL,
        LATENCY,
        body={"range": {"gte": "$start"}, "fields": ["a", "$end"], "n": 5},
        time_format="epoch_ms",
        rows="items",
        paging=Paging(cursor="next", param="after"),
    )
    gather("http_json", settings, WINDOW, one_system, http)
    first = {"range": {"gte": "1795341600000"}, "fields": ["a", "1795352400000"], "n": 5}
    assert [(each.method, each.sent) for each in http.asked] == [("POST", first), ("POST", first | {"after": "x"})]


@pytest.mark.parametrize(("form", "written"), [("epoch", "1795341600"), ("date", "2026-11-22")])
def test_the_window_is_written_as_the_source_wants(
    form: Any, written: str, replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: b"")
    settings = Settings(URL, LATENCY, params={"since": "$start"}, time_format=form, paging=Paging())
    assert gather("http_json", settings, WINDOW, one_system, http) == []
    assert http.asked[0].sent == {"since": written}


def test_paging_without_anything_to_follow_asks_once(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b"[]")
    for paging in (None, Paging()):
        gather("http_json", Settings(URL, LATENCY, paging=paging), WINDOW, one_system, http)
    assert len(http.asked) == 2


def test_costs_are_exact_and_the_running_day_is_not_final(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    rules = RowMap(
        "cost",
        {"time": "day", "value": "amount_cents", "id": "item", "quantity": "tokens"},
        labels={"project": "project", "user": "project"},
        scale=Decimal("0.01"),
        period=Duration(86_400),
        timezone="UTC",
    )
    http = replay(lambda _: (fixtures / "http_json" / "costs.json").read_bytes())
    found = gather("http_json", Settings(URL, rules), WINDOW, by_label("project", "support-bot"), http)
    assert found == [
        CostLine(
            "support-bot",
            "provider_usage",
            datetime(2026, 11, 22, tzinfo=UTC),
            datetime(2026, 11, 23, tzinfo=UTC),
            "project=support-bot, m1 input",
            effective_cost=Decimal("0E-9"),
            consumed_quantity=Decimal("12.000000"),
        )
    ]
    later = Window(WINDOW.start - timedelta(days=1), WINDOW.end + timedelta(days=1), WINDOW.now)
    found = gather("http_json", Settings(URL, rules), later, by_label("project", "support-bot"), http)
    assert [
        (each.effective_cost, each.is_final, each.consumed_quantity) for each in found if isinstance(each, CostLine)
    ] == [
        (Decimal("12.345000000"), True, Decimal("1000000.000000")),
        (Decimal("0E-9"), True, Decimal("12.000000")),
        (Decimal("0.100000000"), False, None),
    ]


def test_days_of_a_zone_are_that_zones_days(read_one: Any, one_system: Source) -> None:
    rules = RowMap("cost", {"time": "day", "value": "v"}, period=Duration(86_400), timezone="Europe/Berlin")
    body = b'[{"day":"2026-11-22","v":1}]'
    (line,) = read_one("http_json", body, Settings(URL, rules), one_system, WINDOW)
    assert line.charge_period_start == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_scores_become_evaluations_and_a_failed_run_an_error(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    rules = RowMap(
        "evaluation",
        {
            "time": "finished",
            "value": "score",
            "id": "run",
            "suite": "set",
            "n": "cases",
            "errors": "failed",
            "url": "link",
        },
        labels={"project": "project"},
        scorer="accuracy",
        scale=Decimal("0.01"),
        time_unit="s",
        time_is="end",
    )
    http = replay(lambda _: (fixtures / "http_json" / "scores.json").read_bytes())
    window = Window(WINDOW.start - timedelta(days=1), WINDOW.end, WINDOW.now)
    found = gather("http_json", Settings(URL, rules, rows="runs"), window, by_label("project", "support-bot"), http)
    scores = [each for each in found if isinstance(each, Evaluation)]
    assert [(each.eval_run, each.value, each.n, each.errors, each.status) for each in scores] == [
        ("r-1", 0.91, 120, None, "ok"),
        ("r-2", None, 0, 120, "error"),
    ]
    assert (scores[0].suite, scores[0].scorer, scores[0].url) == ("golden-v3", "accuracy", "https://eval.example/r-1")
    assert len([each for each in found if isinstance(each, Rejected)]) == 1  # 1.91 on a scale up to 1


def test_changes_wait_until_their_source_says_otherwise(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    rules = RowMap(
        "change",
        {"id": "key", "title": "summary", "author": "author.name", "time": "created", "state": "status", "url": "href"},
        labels={"service": "service"},
        change_class="prompt",
        states={"waiting": "pending", "done": "applied"},
        timezone="UTC",
    )
    http = replay(lambda _: (fixtures / "http_json" / "changes.json").read_bytes())
    found = gather("http_json", Settings(URL, rules, rows="items"), WINDOW, by_label("service", "support-bot"), http)
    first, second = (each for each in found if isinstance(each, Change))
    assert (first.external_id, first.state, first.author, first.requested) == (
        "CHG-9",
        "pending",
        "maria",
        datetime(2026, 11, 20, 9, tzinfo=UTC),
    )
    assert (second.state, second.author, second.requested) == ("applied", "", None)
    assert [each.reason for each in found if isinstance(each, Rejected)] == [
        "state: 'simmering' is not among states",
        "id: nothing there",
    ]


@pytest.mark.parametrize(
    ("at", "seen"),
    [
        ("2026-11-22T09:59:59.999999Z", None),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T13:59:59.999999+01:00", datetime(2026, 11, 22, 12, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-11-22T13:00:00Z", None),
    ],
)
def test_windows_are_half_open(at: str, seen: datetime | None, read_one: Any, one_system: Source) -> None:
    rules = RowMap("sample", {"time": "t", "value": "v"}, metric="m")
    body = json.dumps([{"t": at, "v": -0.0}]).encode()
    found = read_one("http_json", body, Settings(URL, rules), one_system, WINDOW)
    assert [each.seen for each in found] == ([] if seen is None else [seen])
    assert all(str(each.value) == "0.0" for each in found)


def test_a_period_that_has_not_ended_gives_no_sample_yet(read_one: Any, one_system: Source) -> None:
    body = b'[{"bucket":"2026-11-22T12:30:00Z","latency_ms":5},{"bucket":"2026-11-22T09:00:00Z","latency_ms":5}]'
    assert read_one("http_json", body, Settings(URL, LATENCY), one_system, WINDOW) == []


def test_paths_lead_through_lists_and_stop_at_nothing(read_one: Any, one_system: Source) -> None:
    rules = RowMap(
        "sample",
        {"time": "0", "value": "1.value.2"},
        labels={"a": "1.x", "b": "9", "c": "0.z"},
        dims=("a", "b", "c"),
        metric="m",
    )
    body = b'[["2026-11-22T12:30:00Z",{"value":[1,2,3],"x":true}]]'
    (found,) = read_one("http_json", body, Settings(URL, rules), one_system, WINDOW)
    assert (found.value, found.dims) == (3.0, {"a": "True"})


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"null", "shape"),
        (b"{}", "shape"),
        (b'{"data":{"items":{}}}', "shape"),
        (b'{"error":{"message":"quota"}}', "upstream"),
        (b"<html>", "not_json"),
        (b'{"data":{"items":[],"items":[]}}', "shape"),
    ],
)
def test_an_answer_of_another_shape_is_named(body: bytes, cause: str, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError) as error:
        read_one("http_json", body, USAGE, one_system, WINDOW)
    assert error.value.cause == cause


@pytest.mark.parametrize(
    "row", [{}, {"bucket": "x"}, {"bucket": "2026-11-22T10:00:00Z", "latency_ms": "fast"}, 7, None]
)
def test_a_row_of_another_shape_is_set_aside(row: Any, read_one: Any, one_system: Source) -> None:
    body = json.dumps({"data": {"items": [row]}}).encode()
    (found,) = read_one("http_json", body, USAGE, one_system, WINDOW)
    assert isinstance(found, Rejected)
    assert found.raw == json.dumps(row)


SAMPLE = {"time": "t", "value": "v"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: RowMap("sample", {"time": "t"}, metric="m"),
        lambda: RowMap("sample", SAMPLE | {"colour": "c"}, metric="m"),
        lambda: RowMap("sample", SAMPLE),
        lambda: RowMap("sample", SAMPLE, metric="m", stat="counter"),
        lambda: RowMap("cost", SAMPLE),
        lambda: RowMap("evaluation", SAMPLE | {"id": "i"}, suite="s"),
        lambda: RowMap("sample", SAMPLE, metric="m", labels={"user": "u"}, dims=("user",)),
        lambda: RowMap("sample", SAMPLE, metric="m", dims=("model",)),
        lambda: RowMap("sample", SAMPLE, metric="m", timezone="Mars/Olympus"),
        lambda: Paging(cursor="next"),
        lambda: Paging(cursor="next", link="next", param="c"),
        lambda: Settings(URL, RowMap("change", {"id": "i", "title": "t"}), params={"since": "$start"}),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()
