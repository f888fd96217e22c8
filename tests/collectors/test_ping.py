"""Pings: the right address for each news, any success is heard, no failure matters, and the address is never seen."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors import ping
from collectors.ping import News, Ping, at, is_address, parts_of
from collectors.redaction import Redactor
from collectors.secrets import Secret, SecretRef

_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
_UUID = "5f0a8c1e-CANARY-4b7d"
_REFERENCE = SecretRef.from_toml("env:PING")
Serve = Callable[..., Any]


def _ping(address: str | None, redact: Redactor | None = None) -> Ping:
    return Ping(_REFERENCE, {"PING": address} if address else {}, _NOW, redact or Redactor())


@pytest.mark.parametrize(
    ("news", "words", "line", "body"),
    [
        ("start", "", "GET /ping/CANARY/start HTTP/1.1", b""),
        ("success", "", "GET /ping/CANARY HTTP/1.1", b""),
        ("success", "4 of 5 sources complete", "POST /ping/CANARY HTTP/1.1", b"4 of 5 sources complete"),
        ("fail", "z\u00fc wenig", "POST /ping/CANARY/fail HTTP/1.1", "z\u00fc wenig".encode()),
    ],
)
async def test_each_news_has_an_address_of_its_own(
    serve: Serve, news: News, words: str, line: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve({"body": "OK"})
    await _ping(served.url("/ping/CANARY/")).send(news, words)
    (asked,) = served.asked
    head, _, sent = asked.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0].decode() == line
    assert sent == body
    assert caplog.records == []


@pytest.mark.parametrize(
    "fault", [{"body": ""}, {"body": "<html>thanks"}, {"status": 202, "body": "x"}, {"status": 204}]
)
async def test_any_answer_of_success_is_heard(
    serve: Serve, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(fault)
    await _ping(served.url("/x")).send("success")
    assert len(served.asked) == 1
    assert caplog.records == []


@pytest.mark.parametrize(
    ("faults", "cause", "words", "times"),
    [
        ([{"status": 404, "body": f'{{"error": "no check {_UUID}"}}'}], "status", "answered 404", 1),
        ([{"status": 301, "headers": {"Location": f"https://elsewhere.example/{_UUID}/fail"}}], "redirect", "301", 1),
        ([{"status": 503, "body": "{}"}], "status", "(asked 2 times)", 2),
        ([{"hang_s": 30}], "timeout", "limits.read", 1),
        ([{"reset_after_bytes": 10}], "network", "", 2),
    ],
)
async def test_news_that_are_not_heard_are_a_warning_without_the_address(
    serve: Serve, faults: list[Any], cause: str, words: str, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "collectors")
    served = serve(*faults)
    made = _ping(served.url(f"/{_UUID}?key=CANARY-query"))
    await made.send("fail", "nothing came")
    (record,) = caplog.records
    facts: dict[str, Any] = record.__dict__
    assert (record.levelname, facts["news"], facts["cause"]) == ("WARNING", "fail", cause)
    assert words in facts["detail"]
    assert "CANARY" not in f"{facts!r} {made!r}"
    assert len(served.asked) == times


@pytest.mark.parametrize(
    ("address", "cause", "words"),
    [
        (None, "secret", "secret env:PING is not set"),
        (f"ftp://ping.example/{_UUID}", "network", "not an http or https address"),
        (f"{_UUID}", "network", "not an http or https address"),
        (f"http://[{_UUID}", "network", "not an http or https address"),
        (f"http://user:CANARY@127.0.0.1/{_UUID}", "secret", "holds a login"),
        (f"http://127.0.0.1:1/{_UUID}", "network", "127.0.0.1:1/"),
    ],
)
async def test_an_address_that_cannot_be_called_is_a_warning_too(
    address: str | None, cause: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    await _ping(address).send("start")
    facts: dict[str, Any] = caplog.records[0].__dict__
    assert facts["cause"] == cause
    assert words in facts["detail"]
    assert "CANARY" not in repr(facts)


async def test_what_hides_secrets_everywhere_learns_the_whole_address(serve: Serve) -> None:
    url, known = serve({"body": "OK"}).url(f"/heartbeat/{_UUID}"), Redactor()
    await _ping(url, known).send("start")
    assert known(f"asked {url} twice") == "asked [redacted] twice"
    assert known("a heartbeat") == "a heartbeat"  # what sources say must stay as they say it


@pytest.mark.parametrize(
    ("address", "news", "called"),
    [
        ("https://p.example/a", "start", "https://p.example/a/start"),
        ("https://p.example/a//#x", "fail", "https://p.example/a/fail"),
        ("https://p.example/a/?create=1", "fail", "https://p.example/a/fail?create=1"),
        ("https://p.example/a?create=1", "success", "https://p.example/a?create=1"),
    ],
)
def test_news_stand_at_the_end_of_the_path(address: str, news: News, called: str) -> None:
    assert at(Secret(address), news) == called


def test_the_parts_of_an_address_are_all_behind_its_host() -> None:
    found = [part.reveal() for part in parts_of(Secret("https://p.example:8000/ab/uuid-1?key=long&x=y#end"))]
    assert found == ["uuid-1", "key", "long", "end"]


@pytest.mark.parametrize(
    ("address", "usable"),
    [("https://p.example/a", True), ("p.example/a", False), ("http://", False), ("http://[x", False)],
)
def test_an_address_has_a_scheme_and_a_host(address: str, *, usable: bool) -> None:
    assert is_address(Secret(address)) is usable


def test_the_time_that_a_silent_service_can_take_is_seconds() -> None:
    assert ping._BOUNDS.source <= 3
    assert ping._BOUNDS.tries == 2


async def test_a_command_may_give_the_address(serve: Serve) -> None:
    served = serve({"body": "OK"})
    reference = SecretRef.from_toml(f'cmd:["echo", "{served.url("/x")}"]')
    await Ping(reference, dict(os.environ), _NOW, Redactor()).send("success")
    assert len(served.asked) == 1
