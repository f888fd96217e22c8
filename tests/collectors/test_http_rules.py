"""The small rules beneath the client: hints, rests, proxies, causes, places. All pure."""

import socket
import ssl
import zlib
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.causes import fault_beneath
from collectors.circuit import OPENS_AFTER, Circuit
from collectors.complaints import complaint, words_of
from collectors.inflate import Body, TooLargeError
from collectors.patience import LONGEST_HINT, hint, moment_of, pause
from collectors.proxies import proxy_for
from collectors.words import origin, place, plain
from store.errors import SourceError

_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
_SOON = int(_NOW.timestamp()) + 90


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "abc"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "99999999"}, LONGEST_HINT),
        ({"retry-after": "9" * 40}, None),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "7", "retry-after-ms": "soon"}, 7),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT", "date": "Mon, 23 Nov 2026 10:00:10 GMT"}, 20),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset": str(_SOON)}, 90),
        ({"ratelimit-reset": f"{_SOON}000"}, 90),
        ({"x-rate-limit-reset": "Mon Nov 23 2026 10:00:40 GMT+0000 (Coordinated Universal Time)"}, 40),
        ({"x-ratelimit-reset": "whenever"}, None),
        ({"ratelimit-reset": "whenever", "x-ratelimit-reset": "3"}, 3),
        ({"x-ms-ratelimit-microsoft.consumption-retry-after": "60"}, 60),
    ],
)
def test_every_known_hint_is_read_in_its_own_unit(headers: dict[str, str], seconds: float | None) -> None:
    assert hint(headers, _NOW) == seconds


@pytest.mark.parametrize(
    "text", ["", "abc", "99999999999999999999", "Mon, 23 Nov 20260 10:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 +9999"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text) is None


@given(st.integers(min_value=0, max_value=50), st.integers())
def test_a_pause_is_random_under_a_ceiling_that_stops_growing(attempt: int, seed: int) -> None:
    assert 0 <= pause(attempt, Random(seed)) <= min(8, 0.5 * 2**attempt)  # noqa: S311 - jitter


def test_a_source_is_asked_until_it_has_failed_five_times_in_a_row() -> None:
    for failures in range(OPENS_AFTER):
        assert Circuit(failures, _NOW).admit(_NOW) is False
        assert Circuit(failures, _NOW).rest_until is None


@pytest.mark.parametrize(("failures", "minutes"), [(5, 5), (6, 10), (7, 20), (8, 40), (9, 60), (500, 60)])
def test_an_open_circuit_rests_and_then_lets_one_trial_through(failures: int, minutes: int) -> None:
    circuit = Circuit(failures, _NOW)
    end = _NOW + timedelta(minutes=minutes)
    with pytest.raises(SourceError, match=f"{failures} runs failed in a row; the next trial is in") as caught:
        circuit.admit(end - timedelta(seconds=1))
    assert caught.value.cause == "circuit"
    assert caught.value.retry_after == 1
    assert circuit.admit(end) is True
    assert Circuit(failures).admit(_NOW) is True


def test_a_source_that_asked_for_patience_is_left_alone_until_then() -> None:
    circuit = Circuit(1, _NOW, _NOW + timedelta(seconds=30))
    with pytest.raises(SourceError, match="wants 30 s more of patience") as caught:
        circuit.admit(_NOW)
    assert caught.value.cause == "throttled"
    assert circuit.admit(_NOW + timedelta(seconds=30)) is False


@pytest.mark.parametrize(
    ("url", "configured", "environ", "proxy"),
    [
        ("http://a.example/", "", {}, ""),
        ("http://a.example/", "http://p:1", {"http_proxy": "http://q:2"}, "http://p:1"),
        ("http://a.example/", "none", {"http_proxy": "http://q:2"}, ""),
        ("http://a.example/", "", {"http_proxy": "http://q:2", "HTTP_PROXY": "http://r:3"}, "http://q:2"),
        ("https://a.example/", "", {"http_proxy": "http://q:2"}, ""),
        ("https://a.example/", "", {"HTTPS_PROXY": "q:2"}, "http://q:2"),
        ("https://a.example/", "", {"ALL_PROXY": "https://q:2"}, "https://q:2"),
        *[
            (url, "", {"all_proxy": "http://q:2", "no_proxy": exempt}, "http://q:2" if is_proxied else "")
            for url, exempt, is_proxied in (
                ("http://10.1.2.3:9090/", "10.0.0.0/8", False),
                ("http://11.1.2.3:9090/", "10.0.0.0/8", True),
                ("http://10.1.2.3/", "10.1.2.3", False),
                ("http://[fd00::1]/", "fd00::/8", False),
                ("http://[fd00::1]/", "[fd00::1]", False),
                ("http://a.example/", "10.0.0.0/8,*", False),
                ("http://a.example/", "example", False),
                ("http://a.example/", ".example", False),
                ("http://a.example/", "*.example", False),
                ("http://A.Example./", "a.example", False),
                ("http://badexample/", "example", True),
                ("http://a.example:8080/", "a.example:8080", False),
                ("http://a.example:8081/", "a.example:8080", True),
                ("http://a.example/", "", True),
                ("http://a.example/", " , ", True),
                ("http://a.example/", "a.example:x", True),
            )
        ],
    ],
)
def test_the_proxy_is_chosen_as_configured(url: str, configured: str, environ: dict[str, str], proxy: str) -> None:
    assert proxy_for(url, configured, environ) == proxy


def _certificate_error() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "no")
    error.verify_message = "self-signed\x1b[31m certificate"
    return error


