"""Serve every kind of source behind one loopback address, and collect from it through the real client."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.runner import Plan, Tools, collect
from collectors.secrets import SecretRef
from collectors.settings import RouteSettings, SourceSettings, collector
from store.records import Outcome
from tests.collectors.kinds.case import NAMES, NOW, WINDOW, Asked, Case, cases

CASES: Mapping[str, Case] = {kind: case for kind, case in cases().items() if case.is_http}
CANARY = "canary-7d1f0a93-never-seen"


@dataclass(frozen=True)
class Answered:
    """What a server says to one question."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A server that plays every kind below its own path: as recorded, with no news, without end, or failing."""

    address: str = ""
    silent: bool = False
    failing: Mapping[str, Answered] = field(default_factory=dict)
    endless: bool = False
    sent: list[str] = field(default_factory=list)
    first: dict[str, Answered] = field(default_factory=dict)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Answer as the kind's case does; ``endless`` gives every path's first answer for ever."""
        self.sent.append(" ".join(headers.values()))
        found = self._answer(method, target, headers, body)
        return self.first.setdefault(target.partition("?")[0], found) if self.endless else found

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answered:
        parts = urlsplit(target)
        _, kind, path = (f"{parts.path}/".rstrip("/") + "/").split("/", 2)
        if kind in self.failing:
            return self.failing[kind]
        case = CASES[kind]
        play = case.silent if self.silent else case.play
        assert play
        try:
            return Answered(
                200, play(Asked(method, f"/{path.rstrip('/')}", _sent(method, parts.query, headers, body), headers))
            )
        except LookupError:
            return Answered(404, b"{}")


def _sent(method: str, query: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """Give what was asked, as kinds put it: several values of one name are a list."""
    if method == "POST" and "json" in headers.get("content-type", ""):
        found: Mapping[str, Any] = json.loads(body)
        return found
    values = parse_qs(body.decode() if method == "POST" else query, keep_blank_values=True)
    return {name: entry[0] if len(entry) == 1 else entry for name, entry in values.items()}


@contextmanager
def serving() -> Iterator[Site]:
    """Serve every kind on loopback."""
    played = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found = played.answer(self.command, self.path, headers, content)
            self.send_response_only(found.status)  # without a date of its own
            for name, value in {**found.headers, "Content-Length": str(len(found.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

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


def collected(site: Site, *kinds: str) -> dict[str, Outcome]:
    """Collect kinds from the site at once, through the real client, without waiting between tries."""
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
