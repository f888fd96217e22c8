"""Secrets come by reference and are never seen: not in a message, a log, a copy or a traceback."""

import base64
import copy
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from collectors.access import Access, credentials_of
from collectors.redaction import HIDDEN, RedactingFilter, Redactor
from collectors.secrets import Secret, SecretRef, resolve
from store.errors import SourceError

_CANARY = "CANARY-bearer-7f3a91"
_CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "secret_canaries.jsonl"


def _canaries() -> list[Any]:
    if not _CORPUS.exists():
        return [pytest.param({}, marks=pytest.mark.shared, id="corpus")]
    lines = [json.loads(line) for line in _CORPUS.read_text().splitlines()]
    return [pytest.param(line, marks=pytest.mark.shared, id=line["placed_as"].replace(" ", "-")) for line in lines]


def _refused(text: str, environ: dict[str, str] | None = None, patience: float = 10.0) -> str:
    with pytest.raises(SourceError) as caught:
        resolve(SecretRef.from_toml(text), environ or {}, patience=patience)
    assert caught.value.cause == "secret"
    assert _CANARY not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{_CANARY}\r\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    "literal",
    [
        _CANARY,
        f"env:{_CANARY}",
        "env:",
        f"token:{_CANARY}",
        f"file:{_CANARY}",
        "file:/a\nb",
        f"cmd:{_CANARY}",
        "cmd:[]",
        'cmd:[""]',
        'cmd:["a", 1]',
        'cmd:["a\\u0000b"]',
        'cmd:{"a": 1}',
        f"keyring:{_CANARY}",
        "",
        3,
        None,
        [_CANARY],
    ],
)
def test_a_literal_is_refused_with_words_that_do_not_repeat_it(literal: object) -> None:
    with pytest.raises(ValueError, match="expected a reference") as caught:
        SecretRef.from_toml(literal)
    assert _CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("env:LANGFUSE_KEY", "env:LANGFUSE_KEY"),
        ("file:/run/secrets/token", "file:/run/secrets/token"),
        ("file:~/token", "file:~/token"),
        ('cmd:["pass", "show", "x"]', 'cmd:["pass", ...]'),
        ('cmd:["token"]', 'cmd:["token"]'),
        ("keyring:llmops/me", "keyring:llmops/me"),
    ],
)
def test_a_reference_may_be_shown(text: str, shown: str) -> None:
    assert str(SecretRef.from_toml(text)) == shown


def test_a_variable_of_the_environment_is_read() -> None:
    assert resolve(SecretRef.from_toml("env:KEY"), {"KEY": _CANARY}).reveal() == _CANARY
    assert _refused("env:KEY") == "secret env:KEY is not set in the environment of this process"
    assert _refused("env:KEY", {"KEY": ""}) == "secret env:KEY is empty"
    assert _refused("env:KEY", {"KEY": "ab"}) == "secret env:KEY has fewer than 3 characters"


def test_a_file_only_its_owner_can_read_is_read(vault: Path) -> None:
    assert resolve(SecretRef.from_toml(f"file:{vault}"), {}).reveal() == _CANARY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_file_open_to_others_is_refused_with_the_remedy(vault: Path, mode: int) -> None:
    vault.chmod(mode)
    assert _refused(f"file:{vault}").endswith(f"can be read by others (mode 0{mode:o}); chmod 600 it")


def test_what_is_no_readable_file_is_refused(tmp_path: Path, vault: Path) -> None:
    assert "cannot be read: No such file" in _refused(f"file:{tmp_path}/none")
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is not a regular file" in _refused(f"file:{tmp_path}/pipe")
    vault.write_bytes(b"\xff\xff\xff")
    assert "is not UTF-8 text" in _refused(f"file:{vault}")
    vault.write_bytes(b"x" * 65_537)
    assert "is longer than 65536 bytes" in _refused(f"file:{vault}")