@pytest.mark.parametrize(
    ("error", "cause", "words", "again"),
    [
        (_certificate_error(), "tls", "self-signed\N{REPLACEMENT CHARACTER}[31m certificate", False),
        (ssl.SSLError(1, "wrong version"), "tls", "TLS failed", False),
        (socket.gaierror(socket.EAI_NONAME, "no"), "dns", "the host has no address", False),
        (socket.gaierror(socket.EAI_AGAIN, "no"), "dns", "at the moment", True),
        (UnicodeError("label too long"), "dns", "the host has no address", False),
        (ConnectionRefusedError(111, "no"), "network", "refused: nothing listens there", True),
        (ConnectionResetError(104, "no"), "network", "the connection was reset", True),
        (OSError(113, "No route to host"), "network", "No route to host", True),
        (OSError("all attempts failed"), "network", "cut off or was not HTTP", True),
        (ValueError("CANARY"), "network", "cut off or was not HTTP", True),
    ],
)
def test_the_fault_beneath_is_found_however_deep_it_lies(error: Exception, cause: str, words: str, again: bool) -> None:  # noqa: FBT001 - a table of cases
    outer = RuntimeError("outer")
    outer.__cause__ = ExceptionGroup("attempts", [ValueError("other"), error])
    fault = fault_beneath(outer)
    assert (fault.cause, fault.retryable) == (cause, again)
    assert words in fault.words
    assert "CANARY" not in fault.words


@given(st.text())
def test_foreign_text_in_a_message_is_one_short_printable_line(text: str) -> None:
    shown = plain(text, 50)
    assert shown.isprintable()
    assert len(shown) <= 50
    assert plain(shown, 50) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:p@h.example:8080/a/b?key=1#x", "http://h.example:8080/a/b"),
        ("https://[fd00::1]:1/", "https://[fd00::1]:1/"),
        ("http://h/\x1b[31m", "http://h/\N{REPLACEMENT CHARACTER}[31m"),
        ("http:///x", "http:..."),
        ("nothing", "an address without a scheme"),
        ("http://h:x/", "an address that is no URL"),
    ],
)
def test_only_the_place_of_a_url_is_shown(url: str, shown: str) -> None:
    assert place(url) == shown


def test_servers_are_told_apart_by_scheme_host_and_port() -> None:
    assert origin("http://a/x") == ("http", "a", 80)
    assert origin("https://a/x") == ("https", "a", 443)
    assert origin("https://a:8443/x") == ("https", "a", 8443)


@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=5), st.integers(min_value=1, max_value=500))
def test_a_body_is_the_same_however_it_was_cut_into_pieces(members: list[bytes], size: int) -> None:
    packed = b""
    for member in members:
        packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
        packed += packer.compress(member) + packer.flush()
    body = Body("gzip", 10_000)
    for start in range(0, len(packed), size):
        body.add(packed[start : start + size])
    assert body.done() == b"".join(members)


def test_a_bomb_is_stopped_one_byte_past_the_limit() -> None:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    packed = packer.compress(bytes(1_000_000)) + packer.flush()
    body = Body("gzip", 999_999)
    with pytest.raises(TooLargeError, match="larger than 999999 bytes"):
        body.add(packed)
    exact = Body("gzip", 1_000_000)
    exact.add(packed)
    assert len(exact.done()) == 1_000_000


def test_complaints_are_read_from_error_answers_only() -> None:
    assert words_of([]) == ""
    assert words_of({"detail": "gone"}) == "gone"
    assert words_of({"error": "no"}) == "no"
    assert complaint({"detail": "gone"}) == ""
