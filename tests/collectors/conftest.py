"""Play a server that misbehaves: one loopback listener that answers each connection as a fault says."""

import gzip
import socket
import ssl
import struct
import subprocess
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Fault = Mapping[str, Any]
_PIECE = b" " * 65_536
# the corpus drips every half second; ten times faster shows the same under limits ten times smaller
_FASTER = 10


@dataclass
class Served:
    """A listener of the test: where it is, what it was asked, and how to end it."""

    host: str
    port: int
    asked: list[bytes] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/api", scheme: str = "http") -> str:
        return f"{scheme}://{self.host}:{self.port}{path}"


@dataclass(frozen=True)
class Certificates:
    """Files made by openssl for one run of the tests: an authority and what it signed, rightly and wrongly."""

    folder: Path

    @property
    def authority(self) -> str:
        return str(self.folder / "authority.pem")

    def pair(self, name: str) -> tuple[str, str]:
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        subprocess.run(("openssl", *words), cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test")
    for name in ("authority", "stranger"):
        openssl(
            *new,
            "-x509",
            "-days",
            "30",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        )
    for name, days, address in (
        ("good", "30", "IP:127.0.0.1"),
        ("other", "30", "DNS:elsewhere.example"),
        ("expired", "-1", "IP:127.0.0.1"),
    ):
        (folder / "san").write_text(f"subjectAltName={address}\n")
        openssl(*new, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signed = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "san")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-days", days, "-out", f"{name}.pem")
    return Certificates(folder)


@pytest.fixture
def serve(certificates: Certificates) -> Iterator[Serve]:
    """Start listeners; each answers as its fault says, a list of faults one after the other, the last one for ever."""
    running: list[tuple[Served, threading.Thread]] = []

    def start(*faults: Fault, host: str = "127.0.0.1", tls: str = "") -> Served:
        for fault in faults:
            _content(fault)  # a bomb takes a while to make and must not look like a slow server
        listener = socket.create_server((host, 0))
        listener.settimeout(0.05)
        served = Served(host, listener.getsockname()[1])
        context = _tls(certificates, tls) if tls else None
        thread = threading.Thread(target=_accept, args=(listener, served, faults, context))
        thread.start()
        running.append((served, thread))
        return served

    yield start
    for served, thread in running:
        served.stopped.set()
        thread.join()


def _tls(certificates: Certificates, kind: str) -> ssl.SSLContext:
    names = {"self-signed": "stranger", "other name": "other", "expired": "expired"}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates.pair(names.get(kind, "good")))
    if kind == "1.0":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _accept(listener: socket.socket, served: Served, faults: tuple[Fault, ...], tls: ssl.SSLContext | None) -> None:
    threads: list[threading.Thread] = []
    with listener:
        while not served.stopped.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                thread = threading.Thread(target=_answer, args=(connection, served, faults, tls))
                thread.start()
                threads.append(thread)
    for thread in threads:
        thread.join()


def _answer(connection: socket.socket, served: Served, faults: tuple[Fault, ...], tls: ssl.SSLContext | None) -> None:
    connection.settimeout(30)
    with suppress(OSError):  # the client hangs up, as it should
        stream = tls.wrap_socket(connection, server_side=True) if tls else connection
        with stream:
            request = _request(stream)
            if request:
                served.asked.append(request)
                served.was_asked.set()
                _play(stream, served, faults[min(len(served.asked), len(faults)) - 1])
    connection.close()


def _request(stream: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        piece = stream.recv(65_536)
        if not piece:
            return b""
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += stream.recv(65_536)
    return head + b"\r\n\r\n" + body


def _play(stream: socket.socket, served: Served, fault: Fault) -> None:
    if "hang_s" in fault:
        served.stopped.wait(fault["hang_s"])
        return
    if "reset_after_bytes" in fault:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"[: fault["reset_after_bytes"]])
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    body, headers = _content(fault)
    head = _head(fault, headers)
    if "drip_headers_s" in fault:
        _drip(stream, served, head * 100, fault["drip_headers_s"])
    elif "drip_body_s" in fault:
        stream.sendall(head + f"Content-Length: {fault['bytes']}\r\n\r\n".encode())
        _drip(stream, served, _PIECE, fault["drip_body_s"])
    elif "body_bytes" in fault:
        stream.sendall(head + f"Content-Length: {fault['body_bytes']}\r\n\r\n".encode())
        for _ in range(fault["body_bytes"] // len(_PIECE)):
            stream.sendall(_PIECE)
    elif "raw" in fault:
        stream.sendall(head + _unescaped(fault["raw"]))
    else:
        length = (
            b""
            if fault.get("no_length") or fault.get("status") == 204
            else f"Content-Length: {fault.get('content_length', len(body))}\r\n".encode()
        )
        stream.sendall(head + length + b"Connection: close\r\n\r\n" + body)


def _drip(stream: socket.socket, served: Served, content: bytes, pause: float) -> None:
    for byte in content:
        if served.stopped.wait(pause / _FASTER):
            return
        stream.sendall(bytes([byte]))


def _head(fault: Fault, headers: dict[str, str]) -> bytes:
    status = (
        _unescaped(fault["raw_status"])
        if "raw_status" in fault
        else f"HTTP/1.1 {fault.get('status', 200)} Said".encode()
    )
    lines = [f"{name}: ".encode() + _unescaped(value) for name, value in headers.items()]
    lines += [b"X-%d: y" % index for index in range(fault.get("header_count", 0))]
    if "header_bytes" in fault:
        lines.append(b"X-Long: " + b"y" * fault["header_bytes"])
    return b"\r\n".join([status, *lines, b""])


def _content(fault: Fault) -> tuple[bytes, dict[str, str]]:
    headers = {name: str(value) for name, value in fault.get("headers", {}).items()}
    if "Date" in headers:
        hours = 1 if headers["Date"].startswith("+") else -1
        headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    body = _body(fault)
    if "encoding" in fault:
        headers["Content-Encoding"] = fault["encoding"]
        if fault["encoding"] == "gzip" and "body" not in fault:
            body = zeros(fault.get("decoded_bytes", 1_000))
            body = body[: len(body) // 2] if fault.get("cut") else body
        elif fault["encoding"] == "gzip, gzip":
            body = gzip.compress(zeros(10_000_000))
        elif fault["encoding"] == "deflate":
            body = zlib.compress(body)
    return body, headers


def _body(fault: Fault) -> bytes:
    written = fault.get("body", '{"rows":[]}')
    text = (
        "[" * 100_000
        if written == "[x100000"
        else str(written).replace("\\ufeff", "\ufeff").replace("\\u00e9", "\u00e9")
    )
    body = text.encode(fault.get("charset", "utf-8"))
    if "send_bytes" in fault:
        body = b'{"row":[]}' + b"x" * (fault["send_bytes"] - 10)
    return body


@cache
def zeros(size: int) -> bytes:
    """Give the gzip of this many zeros without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    pieces = [packer.compress(bytes(1_000_000)) for _ in range(max(size // 1_000_000, 1))]
    return b"".join(pieces) + packer.flush()


def _unescaped(text: str) -> bytes:
    for written, meant in (("\\x1b", "\x1b"), ("\\x07", "\x07"), ("\\r\\n", "\r\n")):
        text = text.replace(written, meant)
    return text.encode("latin-1")