def test_a_command_is_run_without_a_shell_and_its_words_stay_hidden(tmp_path: Path) -> None:
    ref = SecretRef.from_toml('cmd:["printf", "%s\\\\n", "$HOME;' + _CANARY + '"]')
    assert resolve(ref, dict(os.environ)).reveal() == f"$HOME;{_CANARY}"
    assert _CANARY not in str(ref)
    assert _refused('cmd:["false"]', dict(os.environ)) == 'secret cmd:["false"] ended with status 1'
    assert "cannot be started: No such file" in _refused(f'cmd:["{tmp_path}/none"]')
    program = f"import sys; sys.stderr.write('{_CANARY}'); sys.exit(3)"
    assert "ended with status 3" in _refused(f"cmd:{json.dumps([sys.executable, '-c', program])}")


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    program = f"sleep 600 & echo $! > {note}; wait"
    assert "gave nothing within 0.5 s" in _refused(
        f"cmd:{json.dumps(['sh', '-c', program])}", dict(os.environ), patience=0.5
    )
    state = Path(f"/proc/{note.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] in "ZX"


def test_a_keyring_is_asked_where_its_library_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "needs the Python library keyring" in _refused("keyring:llmops/me")
    held = f"def get_password(service, user):\n    return {{('llmops', 'me'): {_CANARY!r}}}.get((service, user))\n"
    (tmp_path / "keyring.py").write_text(held)
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve(SecretRef.from_toml("keyring:llmops/me"), {}).reveal() == _CANARY
    assert "no such entry" in _refused("keyring:llmops/you")
    monkeypatch.delitem(sys.modules, "keyring")


def test_a_secret_has_no_text_no_copy_and_no_pickle() -> None:
    secret = Secret(_CANARY)
    assert repr(secret) == "<secret>"
    assert repr([secret]) == "[<secret>]"
    for seen in (str, format, copy.copy, copy.deepcopy, pickle.dumps, json.dumps, vars):
        with pytest.raises(TypeError) as caught:
            seen(secret)
        assert _CANARY not in str(caught.value)


def _forms(secret: str) -> list[str]:
    known = secret.encode()
    return [
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote(secret, safe="").lower() if secret.islower() else secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        base64.b64encode(known).decode(),
        base64.urlsafe_b64encode(known).decode(),
        base64.b64encode(b"me:" + known).decode(),
        # a shorter one leaves three letters or fewer, which would be found in any text
        *(base64.b64encode(b"xy"[:shift] + known + b"!").decode() for shift in (1, 2) if len(secret) > 5),
    ]


@pytest.mark.parametrize("canary", _canaries())
def test_a_known_secret_is_taken_out_in_every_form(canary: dict[str, str]) -> None:
    secret = canary["secret"]
    redact = Redactor([Secret(secret)])
    for form in _forms(secret):
        shown = redact(f"before {form} after")
        assert HIDDEN in shown
        assert secret not in shown
        assert not any(line in shown for line in secret.splitlines() if len(line) > 8)
        assert shown.startswith("before ")
        assert shown.endswith(" after")


def test_an_answer_that_repeats_a_secret_is_read_without_it() -> None:
    redact = Redactor([Secret('canary-"quote"'), Secret("zq9")])
    body = json.dumps({"a": 'x canary-"quote" zq9', "b": base64.b64encode(b'canary-"quote"').decode(), "c": 1}).encode()
    assert redact.body(body) == b'{"a": "x [redacted] zq9", "b": "[redacted]", "c": 1}'
    assert Redactor().body(body) is body


def test_the_middle_of_a_longer_encoded_text_is_taken_out() -> None:
    redact = Redactor([Secret(_CANARY)])
    for start in range(9):
        encoded = base64.b64encode(b"x" * start + _CANARY.encode() + b"yyyy").decode()
        shown = redact(encoded)
        assert HIDDEN in shown
        assert len(encoded) - len(shown.replace(HIDDEN, "")) > len(_CANARY) * 8 / 6 - 2  # no byte is left whole


def test_one_secret_inside_another_does_not_show_the_rest() -> None:
    redact = Redactor([Secret("abc")])
    redact.add(Secret("abcdef"))
    assert redact("abcdef abc") == f"{HIDDEN} {HIDDEN}"
    assert Redactor()("abc") == "abc"


def test_log_records_are_redacted_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("test.redaction")
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RedactingFilter(Redactor([Secret(_CANARY)])))
    handler.setFormatter(logging.Formatter("%(message)s %(fact)s %(many)s %(table)s %(object)s %(count)s"))
    log.addHandler(handler)
    extra = {
        "fact": f"url?key={_CANARY}",
        "many": [_CANARY, (1, None)],
        "table": {_CANARY: {_CANARY}},
        "object": ValueError(_CANARY),
        "count": 3,
    }
    log.error("asked %s", _CANARY, extra=extra, stack_info=True, exc_info=RuntimeError(_CANARY))
    log.warning("plain", extra=extra)
    log.removeHandler(handler)
    shown = capsys.readouterr().out
    assert _CANARY not in shown
    assert "RuntimeError: [redacted]" in shown
    assert "asked [redacted] url?key=[redacted] ['[redacted]', [1, None]]" in shown
    assert "Stack (most recent call last)" in shown


