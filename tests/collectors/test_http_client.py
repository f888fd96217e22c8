"""What the client sends, how long it is patient, whom it trusts, and what its messages never show."""

import asyncio
import gzip
import json
import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collectors.access import Access, Credentials, credentials_of
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.redaction import Redactor
from collectors.secrets import Secret, SecretRef
from collectors.settings import Limits
from store.errors import SourceError

_CANARY = "CANARY-bearer-7f3a91"
_OK = {"status": 200, "body": '{"rows":[]}'}
Serve = Callable[..., Any]


class _Patience:
    """Pauses that are noted and not slept."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def _client(
    credentials: Credentials | None = None, bounds: Bounds | None = None, patience: _Patience | None = None
) -> HttpClient:
    return HttpClient(
        credentials or Credentials(),
        bounds or Bounds(),
        Gate(),
        datetime.now(UTC),
        sleep=patience or _Patience(),
        rng=Random(1),  # noqa: S311 - jitter
    )


async def _fails(client: HttpClient, url: str, **options: Any) -> SourceError:
    async with asyncio.timeout(30), client:
        with pytest.raises(SourceError) as caught:
            await client.get(url, **options)
    assert str(caught.value).isprintable()
    assert "CANARY" not in str(caught.value)
    return caught.value


def _head(asked: bytes) -> dict[str, str]:
    lines = asked.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def test_a_question_carries_its_parameters_headers_and_credentials(serve: Serve) -> None:
    served = serve(_OK)
    access = Access(token=SecretRef.from_toml("env:TOKEN"), headers={"x-api-key": SecretRef.from_toml("env:KEY")})
    credentials = credentials_of(access, {"TOKEN": _CANARY, "KEY": "CANARY-xapikey-b2c4"})
    async with _client(credentials) as client:
        url = served.url("/api?a=1#part")
        await client.get(url, {"group_by[]": ["model", "project"], "q": "a b"}, {"X-Own": "1", "Accept-Encoding": "br"})
        assert await client.get(served.url("/api")) == b'{"rows":[]}'
        assert client.requests == 2
        assert client.received == 22
    line, head = served.asked[0].split(b"\r\n")[0].decode(), _head(served.asked[0])
    assert line == "GET /api?a=1&group_by%5B%5D=model&group_by%5B%5D=project&q=a+b HTTP/1.1"
    assert head["authorization"] == f"Bearer {_CANARY}"
    assert head["x-api-key"] == "CANARY-xapikey-b2c4"
    assert head["x-own"] == "1"
    assert head["accept-encoding"] == "gzip"
    assert head["user-agent"] == "llmops-tui"
    assert served.asked[1].startswith(b"GET /api HTTP/1.1")


async def test_a_question_may_be_posted_as_json_or_as_a_form(serve: Serve) -> None:
    served = serve({"status": 503}, _OK)
    async with _client() as client:
        await client.post(served.url(), json={"filter": ["a"]}, headers={"X-Own": "1"})
        await client.post(served.url(), form={"query": "up", "match[]": ["a", "b"]})
    assert [asked.rpartition(b"\r\n\r\n")[2] for asked in served.asked] == [
        b'{"filter": ["a"]}',
        b'{"filter": ["a"]}',
        b"query=up&match%5B%5D=a&match%5B%5D=b",
    ]
    assert _head(served.asked[1])["content-type"] == "application/json"
    assert _head(served.asked[1])["x-own"] == "1"
    assert _head(served.asked[2])["content-type"] == "application/x-www-form-urlencoded"


async def test_a_source_that_recovers_is_asked_again_after_growing_random_pauses(serve: Serve) -> None:
    patience = _Patience()
    served = serve({"status": 503}, {"reset_after_bytes": 20}, _OK)
    async with _client(patience=patience) as client:
        assert await client.get(served.url()) == b'{"rows":[]}'
    assert len(patience.waits) == 2
    assert 0 <= patience.waits[0] <= 0.5
    assert 0 <= patience.waits[1] <= 1


async def test_the_hint_of_a_throttling_source_is_obeyed_within_the_budget(serve: Serve) -> None:
    patience = _Patience()
    served = serve({"status": 429, "headers": {"Retry-After-Ms": "1500"}}, _OK)
    async with _client(patience=patience) as client:
        await client.get(served.url())
    assert patience.waits == [1.5]


async def test_the_budget_of_a_source_is_for_all_its_requests_together(serve: Serve) -> None:
    served = serve({"status": 429, "headers": {"Retry-After": "2"}})
    patience = _Patience()
    error = await _fails(_client(bounds=Bounds(source=5.0, tries=9), patience=patience), served.url())
    assert patience.waits == [2, 2]
    assert error.retry_after == 2
    assert str(error).endswith("too many requests (asked 3 times)")


async def test_a_source_whose_budget_is_used_up_is_not_asked_again(serve: Serve) -> None:
    served = serve({"hang_s": 3600})
    async with _client(bounds=Bounds(source=0.2, tries=1)) as client:
        for _ in range(2):
            with pytest.raises(SourceError, match=r"the 0.2 s of this source are used up \(limits.source\)") as caught:
                await client.get(served.url())
            assert caught.value.cause == "timeout"
    assert len(served.asked) == 1


async def test_a_server_that_never_accepts_is_tried_again_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        host, port = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # fill the queue of connections that nobody takes
            each.setblocking(False)  # noqa: FBT003 - the one argument
            each.connect_ex((host, port))
        patience = _Patience()
        error = await _fails(_client(bounds=Bounds(connect=0.2, tries=2), patience=patience), f"http://{host}:{port}/")
        for each in waiting:
            each.close()
    assert error.cause == "timeout"
    assert "no connection in time (limits.connect)" in str(error)
    assert len(patience.waits) == 1


async def test_two_requests_at_once_reach_one_host_and_eight_all_hosts() -> None:
    gate = Gate(3, 2)
    inside: list[str] = []
    most: dict[str, int] = {}
    leave = asyncio.Event()

    async def pass_through(host: str) -> None:
        async with gate.passed(host, 80):
            inside.append(host)
            for name, count in ((host, inside.count(host)), ("all", len(inside))):
                most[name] = max(most.get(name, 0), count)
            await leave.wait()
            inside.remove(host)

    tasks = [asyncio.create_task(pass_through(host)) for host in ("a", "a", "a", "b", "b", "c")]
    for _ in range(10):
        await asyncio.sleep(0)
    assert sorted(inside) == ["a", "a", "b"]
    leave.set()
    await asyncio.gather(*tasks)
    assert most["a"] == 2
    assert most["all"] == 3


async def test_a_source_that_hangs_does_not_hold_up_another_host(serve: Serve) -> None:
    slow, good = serve({"hang_s": 3600}), serve(_OK)
    gate = Gate(2, 1)
    now = datetime.now(UTC)
    hanging = HttpClient(Credentials(), Bounds(read=20), gate, now)
    waiting = HttpClient(Credentials(), Bounds(), gate, now)
    async with asyncio.timeout(20), hanging, waiting:
        stuck = [asyncio.create_task(hanging.get(slow.url())) for _ in range(3)]
        await asyncio.to_thread(slow.was_asked.wait)
        assert await waiting.get(good.url()) == b'{"rows":[]}'
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_paging_without_end_stops_at_the_limit_of_pages(serve: Serve) -> None:
    served = serve(_OK)
    async with _client(bounds=Bounds(pages=3)) as client:
        for _ in range(3):
            await client.get(served.url())
        with pytest.raises(SourceError, match=r"more than 3 requests; its paging may have no end \(limits.pages\)"):
            await client.get(served.url())
    assert len(served.asked) == 3


async def test_a_gzip_body_of_several_members_is_read_whole(serve: Serve) -> None:
    text = gzip.compress(b'{"rows":') + gzip.compress(b"[]}")
    served = serve(
        {"raw": f"Content-Encoding: x-gzip\\r\\nContent-Length: {len(text)}\\r\\n\\r\\n" + text.decode("latin-1")}
    )
    async with _client() as client:
        assert await client.get(served.url()) == b'{"rows":[]}'


async def test_a_body_exactly_at_the_limit_is_taken_and_one_byte_more_is_not(serve: Serve) -> None:
    served = serve(_OK)
    async with _client(bounds=Bounds(body_bytes=11)) as client:
        assert len(await client.get(served.url())) == 11
    error = await _fails(_client(bounds=Bounds(body_bytes=10)), served.url())
    assert error.cause == "too_large"
    assert "larger than 10 bytes; raise limits.body_bytes" in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '{"status":"error","errorType":"bad_data","error":"parse error\\u001b[31m at 3"}',
            "parse error\N{REPLACEMENT CHARACTER}[31m at 3",
        ),
        ('{"message":"no such model"}', "no such model"),
        ('{"error":{"message":"key CANARY-bearer-7f3a91 is unknown"}}', "key [redacted] is unknown"),
        ("<html>not for people</html>", ""),
        ("[]", ""),
        ('{"message":"' + "x" * 20_000 + '"}', ""),
    ],
)
async def test_what_a_source_says_about_its_refusal_is_passed_on_without_harm(
    serve: Serve, body: str, words: str
) -> None:
    served = serve({"status": 400, "body": body})
    credentials = credentials_of(Access(token=SecretRef.from_toml("env:TOKEN")), {"TOKEN": _CANARY})
    error = await _fails(_client(credentials), served.url("/api?key=CANARY-query-55aa"))
    tail = f": {words}" if words else ""
    assert str(error) == f"GET {served.url()}: answered 400: the question was not understood{tail}"


@pytest.mark.parametrize(
    ("fault", "cause", "words"),
    [
        (
            {"status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}},
            "throttled",
            "answered 403: too many requests",
        ),
        ({"status": 403, "headers": {"Retry-After": "0"}}, "throttled", "answered 403: too many requests"),
        ({"status": 403}, "auth", "not allowed to read this"),
        ({"status": 401}, "auth", "the token or password is missing or wrong"),
        ({"status": 302}, "status", "answered 302"),
        ({"status": 302, "headers": {"Location": "http://[bad"}}, "redirect", "wants us at an address that is no URL"),
        (
            {"status": 302, "headers": {"Location": "https://u:CANARY@h.example/p?key=CANARY"}},
            "redirect",
            "wants us at https://h.example/p;",
        ),
        ({"status": 302, "headers": {"Location": "/login?next=CANARY"}}, "redirect", "/login; set that address"),
        ({"status": 301, "headers": {"Location": "gopher:x"}}, "redirect", "wants us at gopher:...;"),
        ({"status": 418}, "status", "answered 418"),
    ],
)
async def test_a_refusal_has_its_cause_and_remedy(serve: Serve, fault: dict[str, Any], cause: str, words: str) -> None:
    error = await _fails(_client(), serve(fault).url())
    assert error.cause == cause
    assert words in str(error)


@pytest.mark.parametrize(
    ("url", "cause", "words"),
    [
        ("http://me:CANARY-urlpass-19de@model.example/", "secret", "use access.username and access.password"),
        ("ftp://model.example/", "network", "ftp:...: not an http or https address"),
        ("file:///etc/passwd", "network", "file:...: not an http"),
        ("model.example/api", "network", "an address without a scheme: not an http"),
        ("http://[bad", "network", "an address that is no URL: not an http"),
        ("http://model.example:99999/", "network", "an address that is no URL: not an http"),
        ("http:///api", "network", "not an http or https address"),
        ("http://exa mple\x1b[31m/", "network", "not an http or https address"),
    ],
)
async def test_an_address_that_cannot_be_asked_is_refused(url: str, cause: str, words: str) -> None:
    error = await _fails(_client(), url)
    assert error.cause == cause
    assert words in str(error)


async def test_a_host_name_that_no_name_service_could_hold_is_a_fault_of_names() -> None:
    error = await _fails(_client(), f"http://{'a' * 64}.example/")
    assert error.cause == "dns"


async def test_a_header_that_cannot_be_written_is_a_fault_of_this_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        error = await _fails(_client(), url, headers={"X-Own": f"{_CANARY}\nbreak"})
    assert error.cause == "internal"


async def test_a_source_of_the_own_authority_is_trusted_with_its_ca_file(serve: Serve, certificates: Any) -> None:
    served = serve(_OK, tls="good")
    async with _client(Credentials(ca_file=certificates.authority)) as client:
        assert await client.get(served.url(scheme="https")) == b'{"rows":[]}'
    error = await _fails(_client(), served.url(scheme="https"))
    assert error.cause == "tls"
    assert "the certificate is not accepted" in str(error)
    assert "set ca_file if it is your own" in str(error)


async def test_the_authorities_of_the_host_count(
    serve: Serve, certificates: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served = serve(_OK, tls="good")
    monkeypatch.setenv("SSL_CERT_FILE", certificates.authority)
    async with _client() as client:
        assert await client.get(served.url(scheme="https")) == b'{"rows":[]}'
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert (await _fails(_client(), served.url(scheme="https"))).cause == "tls"
    (tmp_path / "0").write_text("no certificate")
    assert (await _fails(_client(), served.url(scheme="https"))).cause == "tls"


async def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("none.pem", "empty.pem", "a\0b"):
        error = await _fails(_client(Credentials(ca_file=f"{tmp_path}/{name}")), "https://model.example/")
        assert error.cause == "file"


async def test_a_server_that_speaks_no_tls_is_a_fault_of_tls() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await _fails(_client(), f"https://127.0.0.1:{port}/")
    assert error.cause == "tls"


async def test_the_proxy_of_the_environment_is_used_unless_no_proxy_names_the_network(serve: Serve) -> None:
    proxy, direct = serve(_OK), serve(_OK)
    environ = {"HTTP_PROXY": f"me:CANARY-proxy-d00d@127.0.0.1:{proxy.port}", "NO_PROXY": "10.0.0.0/8"}
    async with _client(Credentials(environ=environ)) as client:
        await client.get(direct.url())
    assert len(proxy.asked) == 1
    assert direct.asked == []
    assert proxy.asked[0].startswith(f"GET {direct.url()} HTTP/1.1".encode())
    environ["NO_PROXY"] = "10.0.0.0/8, 127.0.0.0/8"
    async with _client(Credentials(environ=environ)) as client:
        await client.get(direct.url())
    assert len(direct.asked) == 1


async def test_the_login_of_the_proxy_goes_to_the_proxy_alone(serve: Serve) -> None:
    proxy = serve({"status": 407}, _OK)
    credentials = Credentials(proxy=proxy.url(""), proxy_login=("me", Secret("CANARY-proxy-d00d")))
    error = await _fails(_client(credentials), "http://model.example/api")
    assert error.cause == "proxy"
    assert "set proxy_username and proxy_password" in str(error)
    assert _head(proxy.asked[0])["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize(("status", "asked"), [(407, 1), (502, 3)])
async def test_a_proxy_that_refuses_a_tunnel_is_named(serve: Serve, status: int, asked: int) -> None:
    proxy = serve({"raw_status": f"HTTP/1.1 {status} \\x1b[31mCANARY", "status": status})
    error = await _fails(_client(Credentials(proxy=proxy.url(""))), "https://model.example/api")
    assert error.cause == "proxy"
    assert f"the proxy answered {status}" in str(error)
    assert len(proxy.asked) == asked


async def test_a_proxy_that_cannot_be_reached_is_not_blamed_on_the_source() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    error = await _fails(_client(Credentials(proxy=proxy)), "http://model.example/api")
    assert error.cause == "proxy"
    assert "the proxy cannot be reached: the connection was refused" in str(error)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://[bad", "http://:CANARY@", "http://CANARY:x"])
async def test_a_proxy_of_the_environment_that_cannot_be_used_is_named(proxy: str) -> None:
    error = await _fails(_client(Credentials(environ={"ALL_PROXY": proxy})), "http://model.example/api")
    assert error.cause == "proxy"


async def test_nothing_of_a_request_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    served = serve(_OK)
    credentials = credentials_of(Access(token=SecretRef.from_toml("env:TOKEN")), {"TOKEN": _CANARY})
    async with _client(credentials) as client:
        await client.get(served.url(), {"key": "CANARY-query-55aa"})
    assert "CANARY" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("http")]


async def test_the_clock_of_the_source_is_compared_with_ours_only_when_it_shows_it(serve: Serve) -> None:
    served = serve(
        _OK,
        {"status": 200, "headers": {"Date": "+1 h"}},
        {"status": 200, "raw": "Date: x\\r\\nContent-Length: 2\\r\\n\\r\\n{}"},
    )
    async with _client() as client:
        await client.get(served.url())
        assert client.skew is None
        await client.get(served.url())
        ahead = float(client.skew or 0)
        await client.get(served.url())
        assert client.skew == ahead > 3_500


async def test_a_run_of_its_own_chance_needs_no_arguments(serve: Serve) -> None:
    async with HttpClient(Credentials(redact=Redactor()), Bounds(), Gate(), datetime.now(UTC)) as client:
        assert json.loads(await client.get(serve(_OK).url())) == {"rows": []}


def test_the_limits_of_a_source_are_its_bounds() -> None:
    limits = replace(Limits(), body_bytes=5, pages=7, tries=2)
    assert Bounds.of(limits) == Bounds(5.0, 15.0, 30.0, 120.0, 5, 7, 2)
    assert Bounds.of(Limits()) == Bounds()


async def test_an_order_is_sent_once_whatever_comes_back(serve: Serve) -> None:
    for answer in ({"status": 502, "body": "{}"}, {"status": 429, "body": "{}", "headers": {"Retry-After": "1"}}):
        served = serve(answer)
        async with asyncio.timeout(30), _client() as client:
            with pytest.raises(SourceError):
                await client.send("POST", served.url(), {"state": "approved"})
        assert len(served.asked) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_an_order_that_is_accepted_needs_no_words(serve: Serve, status: int) -> None:
    served = serve({"status": status, "body": ""})
    async with asyncio.timeout(30), _client() as client:
        await client.send("PATCH", served.url(), {"state": "approved"}, {"Accept": "application/json"})
    (asked,) = served.asked
    assert asked.startswith(b"PATCH /api HTTP/1.1")
    assert b"accept: application/json" in asked.lower()
    assert b'{"state": "approved"}' in asked
