"""The snapshot brings back exactly what was written, for its owner alone, and never breaks a viewer."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from operations.portfolio_rows import Summary, SystemRow
from tests.tui.screen_store import NOW
from tui import snapshot

ROW = SystemRow(
    system="bot",
    title="Bot",
    tier=1,
    owner="Ada",
    deputy="",
    environment="production",
    stage="live",
    state="critical",
    domains={"monitoring": "ok", "costs": "unknown"},
    mode="FM3",
    open_breaches=2,
    critical=1,
    headline="groundedness 0.71 under 0.80",
    since=NOW - timedelta(hours=3),
    pending_changes=0,
    open_incidents=0,
    quality=0.71,
    quality_n=400,
    quality_name="groundedness",
    latency_p95=None,
    error_ratio=0.0,
    cost_month=Decimal("12.30"),
    budget=None,
    pace=None,
    forecast=31.5,
    forecast_low=28.0,
    forecast_high=None,
    forecast_method="quantiles",
    currency="EUR",
    provenance="estimated",
    newest=None,
    rules=3,
    unknown_rules=1,
    trend=(1.0, 2.5),
    trend_name="groundedness",
    reasons={"costs": "no rule"},
)
SUMMARY = Summary(
    portfolio="acme",
    critical=1,
    warning=0,
    unknown=0,
    ok=0,
    open_breaches=2,
    silenced=0,
    oldest_unacknowledged=NOW - timedelta(hours=3),
    oldest_unacknowledged_of="bot",
    pending_changes=0,
    oldest_change=None,
    waiting_for={"ada": 2},
    open_incidents=0,
    sources=2,
    sources_failed=1,
    sources_partial=0,
    failed_names=("mlflow",),
    oldest_data=NOW,
    unknown_rules=1,
    armed_cells=10,
    degraded_cells=6,
    blind_cells=0,
    cost_month=Decimal("12.30"),
    budget=None,
    currency="EUR",
    collected=NOW,
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW, replace(ROW, system="other")], SUMMARY, NOW)
    found = snapshot.read(path)
    assert found == snapshot.Snapshot((ROW, replace(ROW, system="other")), SUMMARY, NOW)


def test_a_portfolio_without_systems_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [], SUMMARY, NOW)
    assert snapshot.read(path) == snapshot.Snapshot((), SUMMARY, NOW)


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_only_those_who_may_read_the_store_may_read_it(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW], SUMMARY, NOW, mode=mode)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [each.name for each in tmp_path.iterdir()] == ["portfolio.json"]


def test_a_write_that_fails_leaves_the_old_one_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW], SUMMARY, NOW)
    with pytest.raises(TypeError):
        snapshot.write(path, [replace(ROW, title=object())], SUMMARY, NOW)  # type: ignore[arg-type]  # on purpose
    assert snapshot.read(path) == snapshot.Snapshot((ROW,), SUMMARY, NOW)
    assert [each.name for each in tmp_path.iterdir()] == ["portfolio.json"]


def test_no_file_is_no_snapshot(tmp_path: Path) -> None:
    assert snapshot.read(tmp_path / "portfolio.json") is None


def test_a_file_too_large_is_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW], SUMMARY, NOW)
    monkeypatch.setattr(snapshot, "LARGEST", 10)
    assert snapshot.read(path) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"version": 1}', b'{"version": 2}']
)
def test_a_broken_file_is_no_snapshot(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    path.write_bytes(body)
    assert snapshot.read(path) is None


def _names() -> list[str]:
    return list(SystemRow.__dataclass_fields__)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("system", 1),
        ("tier", "1"),
        ("tier", True),
        ("state", "fine"),
        ("domains", {"costs": "fine"}),
        ("domains", ["ok"]),
        ("since", "yesterday"),
        ("since", "2026-03-10T14:30:00"),
        ("quality", "0.7"),
        ("quality", True),
        ("cost_month", 12.3),
        ("cost_month", "much"),
        ("trend", [1, "2"]),
        ("trend", None),
        ("reasons", {"costs": 1}),
        ("quality_n", 1.5),
    ],
)
def test_a_value_of_another_kind_is_no_snapshot(field: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW], SUMMARY, NOW)
    content = json.loads(path.read_text())
    content["systems"][0][_names().index(field)] = value
    path.write_text(json.dumps(content))
    assert snapshot.read(path) is None


@pytest.mark.parametrize("change", ["shorter", "longer"])
def test_a_row_of_another_length_is_no_snapshot(change: str, tmp_path: Path) -> None:
    path = tmp_path / "portfolio.json"
    snapshot.write(path, [ROW], SUMMARY, NOW)
    content = json.loads(path.read_text())
    row = content["systems"][0]
    content["systems"][0] = row[:-1] if change == "shorter" else [*row, 1]
    path.write_text(json.dumps(content))
    assert snapshot.read(path) is None
