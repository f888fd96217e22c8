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
        assert "RETIRES" in driven.text
        await driven.press("tab")
        assert "LIMITS" in driven.text


async def test_enter_on_a_metric_shows_its_chart_and_escape_leads_back_level_by_level(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("enter", "enter")
        assert "> claims-triage > gen_ai.client.operation.duration" in driven.text
        assert "limits 2s/4s" in driven.text
        assert "! breach   critical: latency" in driven.text
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
        await driven.press(*"[[[", "a", *"looking", "enter")
        await driven.until("acknowledged as")
        assert "pending" in driven.text


async def test_the_bases_of_the_month_stand_beside_each_other_above_the_costs_alone(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("down", "enter")
        assert "month to date" not in driven.text
        await driven.press("]", "]")
        await driven.until("month to date  gateway_estimate")
        assert "invoiced, 104% of the judged" in driven.text
        assert "invoiced, another currency" in driven.text
        await driven.press("]")
        await driven.until(lambda: "month to date" not in driven.text)


async def test_incidents_of_other_tools_are_told_with_their_severity_source_and_link(screen_folder: Path) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.go("down", "enter")
        assert "2 open elsewhere" in driven.text
        await driven.press("[", "[")
        assert driven.sentence == (
            "critical (page): SpendFast: spend is 3.4 times the plan; open, for 31 h; from alerts;"
            " https://prom.example/graph?g0.expr=spend"
        )
        await driven.press("down")
        assert "acknowledged 2 h ago" in driven.sentence


async def test_the_models_in_use_say_when_they_end_and_by_whose_word(screen_folder: Path) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.go("down", "enter")
        await driven.press("[")
        assert driven.sentence == (
            "north-large-2026-02-01: retires in 71 days on 2026-05-20 by model-map (north), others up to 2026-08-31;"
            " declared; replaced by north-large-2026-04-15"
        )
        await driven.press("down", "down")
        assert driven.sentence == "north-embed: nothing announced by any source; declared; alias, may move"


async def test_the_names_of_the_tabs_follow_the_width(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("down", "enter")
        assert "Evals 1  Chg 2  Br 1  Inc 3  Models 3" in driven.text
        await driven.pilot.resize_terminal(120, 40)
        await driven.until("Evaluations 1  Changes 2  Breaches 1  Incidents 3  Models 3")
