"""Collect sources side by side, each on its own: a hang, a huge answer or a fault of one touches no other."""

import asyncio
import logging
import traceback
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal, Protocol

from collectors.base import Answer, Collector, Files, Http, Reach, Route, Source, Window
from collectors.circuit import Circuit
from collectors.settings import SourceSettings
from store.errors import Cause, SourceError
from store.progress import Progress
from store.records import Missing, Outcome, Record, Rejected, Run, RunState, Unrouted

log = logging.getLogger(__name__)

_NAMED = 5
_UNBROKEN = Circuit()


class Client(Http, Protocol):
    """The network of one source, with what it counted."""

    requests: int
    received: int
    skew: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One source to collect now: its settings, its kind, the window, and the slot that asked for it."""

    settings: SourceSettings
    collector: Collector
    window: Window
    slot: datetime | None = None
    circuit: Circuit = _UNBROKEN

    @property
    def source(self) -> Source:
        """Give what the kind may know of the source."""
        route = self.settings.route
        if route is None:
            return Source(self.settings.name, Route(system=self.settings.system))
        return Source(self.settings.name, Route(label=route.label, systems=route.systems))


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run needs from outside: the network of a source, files, what hides secrets, the clock for durations."""

    client: Callable[[SourceSettings], AbstractAsyncContextManager[Client]]
    files: Callable[[SourceSettings], Files]
    redact: Callable[[str], str] = str
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


def plan(
    settings: SourceSettings,
    collector: Collector,
    held: Progress | None,
    now: datetime,
    since: datetime | None = None,
    slot: datetime | None = None,
) -> Plan:
    """Choose the window: from where the last run ended, less what the source restates, to what has settled."""
    kind = collector.KIND
    end = now - (settings.lag.delta if settings.lag else kind.lag)
    first = end - (settings.first.delta if settings.first else kind.first)
    restate = settings.restate.delta if settings.restate else kind.restate
    start = first if held is None or held.high_water is None else held.high_water - restate
    window = Window(min(since or start, end), end, now)
    circuit = Circuit(held.failures, held.last_started, held.retry_after) if held else _UNBROKEN
    return Plan(settings, collector, window, slot, circuit)


