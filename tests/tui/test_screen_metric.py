"""A metric's screen tries limits over what is stored: the answer stands beside what the declared rule would have done."""

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.driving import Driven, opened
from tests.tui.test_screen_breaches import events


async def answered(driven: Driven, words: str) -> None:
    """Try limits on the metric in sight."""
    await driven.press("b")
    driven.app.screen.query_one(Input).value = words
    await driven.press("enter")


async def test_the_limits_in_force_stand_there_to_be_changed(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter", "enter")
        await driven.press("b")
        assert "Try limits: claims-triage, latency" in driven.text
        assert "nothing is saved" in driven.text
        assert "direction=above warning=2 critical=4 window=1h confirm=2of3" in driven.text


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_tried_limits_are_replayed_beside_the_declared_ones(own_folder: Path, size: tuple[int, int]) -> None:
    async with opened(own_folder, size) as driven:
        await driven.go("enter", "enter")
        await answered(driven, "warning=1.2 critical=none confirm=1of1")
        await driven.until("tried 1.2s (1 of 1): fires ")
        assert "declared 2s/4s (2 of 3): fires 1 time, 7h in breach" in driven.text
        assert "FAILS SINCE" in driven.text
        assert "would have fired: warning" in driven.sentence
        assert "WHAT HAPPENED" not in driven.text
        await driven.press("escape")
        assert "WHAT HAPPENED" in driven.text
        assert "tried 1.2s" not in driven.text
        await driven.press("escape")
        await driven.until("Metrics")
    assert events(own_folder) == []


async def test_limits_that_never_fire_say_so(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter", "enter")
        await answered(driven, "warning=90 critical=100")
        await driven.until("with these limits it would never have fired")
        assert "tried 90s/100s (2 of 3): never fires in 3 days with data" in driven.text


async def test_the_declared_limits_alone_are_told_once(screen_folder: Path) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.go("enter", "enter")
        await driven.press("b", "enter")
        await driven.until("tried 2s/4s (2 of 3): fires 1 time")
        assert "declared" not in driven.text
        assert "48 windows of prometheus-prod, 48 of what was collected; nothing to judge before" in driven.text


async def test_a_metric_without_a_rule_is_tried_from_its_newest_value(screen_folder: Path) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.go("enter")
        driven.table.table.move_to(next(row[0] for row in driven.table.table.rows if "usage.tokens" in row[0]))
        await driven.go("enter")
        await driven.press("b")
        assert "Try limits: claims-triage, no rule yet" in driven.text
        assert "direction=above warning=1" in driven.text
        await driven.press("enter")
        await driven.until("tried ")
        assert "declared" not in driven.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("warn=3", "warn=3: expected direction=... warning=..."),
        ("warning", "warning: expected direction=..."),
        ("warning=high", "warning: expected a number, found text"),
        ("warning=none critical=none", "warning: missing; expected a warning limit"),
        ("warning=5", "critical: expected a limit not below the warning limit 5"),
        ("confirm=3of2", 'confirm: expected "n of m" with n between 1 and m'),
        ("window=0s", "window: expected more than 0"),
        ("min_n=0", "min_n: expected more than 0"),
        ("min_n=many", "min_n: expected a whole number, found text"),
        ("direction=up", "direction: expected 'above' or 'below', found 'up'"),
        ("window=none", "window: expected a length of time"),
    ],
)
async def test_limits_that_cannot_be_tried_say_why(screen_folder: Path, words: str, said: str) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.go("enter", "enter")
        await answered(driven, words)
        assert said[:70] in driven.text
        await driven.press("escape")
        assert "WHAT HAPPENED" in driven.text


async def test_a_store_that_is_gone_says_so_instead_of_an_answer(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("enter", "enter")
        await driven.press("b")
        driven.app.reading._copy.close()  # type: ignore[union-attr]  # opened by the first read
        (own_folder / "CURRENT").unlink()
        await driven.press("enter")
        await driven.until("not replayed: nothing is collected yet")


async def test_without_a_series_nothing_can_be_tried(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("enter", "enter")
        screen = driven.screen
        assert screen.frame is not None
        content = screen.frame.content
        object.__setattr__(content, "history", None)
        await driven.press("b")
        assert "Try limits" not in driven.text
