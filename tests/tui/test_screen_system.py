"""The drill-down says why a system is as it is, and leads on to its metrics and back."""

from pathlib import Path

from tests.tui.driving import STILL, opened
from tui.app import Options


async def test_enter_opens_the_system_with_its_health_by_domain(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("down", "enter")
        text = driven.text
        assert "!! critical  support-bot  owner Ada Byron, deputy Edsger Dijkstra; tier 1" in text
        assert "monitoring" in text
        assert "evaluation  !! critical" in text
        assert "> support-bot" in driven.lines[-3]


async def test_the_tabs_go_round_and_each_keeps_its_cursor(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("down", "enter")
        await driven.press("down", "]")
        assert "RULE" in driven.text
        await driven.press("]")
        assert "AMOUNT" in driven.text
        await driven.press("[", "[")
        assert driven.table.table.cursor_place == 1
        await driven.press("[")
        assert "PHASE" in driven.text
        await driven.press("tab")
        assert "LIMITS" in driven.text


async def test_enter_on_a_metric_shows_its_chart_and_escape_leads_back_level_by_level(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter", "enter")
        assert "> claims-triage > gen_ai.client.operation.duration" in driven.text
        assert "limits 2s/4s" in driven.text
        assert "! breach critical: latency" in driven.text
        await driven.press("escape")
        assert "> claims-triage" in driven.lines[-3]
        await driven.press("h")
        assert driven.lines[3].startswith(">!! CRIT claims-triage")
        await driven.press("escape")
        assert driven.lines[3].startswith(">!! CRIT claims-triage")


async def test_enter_on_other_tabs_leads_nowhere(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter")
        await driven.press("]", "enter")
        assert len(driven.app.screen_stack) == 2


async def test_the_metric_can_be_seen_over_longer_times(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter", "enter")
        await driven.press("[")
        assert "14:30Z" in driven.text
        await driven.go("]", "]")
        await driven.until("03-03")
        await driven.go("]", "]", "]")
        await driven.until("12-10")


async def test_a_system_that_is_not_there_is_said_to_be_unknown(screen_folder: Path) -> None:
    options = Options(refresh=3600, system="nobody")
    async with opened(screen_folder, options=options) as driven:
        await driven.until("the store knows no system named 'nobody'")


async def test_a_metric_that_is_gone_is_said_to_be_gone(screen_folder: Path) -> None:
    from tui.opening import Open

    async with opened(screen_folder, options=STILL) as driven:
        driven.app.post_message(Open("metric", "support-bot", '["gone","avg",{},"x"]'))
        await driven.until("the store holds no value of this metric any more")


async def test_a_breach_can_be_acknowledged_from_the_page_of_its_system(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("down", "enter")
        await driven.press("a")
        assert len(driven.app.screen_stack) == 2  # the tab of metrics has no breach to take up
        await driven.press("[", "a", *"looking", "enter")
        await driven.until("acknowledged as")
        assert "pending" in driven.text
