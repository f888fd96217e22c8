"""Serve every kind of source behind one loopback address, and collect from it through the real client."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collectors.access import Access, Credentials, credentials_of
from collectors.base import Window
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.runner import Plan, Tools, collect
from collectors.secrets import SecretRef
from collectors.settings import RouteSettings, SourceSettings, collector
from store.folder import Folder
from store.records import Outcome
from tests.collectors.kinds.case import FIXTURES, NAMES, NOW, WINDOW, Asked, Case, cases

EVERY: Mapping[str, Case] = cases()
CASES: Mapping[str, Case] = {kind: case for kind, case in EVERY.items() if case.is_http}
CANARY = "canary-7d1f0a93-never-seen"
NewStore = Callable[[Path], Folder]


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
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    played.address = f"http://127.0.0.1:{server.server_port}"
    yield played
    server.shutdown()
    server.server_close()


def collected(site: Site, *kinds: str) -> dict[str, Outcome]:
    """Collect kinds from the site at once, through the real client, without waiting between tries."""
    gate = Gate(8, 8)
    access = Access(headers={"X-Canary": SecretRef.from_toml("env:CANARY")})

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    @asynccontextmanager
    async def client(settings: SourceSettings) -> Any:
        credentials = credentials_of(settings.options.access, {"CANARY": CANARY})
        async with HttpClient(credentials, Bounds(), gate, NOW, sleep=at_once) as opened:
            yield opened

    tools = Tools(client=client, files=lambda _: FileStore(1 << 20))
    plans = [_plan(kind, replace(CASES[kind].make(f"{site.address}/{kind}"), access=access)) for kind in kinds]
    return {each.run.kind: each for each in asyncio.run(collect(plans, tools, 8, asyncio.Event()))}


def lay(kind: str, folder: Path) -> Path:
    """Write the files of a kind's case, last changed inside ``WINDOW``, and give the folder."""
    case = EVERY[kind]
    contents = {name: (FIXTURES / kind / name).read_bytes() for name in case.files}
    contents = contents or {Path(each.name).name: each.body for each in case.answers()}
    folder.mkdir()
    for name, body in contents.items():
        folder.joinpath(name).write_bytes(body)
        changed = (NOW - timedelta(hours=1)).timestamp()
        os.utime(folder / name, (changed, changed))
    return folder


def read(kind: str, folder: Path, window: Window = WINDOW, limit: int = 1 << 20) -> Outcome:
    """Collect a kind that reads files from a folder, through the real reader."""
    options = EVERY[kind].make(str(folder / EVERY[kind].pattern))
    tools = Tools(client=lambda _: HttpClient(Credentials(), Bounds(), Gate(), NOW), files=lambda _: FileStore(limit))
    (outcome,) = asyncio.run(collect([_plan(kind, options, window)], tools, 1, asyncio.Event()))
    return outcome


def whole(kind: str, site: Site, folder: Path) -> Outcome:
    """Collect everything that a kind's case offers, from its server or from its files."""
    return collected(site, kind)[kind] if kind in CASES else read(kind, lay(kind, folder))


def _plan(kind: str, options: Any, window: Window = WINDOW) -> Plan:
    source = SourceSettings(kind, kind, system="support-bot", options=options)
    route = EVERY[kind].source.route
    if route.label:
        named = route.systems or {name: name for name in NAMES}
        source = replace(source, system="", route=RouteSettings(route.label, named))
    return Plan(source, collector(kind), window)
