"""Go on with the written past: a metrics page on loopback whose services keep answering while somebody watches."""

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from scripts.real import history

Sample = tuple[str, str]


class Services:
    """Counters of the same services as in the past; they start from zero, as after a restart."""

    def __init__(self, now: float) -> None:
        """Begin to count."""
        self._since = self._counted = now
        self._requests: dict[str, float] = defaultdict(float)
        self._lock = Lock()

    def page(self, now: float) -> str:
        """Count what was answered since the last page and write everything as a scraper reads it."""
        with self._lock:
            elapsed = max(0.0, now - self._counted)
            self._counted = now
            for service in history.SERVICES:
                self._requests[service.system] += history.load(now, service.rate) * elapsed
            counted = [(service, self._requests[service.system]) for service in history.SERVICES]
        families = (_tokens, _requests, _durations)
        lines = [line for service, requests in counted for family in families for line in family(service, requests)]
        lines += [line for service, requests in counted for line in self._money_and_scores(service, requests, now)]
        return "\n".join(lines) + "\n"

    def _money_and_scores(self, service: history.Service, requests: float, now: float) -> Iterator[str]:
        spent = requests * history.USD_PER_REQUEST * history.cost_factor(service, now, self._since)
        yield f'llm_cost_usd_total{{system="{service.system}",model_name="{service.model}"}} {spent:.6f}'
        for scorer in history.SCORERS:
            value = history.score(service, scorer, self._since, self._since)
            yield f'llm_eval_score{{system="{service.system}",metric="{scorer}"}} {value:.4f}'


def _tokens(service: history.Service, requests: float) -> Iterator[str]:
    labels = f'system="{service.system}",model_name="{service.model}",engine="0"'
    for name, each in history.TOKENS.items():
        yield f"{name}_total{{{labels}}} {requests * each:.1f}"


def _requests(service: history.Service, requests: float) -> Iterator[str]:
    for code, share in history.CODES.items():
        labels = f'system="{service.system}",model_name="{service.model}",code="{code}"'
        yield f"llm_requests_total{{{labels}}} {requests * share:.4f}"


def _durations(service: history.Service, requests: float) -> Iterator[str]:
    name = "gen_ai_client_operation_duration_seconds"
    labels = f'system="{service.system}",gen_ai_request_model="{service.model}"'
    for bound, share in zip(history.BOUNDS, history.UNDER, strict=True):
        written = "+Inf" if math.isinf(bound) else str(bound)
        yield f'{name}_bucket{{{labels},le="{written}"}} {requests * share:.2f}'
    yield f"{name}_count{{{labels}}} {requests:.2f}"
    yield f"{name}_sum{{{labels}}} {requests * history.MEAN_SECONDS:.3f}"


@contextmanager
def exporter() -> Iterator[str]:
    """Serve the page while the block runs; gives ``host:port``."""
    services = Services(time.time())

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = services.page(time.time()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server gives it
            """Stay silent: the terminal belongs to the program."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
