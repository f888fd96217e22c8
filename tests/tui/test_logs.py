"""Logs: secrets and control characters never reach them, and the screens write theirs to a file."""

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.redaction import Redactor
from collectors.secrets import Secret
from tui import logs

log = logging.getLogger("collectors.test")


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_line_holds_its_facts_and_no_secret(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:  # noqa: FBT001
    logs.to_stderr(Redactor([Secret("hunter2-hunter2")]), as_json=as_json)
    log.warning("a source failed\x1b[31m", extra={"source": "prom", "detail": "token hunter2-hunter2"})
    said = capsys.readouterr().err.strip()
    assert said.isprintable()
    assert "hunter2" not in said
    assert "prom" in said
    if as_json:
        assert json.loads(said)["level"] == "warning"


def test_the_screens_log_to_a_file_of_their_user(tmp_path: Path) -> None:
    path = tmp_path / "state" / "screens.log"
    logs.to_file(path)
    log.error("the frame could not be compared")
    assert json.loads(path.read_text())["event"] == "the frame could not be compared"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