async def collect(
    plans: Sequence[Plan],
    tools: Tools,
    concurrency: int,
    stop: asyncio.Event,
    done: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Run the plans, at most ``concurrency`` at once; give one outcome each.

    When ``stop`` is set, what is finished counts and the rest is marked interrupted, with what it has.
    """
    turn = asyncio.Semaphore(concurrency)
    outcomes: list[Outcome] = []

    async def one(each: _Collecting) -> None:
        try:
            async with turn:
                outcome = await each.outcome()
        except asyncio.CancelledError:
            outcome = each.ended("interrupted", "interrupted", "the collection was stopped")
        outcomes.append(outcome)
        done(outcome)

    tasks = [asyncio.create_task(one(_Collecting(each, tools))) for each in plans]
    stopped = asyncio.create_task(stop.wait())
    unfinished: set[asyncio.Task[object]] = {*tasks}
    while unfinished and not stopped.done():
        ended, _ = await asyncio.wait([*unfinished, stopped], return_when=asyncio.FIRST_COMPLETED)
        unfinished -= ended
    for task in (*unfinished, stopped):
        task.cancel()
    await asyncio.gather(*tasks, stopped, return_exceptions=True)
    return outcomes


@dataclass(slots=True)
class _Collecting:
    """One source being collected: what it gave so far."""

    plan: Plan
    tools: Tools
    started: datetime = field(init=False)
    client: Client | None = None
    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unrouted: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    reached: datetime | None = None
    retry_after: datetime | None = None

    def __post_init__(self) -> None:
        self.started = self.tools.clock()

    async def outcome(self) -> Outcome:
        """Collect, and name the cause of whatever went wrong."""
        self.started = self.tools.clock()
        try:
            if self.plan.circuit.admit(self.plan.window.now):
                self.plan = replace(self.plan, settings=_one_try(self.plan.settings))
        except SourceError as error:
            return self.ended("failed", "circuit", str(error))
        seconds = self.plan.settings.limits.source.seconds
        try:
            async with asyncio.timeout(seconds):
                await self._all()
        except SourceError as error:
            if error.retry_after is not None:
                self.retry_after = self.tools.clock() + timedelta(seconds=min(error.retry_after, 86_400))
            return self._failed(error.cause, str(error))
        except TimeoutError:
            return self._failed("timeout", f"not done after {seconds} s (limits.source)")
        except Exception as error:  # noqa: BLE001 - the one place where a kind's fault must not stop the others
            log.error("a collector failed", extra={"source": self.plan.settings.name, "fault": place_of(error)})  # noqa: TRY400 - a traceback could print values
            return self._failed("internal", f"fault of the program: {place_of(error)}")
        if self.missing:
            return self.ended("partial", "shape", f"expected, not found: {_listed(self.missing)}")
        return self.ended("complete", "", "")

    def ended(self, state: RunState, cause: Cause | Literal[""], words: str) -> Outcome:
        """Describe the run as it ended."""
        settings, window, client = self.plan.settings, self.plan.window, self.client
        notes = [words] if words else []
        if self.unrouted:
            count = sum(self.unrouted.values())
            notes.append(
                f"{count} rows of {len(self.unrouted)} labels are no system here: {_listed(list(self.unrouted))}"
            )
        run = Run(
            run_id=uuid.uuid4().hex[:16],
            source=settings.name,
            kind=settings.kind,
            state=state,
            cause=cause,
            detail=self.tools.redact("; ".join(notes)),
            window_start=window.start,
            window_end=window.end,
            started=self.started,
            finished=max(self.tools.clock(), self.started),
            slot=self.plan.slot,
            rows=len(self.records),
            rejected=len(self.rejected),
            unrouted=sum(self.unrouted.values()),
            requests=client.requests if client else 0,
            received_bytes=client.received if client else 0,
            skew_seconds=client.skew if client else None,
            retry_after=self.retry_after,
        )
        snapshot = self.plan.collector.KIND.snapshot
        return Outcome(run, tuple(self.records), tuple(self.rejected), snapshot, self.reached)

    def _failed(self, cause: Cause, words: str) -> Outcome:
        return self.ended("partial" if self.records else "failed", cause, words)

    async def _all(self) -> None:
        settings = self.plan.settings
        async with self.tools.client(settings) as client:
            self.client = client
            reach = Reach(client, self.tools.files(settings))
            for part in _slices(self.plan.window, self.plan.collector.KIND.slice):
                answers = self.plan.collector.fetch(reach, settings.options, part)
                async with aclosing(_paged(answers, settings.limits.pages)) as pages:
                    async for answer in pages:
                        # In a thread: a page of a million rows must not hold up the other sources' timeouts.
                        await asyncio.to_thread(self._parse, answer)
                if unfinished := reach.files.unfinished:
                    raise SourceError("file", f"still being written, the next run reads it: {_listed(unfinished)}")
                self.reached = part.end

    def _parse(self, answer: Answer) -> None:
        """Sort one answer's rows; stop at the row limit."""
        limit = self.plan.settings.limits.rows
        room = limit - len(self.records) - len(self.rejected)
        rows = iter(self.plan.collector.parse(answer, self.plan.source, self.plan.settings.options))
        for row in islice(rows, room):
            if isinstance(row, Rejected):
                self.rejected.append(Rejected(self.tools.redact(row.reason), self.tools.redact(row.raw)))
            elif isinstance(row, Unrouted):
                self.unrouted[row.label] = self.unrouted.get(row.label, 0) + 1
            elif isinstance(row, Missing):
                self.missing.append(row.what)
            else:
                self.records.append(row)
        if next(rows, None) is not None:
            raise SourceError("too_large", f"more than {limit} rows (limits.rows); ask for less or raise the limit")


def _one_try(settings: SourceSettings) -> SourceSettings:
    """Ask a source that failed repeatedly once, without the usual insistence."""
    return replace(settings, limits=replace(settings.limits, tries=1))


def _slices(window: Window, longest: timedelta | None) -> Iterator[Window]:
    """Part a window into slices that follow each other; an empty window is one empty slice."""
    start = window.start
    while longest is not None and window.end - start > longest:
        yield Window(start, start + longest, window.now)
        start += longest
    yield Window(start, window.end, window.now)


async def _paged(answers: AsyncGenerator[Answer, None], limit: int) -> AsyncGenerator[Answer, None]:
    """Pass pages on, stop a source that has no last one, and end the asking whatever happens to the pages."""
    pages = 0
    try:
        async for answer in answers:
            pages += 1
            if pages > limit:
                raise SourceError("too_large", f"more than {limit} pages (limits.pages)")
            yield answer
    finally:
        await answers.aclose()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def place_of(error: BaseException) -> str:
    """Say which exception came from where, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "unknown"
    return f"{type(error).__name__} at {where}"
