"""No secret reaches a byte that the program produces: terminal, logs, store, exports, reports, its own arguments."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.hostile import texts
from tests.hostile.site import COMMAND, Site
from tests.hostile.walk import Walk
from tests.tui.pty_terminal import ROOT, PtyTerminal

pytestmark = pytest.mark.shared


class Echo(BaseHTTPRequestHandler):
    """Repeat what was sent in every place of an answer, as careless servers do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Fail with an echo, or list a change whose every field is one."""
        sent = " ".join(f"{name}: {value}" for name, value in self.headers.items())
        plain = base64.b64decode(self.headers.get("Authorization", "Basic ").partition(" ")[2] + "==", b"-_")
        server: Any = self.server
        server.met.append(sent)
        words = f"{self.path} {sent} {plain.decode('utf-8', 'replace')}"
        if "/fail" in self.path:
            self._answer(401, {"error": words, "message": words})
        else:
            self._answer(200, [{"id": "c", "title": f"new {words}"}, {"id": "", "title": words}])

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.met = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def forms(secret: str) -> set[bytes]:
    """Give every way in which the secret could be written."""
    encoded = base64.b64encode(secret.encode())
    written = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return {each.encode() for each in written} | {
        encoded,
        encoded.rstrip(b"="),
        base64.urlsafe_b64encode(secret.encode()),
    }


def source(name: str, url: str, access: str) -> str:
    """Write one source of a change list."""
    return (
        f'[[sources]]\nname = "{name}"\nkind = "http_json"\nsystem = "desk"\n[sources.options]\nurl = "{url}"\n'
        f'[sources.options.map]\nrecord = "change"\nfields = {{ id = "id", title = "title" }}\n'
        f"[sources.options.access]\n{access}\n[sources.limits]\ntries = 1\n"
    )


def placed(row: dict[str, Any], folder: Path) -> str:
    """Put the secret where its row says, and give the access that refers to it."""
    name = row["id"].upper()
    vault = folder / row["id"]
    vault.write_text(row["secret"], encoding="utf-8")
    vault.chmod(0o600)
    ways = {
        "x-api-key header": f'token = "env:{name}"\ntoken_header = "x-api-key"\ntoken_scheme = ""',
        "basic auth in URL": f'username = "u"\npassword = "env:{name}"',
        "file": f'token = "file:{vault}"',
        "command output": f'token = \'cmd:["cat", "{vault}"]\'',
        "proxy URL password": f'proxy = "PROXY"\nproxy_username = "u"\nproxy_password = "env:{name}"',
        "cookie": f'headers = {{ Cookie = "env:{name}" }}',
    }
    return ways.get(row["placed_as"], f'token = "env:{name}"')


def produced(folder: Path) -> dict[str, bytes]:
    """Give every file that the program made."""
    left_out = {"config.toml"} | {row["id"] for row in texts.lines_of("secret_canaries")}
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name not in left_out}


def test_no_byte_of_anything_produced_holds_a_secret(echo: Any, tmp_path: Path) -> None:
    rows = texts.lines_of("secret_canaries")
    url = f"http://127.0.0.1:{echo.server_address[1]}"
    plan = f'[portfolio]\nname = "a"\n[[people]]\nname = "A"\n[[systems]]\nname = "desk"\nowner = "A"\n[store]\nfolder = "{tmp_path}/store"\n'
    for row in rows:
        access = placed(row, tmp_path).replace("PROXY", url)
        plan += source(row["id"], f"{url}/list", access) + source(f"{row['id']}-f", f"{url}/fail", access)
    config = tmp_path / "config.toml"
    config.write_text(plan, encoding="utf-8")
    environ = Site.clean(tmp_path, config) | {row["id"].upper(): row["secret"] for row in rows}
    output: dict[str, bytes] = {}
    arguments = b""
    for command in (("collect",), ("collect", "--log-json"), ("collect", "--dry-run"), ("doctor",), ("doctor", "--json"),
                    ("status", "--json"), ("show", "desk", "--json"), ("export", "changes"), ("config", "show"),
                    ("export", "changes", "--out", str(tmp_path / "changes.csv")), ("store", "backup"), ("schedule", "--cron")):  # fmt: skip
        child = subprocess.Popen(
            (*COMMAND, *command), env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        arguments += Path(f"/proc/{child.pid}/cmdline").read_bytes()
        out, err = child.communicate()
        output[" ".join(command)] = out + err
        assert child.returncode in (0, 1, 2, 3, 64), (command, err)
    terminal = PtyTerminal(COMMAND, environ | {"TERM": "xterm-256color"}, 200, 50)
    walk = Walk(terminal)
    walk.press(b"", lambda: "data" in terminal.text.split("\n")[1], "portfolio")
    walk.press(b"4", "risk, then age", "approvals")
    walk.press(b"7", "failed first", "collection")
    walk.pages("collection", 40)
    terminal.type(b"q")
    assert terminal.wait() == 0
    terminal.close()
    assert any("CANARY-bearer-7f3a91" in met for met in echo.met)
    found = output | produced(tmp_path) | {"terminal": terminal.output, "arguments": arguments}
    leaks = [
        (row["placed_as"], place, form)
        for row in rows
        for form in forms(row["secret"])
        for place, content in found.items()
        if len(form) > 4 and form in content
    ]
    assert leaks == []
