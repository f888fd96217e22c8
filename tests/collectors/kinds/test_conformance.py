"""What every kind of source must hold to, found by itself: a module added to ``collectors/kinds`` is tested here."""

import ast
import asyncio
import copy
import importlib
import inspect
import json
import math
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import is_dataclass, replace
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from collectors.access import Access, Credentials
from collectors.base import Answer, Kind, Route, Source, Window
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.runner import Plan, Tools, collect
from collectors.settings import SourceSettings, collector, kinds
from store.decode import decode_all
from store.document import read
from store.errors import SourceError
from store.records import (
    CaseScores,
    Change,
    CostLine,
    Evaluation,
    Incident,
    Missing,
    ModelDates,
    Parsed,
    Rejected,
    Sample,
    Stat,
    Unrouted,
)
from tests.collectors.kinds.case import FIXTURES, NOW, ONE, WINDOW, cases

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "corpora"
KINDS = kinds()
UNITS = {"1", "s", "USD", "{token}", "{request}", "{token}/s"}
CASES = cases()
HTTP = sorted(kind for kind, case in CASES.items() if case.is_http)
KEPT = Sample | CostLine | Evaluation | CaseScores | Change | Incident | ModelDates


def _parsed(kind: str, answer: Answer, source: Source | None = None) -> list[Parsed]:
    return list(collector(kind).parse(answer, source or CASES[kind].source, CASES[kind].make("http://x.example")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_module_of_the_promised_shape(kind: str) -> None:
    module = collector(kind)
    assert inspect.getdoc(module)
    assert isinstance(module.KIND, Kind)
    assert all((module.KIND.gives, module.KIND.needs, module.KIND.limits))
    assert is_dataclass(module.Settings)
    assert module.Settings.__doc__
    assert inspect.isasyncgenfunction(module.fetch)
    assert inspect.isgeneratorfunction(module.parse)
    assert list(inspect.signature(module.fetch).parameters) == ["reach", "settings", "window"]
    assert list(inspect.signature(module.parse).parameters) == ["answer", "source", "settings"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_case_here_and_answers_that_say_where_they_come_from(kind: str) -> None:
    assert CASES[kind].answers()
    assert (CASES[kind].play is None) == (CASES[kind].silent is None)
    assert (FIXTURES / kind / "README.md").read_text()
    assert len(list((FIXTURES / kind).iterdir())) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_configuration_has_its_options(kind: str) -> None:
    sources = read(ROOT / "config.example.toml").table["sources"]
    found = [decode_all(collector(kind).Settings, each["options"]) for each in sources if each["kind"] == kind]
    assert found


@pytest.mark.parametrize("kind", KINDS)
def test_parsing_reads_no_clock_no_file_and_no_network(kind: str) -> None:
    own = {"collectors.files", "collectors.access", "collectors.base"}
    for module in _imported(f"collectors.kinds.{kind}", own):
        tree = ast.parse(inspect.getsource(module))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"datetime.now", "time.time", "open", "Path", "socket.socket", "datetime.today"}, module


def _imported(name: str, without: set[str]) -> Iterator[Any]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen or current in without:
            continue
        seen.add(current)
        module = importlib.import_module(current)
        yield module
        tree = ast.parse(inspect.getsource(module))
        waiting += [
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("collectors.")
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answer_gives_the_same_rows_and_no_identity_twice(kind: str) -> None:
    found = [each for answer in CASES[kind].answers() for each in _parsed(kind, answer)]
    assert found == [each for answer in CASES[kind].answers() for each in _parsed(kind, answer)]
    for answer in CASES[kind].answers():
        identities = [
            _identity(each) for each in _parsed(kind, answer) if not isinstance(each, Rejected | Unrouted | Missing)
        ]
        assert len(identities) == len(set(identities))


def _identity(record: Any) -> tuple[Any, ...]:
    if isinstance(record, Sample):
        dims = tuple(sorted(record.dims.items()))
        return (record.system, record.metric, record.stat, record.unit, record.period, dims, record.seen)
    if isinstance(record, CostLine):
        return (record.system, record.basis, record.charge_period_start, record.charge_period_end, record.line)
    if isinstance(record, Evaluation | CaseScores):
        return (type(record), record.system, record.eval_run, record.suite, record.scorer, record.slice)
    if isinstance(record, ModelDates):
        return (record.provider, record.model)
    return (record.external_id,)


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_in_the_units_and_the_time_of_the_house(kind: str) -> None:
    records = [each for answer in CASES[kind].answers() for each in _parsed(kind, answer)]
    assert any(isinstance(each, KEPT) for each in records)
    for each in records:
        if isinstance(each, Sample):
            assert each.unit in UNITS
            assert each.stat in get_args(Stat)
            assert math.isfinite(each.value)
            assert each.seen.tzinfo is UTC
            assert each.n is None or isinstance(each.n, int)
        elif isinstance(each, CostLine):
            costs = [each.effective_cost, each.billed_cost, each.list_cost, each.contracted_cost]
            assert all(cost is None or (isinstance(cost, Decimal) and cost.as_tuple().exponent == -9) for cost in costs)
            assert each.charge_period_start < each.charge_period_end
            assert {each.charge_period_start.tzinfo, each.charge_period_end.tzinfo} == {UTC}
        elif isinstance(each, Evaluation):
            assert each.value is None or each.scale_min <= each.value <= each.scale_max
            assert (each.value is None) == (each.status == "error")
            assert each.seen.tzinfo is UTC
        elif isinstance(each, CaseScores):
            assert each.seen.tzinfo is UTC
            assert each.scores
            assert all(len(key) == 32 and math.isfinite(score) for key, score in each.scores.items())
        elif isinstance(each, Change):
            assert each.requested is None or each.requested.tzinfo is UTC
        elif isinstance(each, Incident):
            times = (each.started, each.acknowledged, each.resolved)
            assert {when.tzinfo for when in times if when} == {UTC}


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.routes])
def test_what_no_system_of_the_portfolio_claims_is_counted_and_not_stored(kind: str) -> None:
    nobody = Source("recorded", Route(label="system", systems={}))
    found = [each for answer in CASES[kind].answers() for each in _parsed(kind, answer, nobody)]
    assert not [each for each in found if isinstance(each, KEPT) and not isinstance(each, ModelDates)]
    assert [each for each in found if isinstance(each, Unrouted)]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_fields_are_ignored(kind: str) -> None:
    for answer in CASES[kind].answers():
        if answer.body[:1] in b"{[":
            bodies = _documents(answer.body)
            written = "\n".join(json.dumps(each) for each in bodies).encode()
            for each in bodies:
                _surprise(each, CASES[kind].maps, answer.about)
            surprising = "\n".join(json.dumps(each) for each in bodies).encode()
            assert _kept(kind, replace(answer, body=surprising)) == _kept(kind, replace(answer, body=written))


def _documents(body: bytes) -> list[Any]:
    """Decode JSON, or JSON lines."""
    try:
        return [json.loads(body)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in body.splitlines()]


def _kept(kind: str, answer: Answer) -> list[Parsed]:
    return [each for each in _parsed(kind, answer) if not isinstance(each, Rejected)]


def _surprise(value: Any, maps: frozenset[str], name: str) -> None:
    if isinstance(value, dict):
        for key, entry in value.items():
            _surprise(entry, maps, key)
        if name not in maps:
            value["surprise"] = {"of": ["a", "later", "version"]}
    elif isinstance(value, list):
        for entry in value:
            _surprise(entry, maps, "" if name in maps else name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_wrong_types_are_a_named_error_or_a_row_set_aside(kind: str, seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - chooses what is broken
    for answer in CASES[kind].answers():
        for _ in range(25):
            broken = replace(answer, body=_broken(answer.body, rng))
            try:
                found = _parsed(kind, broken)
            except SourceError as error:
                assert error.cause in {"shape", "not_json", "upstream", "encoding", "too_large"}  # noqa: PT017 - either is right
            else:
                assert all(isinstance(each, Parsed) for each in found)


def _broken(body: bytes, rng: Random) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        content = bytearray(body)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(len(content))] = rng.choice(b'\x00"{},=\n x9-\xff')
        return bytes(content)
    places = list(_places(value))
    holder, key = rng.choice(places)
    holder[key] = rng.choice([None, True, "x", -7, 1e300, [], {}, [[]], {"": None}, "2026-13-45", ""])
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, entry in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(entry, dict | list):
            yield from _places(entry)


def _lines(name: str) -> list[Any]:
    if not (SHARED / name).exists():
        return [pytest.param({}, marks=pytest.mark.shared, id="corpus")]
    lines = [json.loads(line) for line in (SHARED / name).read_text().splitlines()]
    lines = [line for line in lines if not _is_of_the_client(line.get("server", {}))]
    return [
        pytest.param(line, marks=pytest.mark.shared, id=str(line.get("id", index)).strip(" ,"))
        for index, line in enumerate(lines)
    ]


_HEALTHY = {"status": 200, "body": "vllm:num_requests_waiting 1\n"}


def _is_of_the_client(server: Mapping[str, Any]) -> bool:
    """Tell faults that no kind can tell apart: they are played against the client alone."""
    return bool({"tls", "proxy"} & set(server)) or server.get("listen") is False


@pytest.mark.parametrize("fault", _lines("http_faults.jsonl"))
async def test_every_fault_of_a_server_is_a_named_cause_and_no_rows_beside_a_healthy_one(
    fault: dict[str, Any], serve: Callable[..., Any]
) -> None:
    server = fault["server"]
    served = serve(server)
    slow = {"hang_s", "drip_headers_s", "drip_body_s"} & set(server)
    bounds = Bounds(read=0.4, total=1.0, body_bytes=1 << 20, pages=20) if slow else Bounds(body_bytes=1 << 20, pages=20)

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    @asynccontextmanager
    async def client(_: SourceSettings) -> AsyncIterator[Any]:
        async with HttpClient(Credentials(), bounds, Gate(), NOW, sleep=at_once) as opened:
            yield opened

    places = {kind: served.url() for kind in HTTP} | {"healthy": serve(_HEALTHY).url()}
    plans = []
    for name, place in places.items():
        kind = name if name in HTTP else "prometheus_scrape"
        source = SourceSettings(name, kind, system="support-bot", options=CASES[kind].make(place))
        plans.append(Plan(source, collector(kind), _short()))
    tools = Tools(client=client, files=lambda _: FileStore(1 << 20))
    outcomes = await collect(plans, tools, len(plans), asyncio.Event())
    (healthy,) = (each for each in outcomes if each.run.source == "healthy")
    assert (healthy.run.state, len(healthy.records)) == ("complete", 1)
    outcomes.remove(healthy)
    assert sorted(each.run.kind for each in outcomes) == HTTP
    for each in outcomes:
        assert each.records == ()
        assert each.run.state in ("failed", "complete", "partial")
        assert each.run.cause != "internal"
        assert (each.run.state == "complete") == (each.run.cause == "")
        assert each.run.detail.isprintable()
        assert each.run.cause in _wanted(fault["expect"], each.run.cause)


def _wanted(expect: str, cause: str) -> set[str]:
    """Give what the corpus wants where it wants one thing of the network; what a body means is the kind's to say."""
    named = re.findall(r"error:(\w+)", expect)
    is_plain = len(named) == 1 and expect.startswith("error:") and " or " not in expect
    network = {"redirect", "network", "timeout", "too_large", "encoding"}
    return {named[0]} if is_plain and named[0] in network else {cause}


def _short() -> Window:
    return Window(NOW - timedelta(minutes=10), NOW, NOW)


HOSTILE = [
    "x'; drop table metrics; --",
    "a\\",
    "../../etc/passwd",
    "[@click=app.quit]x[/]",
    "\u202egnp.exe",
    "a\tb",
    "NULL",
    " lead",
    "%s {x} $window",
    "\U0001f6a8",
    "x" * 5_000,
]
"""A few names that must survive as values wherever the corpora are not at hand; the corpora are read beside them."""


def _names() -> list[str]:
    files = ("hostile_names.jsonl", "markup_text.jsonl", "unicode_text.jsonl", "terminal_escapes.jsonl")
    lines = [line for name in files if (SHARED / name).exists() for line in (SHARED / name).read_text().splitlines()]
    found = [str(json.loads(line).get("name") or json.loads(line).get("text") or "-") for line in lines]
    if (SHARED / "blns" / "blns.json").exists():
        found += json.loads((SHARED / "blns" / "blns.json").read_text())
    return [name for name in HOSTILE + found if name and name.isprintable() | (len(name) < 10_000)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.shared
def test_hostile_names_survive_as_values(kind: str) -> None:
    for name in _names():
        try:
            body, about = CASES[kind].hostile(name)
        except UnicodeEncodeError:
            continue  # half a surrogate pair cannot be sent as UTF-8
        found = _parsed(kind, Answer(body, WINDOW, about, "result.json"), ONE)
        assert len(found) == 1, ascii(name)
        expected = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        assert CASES[kind].shown(found[0]) == expected, ascii(name)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_hold_secrets_as_references_only(kind: str) -> None:
    made = CASES[kind].make("http://x.example")
    assert hasattr(made, "access") == CASES[kind].is_http
    assert not hasattr(made, "access") or isinstance(made.access, Access)
    assert copy.copy(made) == made
