"""The runner: each source on its own, bounded, with a named cause, also when it is stopped."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors import runner
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.files import FileStore
from collectors.runner import Client, Plan, Tools
from collectors.settings import Limits, RouteSettings, SourceSettings
from store.errors import SourceError
from store.progress import Progress
from store.records import Missing, Outcome, Parsed, Rejected, Sample, Unrouted
from store.values import Duration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Network:
    """The network of a source that nobody asks."""

    requests: int = 3
    received: int = 99
    skew: float | None = 1.5

    async def get(self, url: str, params: Any = None, headers: Any = None) -> bytes:  # noqa: ARG002
        return b""

    async def post(self, url: str, *, json: Any = None, form: Any = None, headers: Any = None) -> bytes:  # noqa: ARG002
        return b""


class FakeKind:
    """A kind whose fetch and parse are given; everything around them is the real runner."""

    Settings = dict

    def __init__(self, fetch: Callable[[], AsyncIterator[bytes]], rows: list[Parsed], kind: Kind | None = None) -> None:
        self.KIND = kind or Kind("tests", "nothing", "none", restate=timedelta(minutes=15), lag=timedelta(minutes=1))
        self._fetch, self._rows = fetch, rows

    async def fetch(self, reach: Reach, settings: Any, window: Window) -> AsyncGenerator[Answer, None]:  # noqa: ARG002
        await reach.http.get("x")
        async for body in self._fetch():
            yield Answer(body, window)

    def parse(self, answer: Answer, source: Source, settings: Any) -> Iterator[Parsed]:  # noqa: ARG002
        if answer.body == b"broken":
            raise ZeroDivisionError
        yield from self._rows


async def pages(*bodies: bytes) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body


async def failing(error: BaseException, *before: bytes) -> AsyncIterator[bytes]:
    for body in before:
        yield body
    raise error


async def hanging() -> AsyncIterator[bytes]:
    yield b"first"
    await asyncio.Event().wait()


def sample(minute: int = 0) -> Sample:
    return Sample("bot", "latency", "avg", NOW - timedelta(minutes=minute), 1.0)


def plan(fetch: Callable[[], AsyncIterator[bytes]], found: list[Parsed] | None = None, /, **limits: Any) -> Plan:
    settings = SourceSettings("prom", "prometheus", system="bot", limits=replace(Limits(), **limits))
    return runner.plan(settings, FakeKind(fetch, [sample()] if found is None else found), None, NOW)


@asynccontextmanager
async def network(_: SourceSettings) -> AsyncIterator[Client]:
    yield Network()


TOOLS = Tools(network, lambda s: FileStore(s.limits.body_bytes), lambda text: text.replace("hunter2", "***"))


async def collected(*plans: Plan) -> list[Outcome]:
    return await runner.collect(plans, TOOLS, 8, asyncio.Event())


async def test_a_source_that_answers_is_complete_and_counted() -> None:
    (outcome,) = await collected(plan(lambda: pages(b"1", b"2"), [sample(), Unrouted("x"), Unrouted("x")]))
    run = outcome.run
    assert (run.state, run.cause, run.rows, run.unrouted, run.requests, run.received_bytes) == (
        "complete",
        "",
        2,
        4,
        3,
        99,
    )
    assert run.detail == "4 rows of 1 labels are no system here: x"
    assert run.skew_seconds == 1.5
    assert outcome.reached == outcome.run.window_end


@pytest.mark.parametrize(
    ("fetch", "state", "cause"),
    [
        (lambda: failing(SourceError("auth", "401 hunter2")), "failed", "auth"),
        (lambda: failing(SourceError("throttled", "429", retry_after=90.0), b"1"), "partial", "throttled"),
        (lambda: pages(b"broken"), "failed", "internal"),
        (lambda: pages(b"1", b"broken"), "partial", "internal"),
        (lambda: failing(TimeoutError()), "failed", "timeout"),
    ],
)
async def test_what_goes_wrong_has_a_name_and_keeps_what_came_before(
    fetch: Callable[[], AsyncIterator[bytes]], state: str, cause: str
) -> None:
    (outcome,) = await collected(plan(fetch))
    assert (outcome.run.state, outcome.run.cause) == (state, cause)
    assert "hunter2" not in outcome.run.detail
    assert outcome.reached is None
    assert (outcome.run.retry_after is not None) == (cause == "throttled")


async def test_one_broken_source_does_not_stop_the_others() -> None:
    outcomes = await collected(plan(lambda: pages(b"broken")), plan(lambda: pages(b"1")), plan(lambda: pages(b"1")))
    assert sorted(o.run.state for o in outcomes) == ["complete", "complete", "failed"]


async def test_a_hanging_source_ends_at_its_limit() -> None:
    (outcome,) = await collected(plan(hanging, source=Duration(0)))
    assert outcome.run.cause == "timeout"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"rows": 3}, "more than 3 rows (limits.rows); ask for less or raise the limit"),
        ({"pages": 2}, "more than 2 pages (limits.pages)"),
    ],
)
async def test_too_much_is_cut_and_said(limits: dict[str, Any], words: str) -> None:
    (outcome,) = await collected(plan(lambda: pages(*[b"1"] * 9), **limits))
    assert (outcome.run.state, outcome.run.cause, outcome.run.detail) == ("partial", "too_large", words)


async def test_rejected_rows_are_kept_without_secrets_and_missing_series_make_the_run_partial() -> None:
    rows: list[Parsed] = [sample(), Rejected("no number: hunter2", "hunter2"), *(Missing(f"m{i}") for i in range(7))]
    (outcome,) = await collected(plan(lambda: pages(b"1"), rows))
    assert outcome.rejected == (Rejected("no number: ***", "***"),)
    assert (outcome.run.state, outcome.run.rejected) == ("partial", 1)
    assert outcome.run.detail == "expected, not found: m0, m1, m2, m3, m4 and 2 more"
    assert outcome.reached == outcome.run.window_end


async def test_when_stopped_the_finished_count_and_the_rest_is_interrupted() -> None:
    stop = asyncio.Event()
    plans = [plan(lambda: pages(b"1")), plan(hanging)]
    outcomes = await runner.collect(plans, TOOLS, 8, stop, lambda _: stop.set())
    assert sorted(o.run.state for o in outcomes) == ["complete", "interrupted"]


async def test_a_long_window_is_read_in_slices_and_a_limit_keeps_those_before() -> None:
    kind = Kind("tests", "nothing", "none", first=timedelta(days=20), slice=timedelta(days=7))
    settings = SourceSettings("prom", "prometheus", system="bot", limits=replace(Limits(), rows=2))
    made = runner.plan(settings, FakeKind(lambda: pages(b"1"), [sample()], kind), None, NOW)
    (outcome,) = await collected(made)
    assert (outcome.run.state, outcome.run.cause) == ("partial", "too_large")
    assert outcome.reached == NOW - timedelta(days=6)
    whole = replace(made, settings=replace(settings, limits=Limits()))
    (outcome,) = await collected(whole)
    assert (outcome.run.state, outcome.run.rows, outcome.reached) == ("complete", 3, NOW)


async def test_a_file_still_being_written_leaves_the_window_open() -> None:
    class Halfway(FileStore):
        def __init__(self, limit: int) -> None:
            super().__init__(limit)
            self.unfinished = ["costs.csv"]

    tools = replace(TOOLS, files=lambda s: Halfway(s.limits.body_bytes))
    (outcome,) = await runner.collect([plan(lambda: pages(b"1"))], tools, 8, asyncio.Event())
    assert (outcome.run.state, outcome.run.cause, outcome.reached) == ("partial", "file", None)
    assert "costs.csv" in outcome.run.detail


def progress(**kept: Any) -> Progress:
    return replace(Progress("prom", NOW - timedelta(hours=1), NOW - timedelta(hours=1), None, 0, None), **kept)


def test_the_window_starts_where_the_last_one_ended_less_what_is_restated() -> None:
    kind = FakeKind(pages, [])
    settings = SourceSettings("prom", "prometheus", system="bot")
    first = runner.plan(settings, kind, None, NOW).window
    assert (first.start, first.end) == (NOW - timedelta(days=30, minutes=1), NOW - timedelta(minutes=1))
    second = runner.plan(settings, kind, progress(), NOW).window
    assert second.start == NOW - timedelta(hours=1, minutes=15)
    since = NOW - timedelta(days=3)
    assert runner.plan(settings, kind, progress(), NOW, since).window.start == since
    own = replace(settings, first=Duration(60), restate=Duration(0), lag=Duration(0))
    assert runner.plan(own, kind, None, NOW).window == Window(NOW - timedelta(minutes=1), NOW, NOW)
    assert runner.plan(own, kind, progress(), NOW).window.start == NOW - timedelta(hours=1)


async def test_a_source_that_failed_often_rests_and_is_then_tried_once() -> None:
    kind = FakeKind(lambda: pages(b"1"), [sample()])
    settings = SourceSettings("prom", "prometheus", system="bot")
    resting = runner.plan(settings, kind, progress(failures=6, last_started=NOW), NOW)
    (outcome,) = await collected(resting)
    assert (outcome.run.state, outcome.run.cause) == ("failed", "circuit")
    tried = runner.plan(settings, kind, progress(failures=6), NOW)
    (outcome,) = await collected(tried)
    assert outcome.run.state == "complete"


def test_rows_are_routed_by_the_source_or_by_a_label() -> None:
    kind = FakeKind(pages, [])
    whole = Plan(SourceSettings("p", "k", system="bot"), kind, Window(NOW, NOW, NOW)).source
    assert whole.system_of({}) == "bot"
    routed = SourceSettings("p", "k", route=RouteSettings("system", {"a": "bot"}))
    source = Plan(routed, kind, Window(NOW, NOW, NOW)).source
    assert [source.system_of(labels) for labels in ({"system": "a"}, {"system": "b"}, {})] == ["bot", None, None]
    assert Plan(SourceSettings("p", "k"), kind, Window(NOW, NOW, NOW)).source.system_of({}) is None
