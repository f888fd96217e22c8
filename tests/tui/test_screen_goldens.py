"""Hold what people see: each screen at three sizes is compared, cell for cell, with a text in ``golden``."""

import os
from pathlib import Path

import pytest

from tests.tui.driving import ledger, opened

GOLDEN = Path(__file__).parent / "golden"
SIZES = ((80, 24), (120, 40), (200, 50))
WAYS: dict[str, tuple[str, ...]] = {
    "portfolio": (),
    "breaches": ("2",),
    "approvals": ("4",),
    "collection": ("7",),
    "coverage": ("0",),
    "coverage-cells": ("0", "enter"),
    "system-metrics": ("down", "enter"),
    "system-rules": ("down", "enter", "]"),
    "system-costs": ("down", "enter", "]", "]"),
    "system-evaluations": ("down", "enter", "]", "]", "]"),
    "system-changes": ("down", "enter", *"[[[["),
    "system-breaches": ("down", "enter", *"[[["),
    "system-incidents": ("down", "enter", *"[["),
    "system-models": ("down", "enter", "["),
    "change-summary": ("4", "down", "enter"),
    "change-content": ("4", "down", "down", "enter", "]"),
    "change-diff": ("4", "enter", "]"),
    "change-evidence": ("4", "enter", "]", "]"),
    "change-history": ("4", "down", "enter", "["),
    "metric": ("enter", "enter"),
    "metric-week": ("enter", "enter", "]", "]"),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", WAYS)
async def test_the_screen_looks_as_it_did(
    name: str, size: tuple[int, int], screen_folder: Path, covered_folder: Path, ledger_config: Path
) -> None:
    folder = covered_folder if name.startswith("coverage") else screen_folder
    is_ledger = name.startswith(("approvals", "change-"))
    async with ledger(ledger_config, size) if is_ledger else opened(folder, size) as driven:
        await driven.go(*WAYS[name])
        shown = driven.text + "\n"
    golden = GOLDEN / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")
