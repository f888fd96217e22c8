"""All kinds at once: servers of every kind behind one loopback address, collected through the real client and store."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.runner import Plan, Tools, collect
from collectors.secrets import SecretRef
from collectors.settings import RouteSettings, SourceSettings, collector
from store import commit, intake
from store.folder import Folder
from store.records import Outcome
from tests.collectors.kinds.case import NAMES, NOW, WINDOW, Asked, Case, cases

CASES: Mapping[str, Case] = {kind: case for kind, case in cases().items() if case.is_http}
CANARY = "canary-7d1f0a93-never-seen"
LATER = NOW + timedelta(hours=1)


@dataclass
class Site:
    """A server that plays every kind below its own path: as recorded, with no news, or failing."""

    address: str = ""
    silent: bool = False
    failing: frozenset[str] = frozenset()
    sent: list[str] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.sent.append(" ".join(headers.values()))
        parts = urlsplit(target)
        _, kind, path = (f"{parts.path}/".rstrip("/") + "/").split("/", 2)
        if kind in self.failing:
            return 403, b'{"error": "not allowed"}'
        case = CASES[kind]
        play = case.silent if self.silent else case.play
        assert play
        try:
            return 200, play(Asked(method, f"/{path.rstrip('/')}", _sent(method, parts.query, headers, body), headers))
        except LookupError:
            return 404, b"{}"


def _sent(method: str, query: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """Give what was asked, as kinds put it: several values of one name are a list."""
    if method == "POST" and "json" in headers.get("content-type", ""):
        found: Mapping[str, Any] = json.loads(body)
        return found
    values = parse_qs(body.decode() if method == "POST" else query, keep_blank_values=True)
    return {name: entry[0] if len(entry) == 1 else entry for name, entry in values.items()}


@pytest.fixture
def site() -> Iterator[Site]:
    played = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = played.answer(self.command, self.path, headers, content)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _respond  # noqa: N815  # names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    played.address = f"http://127.0.0.1:{server.server_port}"
    yield played
    server.shutdown()
    server.server_close()


def _plan(kind: str, site: Site) -> Plan:
    case = CASES[kind]
    access = Access(headers={"X-Canary": SecretRef.from_toml("env:CANARY")})
    options = replace(case.make(f"{site.address}/{kind}"), access=access)
    source = SourceSettings(kind, kind, system="support-bot", options=options)
    if case.source.route.label:
        route = case.source.route
        named = route.systems or {name: name for name in NAMES}
        source = replace(source, system="", route=RouteSettings(route.label, named))
    return Plan(source, collector(kind), WINDOW)


def _collect(site: Site, *kinds: str) -> dict[str, Outcome]:
    gate = Gate(8, 8)

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    @asynccontextmanager
    async def client(settings: SourceSettings) -> Any:
        credentials = credentials_of(settings.options.access, {"CANARY": CANARY})
        async with HttpClient(credentials, Bounds(), gate, NOW, sleep=at_once) as opened:
            yield opened

    tools = Tools(client=client, files=lambda _: FileStore(1 << 20))
    outcomes = asyncio.run(collect([_plan(kind, site) for kind in kinds], tools, 8, asyncio.Event()))
    return {each.run.kind: each for each in outcomes}


def test_all_kinds_at_once_are_complete(site: Site) -> None:
    for kind, outcome in _collect(site, *CASES).items():
        assert (outcome.run.state, outcome.run.cause) == ("complete", ""), kind
        assert outcome.records, kind


@pytest.mark.parametrize("first", [0, 1])
def test_with_every_second_one_failing_the_others_are_complete_and_each_failure_has_its_cause(
    site: Site, first: int
) -> None:
    site.failing = frozenset(list(CASES)[first::2])
    for kind, outcome in _collect(site, *CASES).items():
        if kind in site.failing:
            assert (outcome.run.state, outcome.run.cause, outcome.records) == ("failed", "auth", ()), kind
        else:
            assert (outcome.run.state, outcome.run.cause) == ("complete", ""), kind


@pytest.mark.parametrize("kind", CASES)
def test_a_window_without_news_is_complete_and_stores_nothing(site: Site, kind: str) -> None:
    site.silent = True
    outcome = _collect(site, kind)[kind]
    assert (outcome.run.state, outcome.run.cause, outcome.records) == ("complete", "", ())


@pytest.mark.parametrize("kind", CASES)
def test_a_window_collected_again_changes_nothing(site: Site, kind: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    with commit.primary(folder, NOW) as session:
        assert intake.take(session, _collect(site, kind)[kind], NOW).new_rows > 0
        assert intake.take(session, _collect(site, kind)[kind], LATER).new_rows == 0


@pytest.mark.parametrize("kind", CASES)
def test_a_secret_that_was_sent_is_in_no_byte_that_is_stored(site: Site, kind: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "store")
    folder.create()
    outcome = _collect(site, kind)[kind]
    with commit.primary(folder, NOW) as session:
        intake.take(session, outcome, NOW)
    assert any(CANARY in sent for sent in site.sent)
    assert CANARY not in repr(outcome)
    assert all(CANARY.encode() not in path.read_bytes() for path in folder.root.rglob("*") if path.is_file())
