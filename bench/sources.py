"""Measure collecting: 200 loopback sources that take 200 ms each, against the ideal time at the set concurrency."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.measure import Figure
from bench.stores import Stores
from collectors import runner
from collectors.connecting import tools
from collectors.settings import Collection, SourceSettings, collector
from store.decode import Mistakes, decode

LATENCY = 0.2
CONCURRENCY = 8


def figures(stores: Stores) -> list[Figure]:
    """Give the time of a whole collection over the ideal one."""
    sources = stores.effort.sources
    with _slow_server() as port:
        taken = sorted(_collect(port, sources) for _ in range(3))[1]
    ideal = sources * LATENCY / CONCURRENCY
    return [
        Figure(
            f"{sources} sources of 200 ms each, over the ideal time",
            taken / ideal,
            1.5,
            "x",
            f"{taken:.2f} s against {ideal:.2f} s at {CONCURRENCY} at once",
        )
    ]


def _collect(port: int, sources: int) -> float:
    kind = collector("http_json")
    now = datetime.now(UTC)
    plans = []
    for number in range(sources):
        table = {
            "url": f"http://127.0.0.1:{port}/{number}",
            "rows": "rows",
            "map": {
                "record": "sample",
                "metric": "llmops.queue.depth",
                "fields": {"time": "time", "value": "value"},
            },
        }
        mistakes = Mistakes({})
        options = decode(kind.Settings, table, (), mistakes)
        if options is None:
            raise SystemExit("\n".join(mistakes.listed()))
        settings = SourceSettings(f"source-{number}", "http_json", system="bot", options=options)
        plans.append(runner.plan(settings, kind, None, now))
    made = tools(Collection(CONCURRENCY, CONCURRENCY), {}, now, Path())
    begun = time.perf_counter()
    outcomes = asyncio.run(runner.collect(plans, made, CONCURRENCY, asyncio.Event()))
    taken = time.perf_counter() - begun
    failed = [outcome.run.detail for outcome in outcomes if outcome.run.state != "complete"]
    if failed:
        raise SystemExit(f"{len(failed)} sources failed: {failed[0]}")
    return taken


@contextmanager
def _slow_server() -> Iterator[int]:
    class Slow(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(LATENCY)
            body = b'{"rows": [{"time": "2026-11-23T12:00:00Z", "value": 1}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
