"""A run's tools: each source with its own secrets, none of which is seen, and no source harmed by another's."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors import runner
from collectors.connecting import tools
from collectors.settings import Collection, SourceSettings, collector
from store.decode import Mistakes, decode

_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_CANARY = "CANARY-bearer-7f3a91"
_GOOD = {"status": 200, "body": '{"rows": [{"time": "2026-11-23T11:00:00Z", "value": 1}]}'}


def _plan(name: str, url: str, **options: Any) -> runner.Plan:
    kind = collector("http_json")
    fields = {"record": "sample", "metric": "llmops.queue.depth", "fields": {"time": "time", "value": "value"}}
    mistakes = Mistakes({})
    made = decode(kind.Settings, {"url": url, "rows": "rows", "map": fields, **options}, (), mistakes)
    assert mistakes.listed() == []
    return runner.plan(SourceSettings(name, "http_json", system="bot", options=made), kind, None, _NOW)


async def test_a_secret_that_is_missing_harms_no_other_source(serve: Callable[..., Any], tmp_path: Path) -> None:
    good, echoing = serve(_GOOD), serve({"status": 400, "body": f'{{"error": "the key {_CANARY} is unknown"}}'})
    token = {"access": {"token": "env:TOKEN"}}
    plans = [
        _plan("good", good.url(), **token),
        _plan("open", good.url()),
        _plan("missing", good.url(), access={"token": "env:NONE"}),
        _plan("echoing", echoing.url(), **token),
    ]
    made = tools(Collection(), {"TOKEN": _CANARY}, _NOW, tmp_path)
    outcomes = await runner.collect(plans, made, 4, asyncio.Event())
    runs = {outcome.run.source: outcome.run for outcome in outcomes}
    assert {name: (run.state, run.cause) for name, run in runs.items()} == {
        "good": ("complete", ""),
        "open": ("complete", ""),
        "missing": ("failed", "secret"),
        "echoing": ("failed", "status"),
    }
    assert sorted(b"Authorization: Bearer " + _CANARY.encode() in asked for asked in good.asked) == [False, True]
    assert "the key [redacted] is unknown" in runs["echoing"].detail
    assert _CANARY not in repr(outcomes)


async def test_relative_paths_of_files_start_from_the_configurations_folder(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    files = tools(Collection(), {}, _NOW, tmp_path).files(_plan("files", "http://127.0.0.1/").settings)
    assert [content async for _, content in files.read("*.json")] == [b"{}"]
