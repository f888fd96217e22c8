"""Play every fault of the corpus against the client: each has its own named cause, bounded in time and memory."""

import asyncio
import json
import re
import socket
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collectors.access import Access, Credentials, credentials_of
from collectors.answers import need, parse_json, rows, table, upstream_error
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.secrets import Secret, SecretRef
from store.errors import SourceError

_CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "http_faults.jsonl"
_CANARY = "CANARY-bearer-7f3a91"
_MEGABYTE = 1 << 20
_BOUNDS = Bounds(body_bytes=_MEGABYTE, pages=20)
_HURRIED = Bounds(read=0.4, total=1.0)  # for servers that are too slow on purpose
# where this program says more than the corpus asks for
_SHARPER = {"s401": "auth", "s403": "auth", "escape_in_header": "status"}
_WAITS: dict[str, list[float]] = {
    "s429_1": [1, 1],
    "s429_0": [0, 0],
    "s429_Wed, ": [0, 0],
    "s429_1.5": [2, 2],
    "s429_120": [],
    "s429_99999": [],
}
_PATIENCE = {"s429_120": 120.0, "s429_99999": 3600.0}


def _faults() -> list[Any]:
    if not _CORPUS.exists():
        return [pytest.param({}, marks=pytest.mark.shared, id="corpus")]
    lines = [json.loads(line) for line in _CORPUS.read_text().splitlines()]
    return [pytest.param(line, marks=pytest.mark.shared, id=line["id"].strip(" ,")) for line in lines]


async def _rows(client: HttpClient, url: str) -> list[object]:
    body = await client.get(url)
    if not body:
        return []
    answer = table(parse_json(body), "the answer")
    upstream_error(answer)
    return rows(need(answer, "rows"), "rows") if answer.get("rows") else []


async def _error(client: HttpClient, url: str, *, is_paged: bool) -> SourceError | None:
    try:
        # far longer than the client's own limits: an answer that never ends would fail here
        async with asyncio.timeout(30), client:
            assert await _rows(client, url) == []
            while is_paged:
                await client.get(url)
    except SourceError as error:
        return error
    return None


def _nothing_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api"


def _entrance(server: dict[str, Any], served: Any, authority: str) -> tuple[str, Credentials]:
    known = credentials_of(Access(token=SecretRef.from_toml("env:TOKEN")), {"TOKEN": _CANARY})
    if server.get("listen") is False:
        return _nothing_listens(), known
    if "proxy" in server:
        login = ("me", Secret("CANARY-proxy-d00d"))
        return "http://model.example/api", Credentials(known.headers, "", served.url(""), login, redact=known.redact)
    if "tls" in server:
        ca_file = "" if server["tls"] == "self-signed" else authority
        return served.url(scheme="https"), Credentials(known.headers, ca_file, redact=known.redact)
    return served.url(), known


@pytest.mark.parametrize("fault", _faults())
async def test_every_fault_has_its_named_cause(
    fault: dict[str, Any], serve: Callable[..., Any], certificates: Any
) -> None:
    other = serve({"status": 200}, host="127.0.0.2")
    server = json.loads(json.dumps(fault["server"]).replace("127.0.0.2:PORT", f"127.0.0.2:{other.port}"))
    server |= {"status": server["proxy"]} if "proxy" in server else {}
    served = serve(server, tls=server.get("tls", ""))
    url, credentials = _entrance(server, served, certificates.authority)
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    bounds = _HURRIED if {"hang_s", "drip_headers_s", "drip_body_s"} & set(server) else _BOUNDS
    client = HttpClient(credentials, bounds, Gate(), datetime.now(UTC), sleep=noted, rng=Random(1))  # noqa: S311 - jitter
    tracemalloc.start()
    try:
        error = await _error(client, url, is_paged="pages" in server)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert _cause(error) in _wanted(fault)
    assert peak < 16 * _MEGABYTE
    assert other.asked == []
    assert error is None or "CANARY" not in str(error)
    assert error is None or str(error).isprintable()
    assert waits == _WAITS.get(fault["id"], waits)
    assert fault["id"] not in _PATIENCE or (error and error.retry_after == _PATIENCE[fault["id"]])
    assert "not retried" not in fault["expect"] or len(served.asked) == 1
    assert not fault["expect"].startswith("retried") or len(served.asked) == 3
    assert not fault["id"].startswith("clock") or abs(abs(client.skew or 0) - 3600) < 60


def _cause(error: SourceError | None) -> str:
    return "ok" if error is None else error.cause


def _wanted(fault: dict[str, Any]) -> set[str]:
    identity, expect = fault["id"], fault["expect"]
    if identity in _SHARPER:
        return {_SHARPER[identity]}
    if identity.startswith("s429"):
        return {"throttled"}
    if "pages" in fault["server"]:
        return {"too_large"}  # no page of the client's own ever ends; what a kind does about it is the kind's test
    named = set(re.findall(r"error:(\w+)", expect))
    return named if named and not re.match("ok|rows", expect) else named | {"ok"}
