"""Serve answers over real HTTP on the loopback interface: free port, threads, gzip, clean end."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

_COMPRESS_FROM: Final = 1400


@dataclass(frozen=True, slots=True)
class Question:
    """One request: parameters of the query and of a form come together, as the real servers read them."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def param(self, name: str, default: str = "") -> str:
        """Give the first value of a parameter."""
        return self.params.get(name, [default])[0]

    def json(self) -> Any:
        """Read the body as JSON; an empty body is an empty object."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(content: object, status: int = 200, *, indent: int | None = None) -> Reply:
    """Answer with JSON."""
    return Reply(json.dumps(content, indent=indent).encode(), status)


class Server:
    """One loopback server with its thread; leaving the context ends both."""

    def __init__(self, answer: Callable[[Question], Reply]) -> None:
        """Take the function that answers; it is called from several threads."""
        self._http = _Listener(("127.0.0.1", 0), _handler(answer))
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering and give the port back."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    """A listener that does not wait for idle keep-alive connections when it closes."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a client goes away in the middle of an answer."""


def _handler(answer: Callable[[Question], Reply]) -> type[BaseHTTPRequestHandler]:
    """Bind the answering function to the handler class that the library wants."""

    class Handler(BaseHTTPRequestHandler):
        """Read one request, give one answer."""

        protocol_version = "HTTP/1.1"
        timeout = 60
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Answer a GET."""
            self._reply(b"")

        def do_POST(self) -> None:
            """Answer a POST."""
            self._reply(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
            """Keep the terminal quiet."""

        def _reply(self, body: bytes) -> None:
            reply = answer(_question(self.command, self.path, dict(self.headers), body))
            content = reply.body
            self.send_response(reply.status)
            if len(content) >= _COMPRESS_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
                content = gzip.compress(content, 1)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _question(method: str, target: str, headers: dict[str, str], body: bytes) -> Question:
    """Take a request apart; header names in lower case."""
    parts = urlsplit(target)
    headers = {name.lower(): value for name, value in headers.items()}
    params = parse_qs(parts.query, keep_blank_values=True)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        for name, values in parse_qs(body.decode(), keep_blank_values=True).items():
            params.setdefault(name, []).extend(values)
    return Question(method, unquote(parts.path), params, body, headers)