def test_a_stack_that_names_a_secret_is_redacted() -> None:
    record = logging.makeLogRecord({"msg": "m", "stack_info": f"line {_CANARY}", "exc_text": f"text {_CANARY}"})
    assert RedactingFilter(Redactor([Secret(_CANARY)])).filter(record)
    assert record.stack_info == "line [redacted]"
    assert record.exc_text == "text [redacted]"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"token_header": "X Key"}, "name of an HTTP header"),
        ({"headers": {"a:b": SecretRef.from_toml("env:A")}}, "name of an HTTP header"),
        ({"token": SecretRef.from_toml("env:A"), "username": "u", "password": SecretRef.from_toml("env:B")}, "either"),
        ({"password": SecretRef.from_toml("env:A")}, "a username beside the password"),
        ({"token_scheme": "a\nb"}, "token_scheme of printable"),
        ({"username": "a:b"}, "without a colon"),
        ({"username": "a\nb"}, "without a colon"),
        ({"proxy": "http://me:CANARY-proxy-d00d@proxy:3128"}, "without a password in it"),
        ({"proxy": "proxy:3128"}, "expected a proxy such as"),
        ({"proxy": "socks5://proxy:1080"}, "expected a proxy such as"),
        ({"proxy": "http://proxy:99999"}, "expected a proxy such as"),
        ({"proxy": "http://[bad"}, "expected a proxy such as"),
    ],
)
def test_an_access_that_could_not_work_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Access(**options)
    assert "CANARY" not in str(caught.value)


def test_an_access_becomes_the_headers_of_a_request() -> None:
    environ = {
        "TOKEN": _CANARY,
        "PASS": "CANARY-pass-1",
        "COOKIE": "sid=CANARY-cookie-3c4d",
        "PROXY": "CANARY-proxy-d00d",
    }
    access = Access(
        token=SecretRef.from_toml("env:TOKEN"),
        token_header="x-api-key",
        token_scheme="",
        username="me",
        password=SecretRef.from_toml("env:PASS"),
        headers={"Cookie": SecretRef.from_toml("env:COOKIE")},
        proxy="http://proxy:3128",
        proxy_username="us",
        proxy_password=SecretRef.from_toml("env:PROXY"),
    )
    credentials = credentials_of(access, environ)
    assert {name: value.reveal() for name, value in credentials.headers.items()} == {
        "Cookie": "sid=CANARY-cookie-3c4d",
        "x-api-key": _CANARY,
        "Authorization": "Basic " + base64.b64encode(b"me:CANARY-pass-1").decode(),
    }
    assert credentials.proxy_login is not None
    assert credentials.proxy_login[0] == "us"
    assert "CANARY" not in repr(credentials)
    assert "CANARY" not in credentials.redact(
        " ".join([*environ.values(), credentials.headers["Authorization"].reveal()])
    )


def test_a_bearer_token_is_the_default() -> None:
    credentials = credentials_of(Access(token=SecretRef.from_toml("env:TOKEN")), {"TOKEN": _CANARY})
    assert credentials.headers["Authorization"].reveal() == f"Bearer {_CANARY}"
    assert credentials_of(Access(), {}).headers == {}


def test_a_secret_with_a_line_break_never_becomes_a_header() -> None:
    for key, ref in (("token", "env:A"), ("headers", {"X-A": SecretRef.from_toml("env:A")})):
        options: dict[str, Any] = {key: SecretRef.from_toml(ref) if isinstance(ref, str) else ref}
        with pytest.raises(SourceError, match="holds a line break") as caught:
            credentials_of(Access(**options), {"A": "CANARY-line\nbreak-42"})
        assert "CANARY" not in str(caught.value)


def test_a_crash_with_secrets_in_hand_shows_none_of_them() -> None:
    program = (
        "from collectors.access import Access, credentials_of\n"
        "from collectors.secrets import SecretRef\n"
        "import os\n"
        "held = credentials_of(Access(token=SecretRef.from_toml('env:TOKEN')), os.environ)\n"
        "raise RuntimeError(f'{held}')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "TOKEN": _CANARY}, capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"RuntimeError" in ended.stderr
    assert _CANARY.encode() not in ended.stdout + ended.stderr
