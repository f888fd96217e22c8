"""Signatures of AWS: the vendor's published examples, each try signed anew, keys that are never seen."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.secrets import Secret, SecretRef
from collectors.signing import AwsKeys, Signer, canonical, signing_key
from store.errors import SourceError

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
THEN = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
LETTERS = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = "application/x-www-form-urlencoded"


def _ref(text: str) -> SecretRef:
    return SecretRef.from_toml(text)


def _signer(**changed: Any) -> Signer:
    keys: dict[str, Any] = {"region": "us-east-1", "service": "service"}
    return Signer(Secret(KEY_ID), Secret(SECRET), **keys | changed)


@pytest.mark.parametrize(
    ("method", "target", "kind", "body", "signature"),
    [  # aws-sig-v4-test-suite: get-vanilla and its siblings, by name
        ("GET", "/", "", b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "",
            b"",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            f"/?{LETTERS}={LETTERS}",
            "",
            b"",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        ("GET", "/\u1234", "", b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        ("GET", "/?\u1234=bar", "", b"", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("POST", "/", "", b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST", "/?Param1=value1", "", b"", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
        (
            "POST",
            "/",
            FORM,
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_the_published_examples_are_signed_as_published(
    method: str, target: str, kind: str, body: bytes, signature: str
) -> None:
    headers = {"Host": "example.amazonaws.com", "User-Agent": "not signed"} | ({"Content-Type": kind} if kind else {})
    names = "content-type;host;x-amz-date" if kind else "host;x-amz-date"
    assert _signer().headers(method, target, headers, body, THEN) == {
        "x-amz-date": "20150830T123600Z",
        "authorization": f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}",
    }


def test_the_example_of_the_signing_guide_is_signed_step_by_step() -> None:
    key = signing_key(Secret(SECRET), "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    headers = {"host": "iam.amazonaws.com", "content-type": f"{FORM}; charset=utf-8"}
    target = "/?Action=ListUsers&Version=2010-05-08"
    _, asked = canonical("GET", target, headers | {"x-amz-date": "20150830T123600Z"}, b"")
    assert asked.split("\n")[:6] == [
        "GET",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        "content-type:application/x-www-form-urlencoded; charset=utf-8",
        "host:iam.amazonaws.com",
        "x-amz-date:20150830T123600Z",
    ]
    signed = _signer(service="iam").headers("GET", target, headers, b"", THEN)
    assert signed["authorization"].endswith("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")


def test_a_session_token_is_sent_and_signed() -> None:
    signed = _signer(session_token=Secret("CANARY-session")).headers("GET", "/", {"host": "h"}, b"", THEN)
    assert signed["x-amz-security-token"] == "CANARY-session"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in signed["authorization"]


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("monitoring.eu-central-1.amazonaws.com", "eu-central-1/monitoring"),
        ("ce.us-east-1.amazonaws.com:443", "us-east-1/ce"),
        ("monitoring.us-gov-west-1.amazonaws.com", "us-gov-west-1/monitoring"),
        ("monitoring.cn-north-1.amazonaws.com.cn", "cn-north-1/monitoring"),
        ("vpce-1-a.monitoring.eu-west-1.vpce.amazonaws.com", "eu-west-1/monitoring"),
        ("monitoring.eu-west-1.api.aws", "eu-west-1/monitoring"),
    ],
)
def test_service_and_region_are_read_from_the_address(host: str, scope: str) -> None:
    signed = _signer(region="", service="").headers("GET", "/", {"host": host}, b"", THEN)
    assert f"/20150830/{scope}/aws4_request" in signed["authorization"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "example.com", "amazonaws.com.evil.example"])
def test_an_address_that_names_neither_is_refused(host: str) -> None:
    with pytest.raises(SourceError, match=r"set access\.aws\.service") as error:
        _signer(region="", service="").headers("GET", "/", {"host": host}, b"", THEN)
    assert error.value.cause == "auth"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "either key_id and secret, or process"),
        ({"key_id": "env:A"}, "found one of them"),
        ({"secret": "env:A"}, "found one of them"),
        ({"key_id": "env:A", "secret": "env:B", "process": "env:C"}, "either key_id and secret, or process"),
        ({"process": "env:A", "session_token": "env:B"}, "either key_id and secret, or process"),
    ],
)
def test_keys_that_could_not_work_are_refused(keys: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AwsKeys(**{name: _ref(text) for name, text in keys.items()})  # type: ignore[arg-type]  # only references


def test_keys_stand_alone() -> None:
    keys = AwsKeys(_ref("env:A"), _ref("env:B"))
    with pytest.raises(ValueError, match="either keys of AWS or a token"):
        Access(token=_ref("env:T"), aws=keys)


_GIVEN = {"Version": 1, "AccessKeyId": "CANARY-key-id", "SecretAccessKey": "CANARY-secret-1/+=", "Expiration": "x"}


@pytest.mark.parametrize("token", ["", "CANARY-session/2=="])
def test_a_process_gives_all_keys_at_once_and_they_are_known_to_the_redactor(token: str) -> None:
    access = Access(aws=AwsKeys(process=_ref("env:GIVEN")))
    credentials = credentials_of(access, {"GIVEN": json.dumps(_GIVEN | {"SessionToken": token})})
    signer = credentials.aws
    assert signer is not None
    assert (signer.key_id.reveal(), signer.secret.reveal()) == ("CANARY-key-id", "CANARY-secret-1/+=")
    assert (signer.session_token.reveal() if signer.session_token else "") == token
    assert "CANARY" not in repr(credentials)
    assert "CANARY" not in credentials.redact(f"CANARY-key-id CANARY-secret-1/+= {token}")


@pytest.mark.parametrize("said", ["CANARY no JSON", '{"AccessKeyId": "CANARY-only"}', '["CANARY"]'])
def test_a_process_that_gives_something_else_is_named_and_not_repeated(said: str) -> None:
    with pytest.raises(SourceError, match="env:GIVEN gave no JSON with AccessKeyId") as error:
        credentials_of(Access(aws=AwsKeys(process=_ref("env:GIVEN"))), {"GIVEN": said})
    assert error.value.cause == "secret"
    assert "CANARY" not in str(error.value)


def test_a_key_with_a_blank_is_refused_and_not_shown() -> None:
    keys = AwsKeys(_ref("env:A"), _ref("env:B"), _ref("env:C"))
    with pytest.raises(SourceError, match="holds a blank") as error:
        credentials_of(Access(aws=keys), {"A": "CANARY-1", "B": "CANARY-2 x", "C": "CANARY-3"})
    assert "CANARY" not in str(error.value)


async def test_each_try_is_signed_anew_at_its_own_time_and_an_echo_is_hidden(serve: Callable[..., Any]) -> None:
    environ = {"A": "CANARY-key-id", "B": "CANARY-secret", "C": "CANARY-session"}
    keys = AwsKeys(_ref("env:A"), _ref("env:B"), _ref("env:C"), region="eu-central-1", service="monitoring")
    busy = {"status": 400, "body": '{"__type": "com.amazon.x#ThrottlingException", "message": "Rate of CANARY-key-id"}'}
    served = serve(busy, {"status": 200, "body": '{"said": "CANARY-session"}'})
    waits: list[float] = []

    async def later(seconds: float) -> None:
        waits.append(seconds)
        client._began -= 600  # ten minutes pass

    client = HttpClient(credentials_of(Access(aws=keys), environ), Bounds(), Gate(), THEN, sleep=later)
    async with client:
        body = await client.post(served.url("/"), json={"a": 1}, headers={"X-Amz-Target": "G.GetMetricData"})
    assert body == b'{"said": "[redacted]"}'
    assert len(waits) == 1
    tries = [_sent(each) for each in served.asked]
    times = [datetime.strptime(head["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for head, _ in tries]
    assert times[0] - THEN < timedelta(minutes=1)
    assert timedelta(minutes=10) <= times[1] - times[0] < timedelta(minutes=11)
    for (head, content), time in zip(tries, times, strict=True):
        assert head["x-amz-security-token"] == "CANARY-session"
        names = re.search(r"SignedHeaders=([^,]+)", head["authorization"])
        assert names
        assert names[1] == "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        signer = Signer(Secret("CANARY-key-id"), Secret("CANARY-secret"), None, "eu-central-1", "monitoring")
        assert signer.headers("POST", "/", head, content, time)["authorization"] == head["authorization"]


def _sent(asked: bytes) -> tuple[dict[str, str], bytes]:
    head, _, content = asked.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}, content
