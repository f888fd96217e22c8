"""Text that no encoding knows breaks nothing: the other rows of its source and of all sources are stored."""

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from store.folder import Folder
from store.records import Outcome, Rejected, Run, Sample
from store.viewer import Viewer
from tests.hostile.site import Site
from tests.tui.screen_store import NOW, config
from tui import collecting

FIXTURE = Path(__file__).parents[1] / "fixtures" / "promptfoo" / "version3.json"
CONFIG = """
[portfolio]
name = "a"
[[people]]
name = "A"
[[systems]]
name = "desk"
owner = "A"
[store]
folder = "store"
[[sources]]
name = "results"
kind = "promptfoo"
system = "desk"
[sources.options]
path = "files/*.json"
"""


@dataclass(frozen=True, slots=True)
class _Metric:
    metric: str


@pytest.mark.parametrize("name", [b"\xff", b"\xed\xa0\x80", b"\xc3", b"\n\r\x1b]0;P\x07", "\u202e".encode()])
def test_a_file_of_any_name_is_read_and_a_broken_one_is_set_aside(name: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "files").mkdir()
    shutil.copy(FIXTURE, tmp_path / "files" / os.fsdecode(b"good" + name + b".json"))
    (tmp_path / "files" / os.fsdecode(b"bad" + name + b".json")).write_text("{", encoding="utf-8")
    done = Site.command(tmp_path, tmp_path / "config.toml", "collect")
    assert (done.returncode, b"1 rejected" in done.stderr) == (0, True)
    shown = Site.command(tmp_path, tmp_path / "config.toml", "show", "desk")
    assert b"evaluations:" in shown.stdout


def test_a_rejected_row_of_halves_of_surrogate_pairs_does_not_stop_the_others(tmp_path: Path) -> None:
    store = Folder(tmp_path / "store")
    store.create()
    run = Run("run", "source", "prometheus", "complete", "", "", NOW - timedelta(hours=1), NOW, NOW, NOW)
    sample = Sample("support-bot", "m\0m", "avg", NOW, 1.0, dims={"a\0": "\0"})
    rejected = (Rejected("\ud800 reason", "raw \udfff"), Rejected("a\0b", "\0"))
    collecting.store(config(store.root), store, [Outcome(run, (sample,), rejected)], NOW)
    viewer = Viewer(store.root)
    viewer.refresh()
    assert [row.metric for row in viewer.rows(_Metric, "select metric from sample_values")] == ["m\0m"]
    viewer.close()
