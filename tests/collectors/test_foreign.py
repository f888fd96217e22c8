"""Kinds of other packages: the worked example, and packages that hang, crash, lie or flood and harm nobody."""

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from collectors import foreign, hosting, runner
from collectors.base import Reach, Window
from collectors.connecting import tools
from collectors.foreign import Foreign, Options
from collectors.settings import Collection, Limits, RouteSettings, SourceSettings, collector_of
from store.errors import SourceError
from store.records import Outcome, Rejected, Sample
from store.values import Duration
from tui import cli

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example-collector"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "gateway-secret-5512"

_ODD = """
import os, sys, time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from collectors.base import Answer, Kind
from store.errors import SourceError
from store.records import Missing, Rejected, Sample, Unrouted
KIND = Kind("oddities", "nothing", "none", restate=timedelta(hours=3), snapshot=True)

@dataclass(frozen=True, slots=True)
class Settings:
    how: str

async def fetch(reach, settings, window):
    print("hello, and not to be seen")
    print("nor this", file=sys.stderr)
    if settings.how == "hang":
        time.sleep(600)
    if settings.how == "raise":
        raise RuntimeError("with a secret in it")
    if settings.how == "exit":
        sys.exit(3)
    if settings.how == "die":
        os._exit(9)
    if settings.how == "memory":
        bytearray(3 << 30)
    if settings.how == "fail":
        raise SourceError("throttled", "too many", retry_after=30)
    if settings.how == "cause":
        error = SourceError("auth", "x")
        error.cause = "made up"
        raise error
    if settings.how == "file":
        reach.files.unfinished.append("half.json")
    if settings.how == "noise":
        os.write(3, b"not json\\n")
        for number in range(3, 20):
            try:
                os.write(number, b"[not json\\n")
            except OSError:
                pass
    yield Answer(settings.how.encode(), window)

def parse(answer, source, settings):
    if settings.how == "flood":
        for number in range(1200):
            yield Sample(source.system_of({}), "m", "last", datetime.now(UTC), float(number))
    elif settings.how == "lie":
        yield Sample(source.system_of({}), 7, "last", datetime.now(UTC), 1.0)
        yield Sample(source.system_of({}), "m", "last", datetime(2026, 1, 1), 1.0)
        yield Missing("a series")
        yield Unrouted("elsewhere")
        yield Rejected("bad", "raw")
        yield Sample("bot", "m", "last", datetime(2026, 1, 1, tzinfo=UTC), 1.0)
"""
_INFO = """\
[llmops_tui.collectors]
odd = odd_kind
shapeless = json
absent = no_such_module
"""


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the worked example and a package of oddities into a folder of their own."""
    folder = tmp_path_factory.mktemp("packages")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(folder), str(EXAMPLE)], check=True)
    (folder / "odd_kind.py").write_text(_ODD)
    info = folder / "odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(_INFO)
    return folder


@pytest.fixture(autouse=True)
def _installed(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(packages))
    known = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), str(ROOT), *([known] if known else [])]))


def _odd(how: str, **limits: Any) -> SourceSettings:
    return SourceSettings(
        how, "odd", system="bot", options=Options({"how": how}), limits=Limits(**{"source": Duration(20), **limits})
    )


def _collected(tmp_path: Path, *sources: SourceSettings) -> dict[str, Outcome]:
    plans = [runner.plan(source, collector_of(source), None, NOW) for source in sources]
    made = tools(Collection(), {}, NOW, tmp_path)
    return {each.run.source: each for each in asyncio.run(runner.collect(plans, made, 8, asyncio.Event()))}


def test_kinds_that_are_installed_are_named_and_not_imported() -> None:
    assert foreign.installed() == {
        "acme_gateway": "acme-llmops",
        "odd": "odd",
        "shapeless": "odd",
        "absent": "odd",
    }
    assert not {"odd_kind", "acme_llmops"} & set(sys.modules)


def test_a_kind_says_its_facts_from_its_own_process() -> None:
    kind = Foreign(_odd("flood")).KIND
    assert (kind.gives, kind.restate, kind.first, kind.snapshot) == (
        "oddities",
        timedelta(hours=3),
        timedelta(days=30),
        True,
    )
    assert kind.slice is None
    assert Foreign(SourceSettings("x", "absent", options=Options({}))).KIND.gives == "another package's kind"
    assert "odd_kind" not in sys.modules


@pytest.mark.parametrize(
    ("how", "cause", "words"),
    [
        ("raise", "plugin", "it failed: RuntimeError at odd_kind.py:"),
        ("exit", "plugin", "it failed: SystemExit at odd_kind.py:"),
        ("die", "plugin", "its process ended before it was done"),
        ("memory", "plugin", "it failed: MemoryError at odd_kind.py:"),
        ("fail", "throttled", "too many"),
        ("cause", "plugin", "x"),
        ("noise", "plugin", "its process wrote what is no answer"),
        ("file", "file", "half.json"),
    ],
)
def test_a_broken_kind_is_one_failed_source_and_the_others_go_on(
    how: str, cause: str, words: str, tmp_path: Path
) -> None:
    found = _collected(tmp_path, _odd(how), _odd("flood"))
    assert (found[how].run.state, found[how].run.cause) == ("failed", cause)
    assert words in found[how].run.detail
    assert "secret" not in found[how].run.detail
    assert (found["flood"].run.state, len(found["flood"].records)) == ("complete", 1200)
    assert found["flood"].snapshot


def test_a_kind_that_hangs_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    found = _collected(tmp_path, _odd("hang", source=Duration(3)), _odd("flood"))
    assert (found["hang"].run.state, found["hang"].run.cause) == ("failed", "timeout")
    assert found["flood"].run.state == "complete"
    left = [each for each in psutil.Process().children(recursive=True) if "collectors.hosting" in str(each.cmdline())]
    assert left == []


def test_what_it_says_is_believed_no_more_than_any_answer(tmp_path: Path) -> None:
    found = _collected(tmp_path, _odd("lie"))["lie"]
    assert found.records == (Sample("bot", "m", "last", datetime(2026, 1, 1, tzinfo=UTC), 1.0),)
    assert [row.reason for row in found.rejected] == [
        "metric: not what this field holds",
        "seen: not what this field holds",
        "bad",
    ]
    assert (found.run.state, found.run.cause, found.run.unrouted) == ("partial", "shape", 1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nowhere", "no installed package offers the kind nowhere"),
        ("shapeless", "json is no kind: it lacks KIND, Settings, fetch, parse"),
        ("absent", "it failed: ModuleNotFoundError"),
    ],
)
def test_a_kind_that_is_none_says_what_it_lacks(kind: str, words: str, tmp_path: Path) -> None:
    source = SourceSettings("x", kind, system="bot", options=Options({}))
    assert words in _collected(tmp_path, source)["x"].run.detail


def test_options_are_decoded_by_the_kind_and_shown_by_nobody(tmp_path: Path) -> None:
    assert foreign.mistakes("odd", Options({"hwo": SECRET})) == [
        "hwo: unknown key; did you mean 'how'?",
        "how: missing; expected text",
    ]
    assert foreign.mistakes("odd", Options({"how": "flood"})) == []
    wrong = SourceSettings("x", "odd", system="bot", options=Options({"how": 3}))
    outcome = _collected(tmp_path, wrong)["x"]
    assert outcome.run.detail == "its options are wrong: how: expected text, found 3; put it in quotes"
    assert SECRET not in repr(Options({"token": SECRET})) + str(Options({"token": SECRET}))
    with pytest.raises(ValueError, match="expected a table"):
        Options.from_toml(3)


def test_whatever_goes_wrong_in_a_host_is_its_last_word() -> None:
    out = io.StringIO()
    request = {"task": "collect", "kind": "odd", "options": {"how": 3}}
    asyncio.run(hosting._answer(request, out))  # its process may be ended before it is measured
    del sys.modules["odd_kind"]
    assert json.loads(out.getvalue())["words"].startswith("its options are wrong: how: expected text")


def test_a_kind_that_does_not_answer_in_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_PATIENCE", 0.01)
    with pytest.raises(SourceError, match="did not answer"):
        foreign.mistakes("odd", Options({}))


async def test_a_line_without_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_LONGEST", 1_000)
    source = _odd("flood")
    window = Window(NOW - timedelta(hours=1), NOW, NOW)
    made = tools(Collection(), {}, NOW, tmp_path)
    with pytest.raises(SourceError, match="a line of more than 1000 bytes"):
        async for _ in Foreign(source).fetch(
            Reach(None, made.files(source)),  # type: ignore[arg-type]  # it has a network of its own
            source.options,
            window,
        ):
            pass


@pytest.fixture
def gateway() -> Iterator[Any]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            met.append(self.headers.get("Authorization", ""))
            queue = {"application": "checkout", "seen": "2026-11-23T11:59:00Z", "waiting": 4}
            rows = [queue, {**queue, "application": f"other {met[-1]}"}, {**queue, "application": "x" * 100_001}]
            body = json.dumps({"queues": rows}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    met: list[str] = []
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.met = met
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_worked_example_collects(gateway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", SECRET)
    source = SourceSettings(
        "gateway",
        "acme_gateway",
        route=RouteSettings("application", {"checkout": "bot"}),
        options=Options({"url": f"http://127.0.0.1:{gateway.server_port}", "access": {"token": "env:GATEWAY_TOKEN"}}),
    )
    outcome = _collected(tmp_path, source)["gateway"]
    seen = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    assert outcome.run.detail == "1 rows of 1 labels are no system here: other [redacted]"
    assert outcome.records == (Sample("bot", "llmops.queue.depth", "last", seen, 4.0, "{request}"),)
    assert (outcome.run.state, outcome.run.unrouted, len(outcome.rejected)) == ("complete", 1, 1)
    assert isinstance(outcome.rejected[0], Rejected)
    assert gateway.met == [f"Bearer {SECRET}"]
    assert SECRET not in repr(outcome)


def _configured(tmp_path: Path, options: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(
        '[portfolio]\nname = "acme"\n[[people]]\nname = "maria"\n[[systems]]\nname = "bot"\nowner = "maria"\n'
        f'[[sources]]\nname = "gateway"\nkind = "acme_gateway"\nsystem = "bot"\n[sources.options]\n{options}\n'
    )
    return str(path)


def test_the_command_line_knows_kinds_of_other_packages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sources", "kinds"]) == 0
    assert "of the package acme-llmops" in capsys.readouterr().out
    assert cli.main(["sources", "kinds", "--json"]) == 0
    assert {"kind": "acme_gateway", "package": "acme-llmops"} in json.loads(capsys.readouterr().out)
    right = _configured(tmp_path, 'url = "http://127.0.0.1:9"')
    assert cli.main(["--config", right, "config", "check"]) == 0
    assert cli.main(["--config", right, "config", "show"]) == 0
    assert 'options = "1 of another package' in capsys.readouterr().out
    Path(right).write_text(Path(right).read_text().partition("[sources.options]")[0] + "options = 3")
    assert cli.main(["--config", right, "config", "check"]) == 65
    assert "sources[0].options (line 12): expected a table" in capsys.readouterr().err
    absent = _configured(tmp_path, "").replace("acme_gateway", "absent")
    Path(absent).write_text(Path(absent).read_text().replace("acme_gateway", "absent"))
    assert cli.main(["--config", absent, "config", "check"]) == 65
    assert "it failed: ModuleNotFoundError" in capsys.readouterr().err
    wrong = _configured(tmp_path, f'ulr = "{SECRET}"')
    assert cli.main(["--config", wrong, "config", "check"]) == 65
    said = capsys.readouterr().err
    assert "sources[0].options of 'gateway', a acme_gateway: ulr: unknown key; did you mean 'url'?" in said
    assert SECRET not in said
