"""``llmops-tui show SYSTEM``: everything about one system as text."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from store.records import Change, CostLine, Incident, ModelDates, Sample
from tests.tui.headless_store import HOUR, Headless, made, well
from tui.cli import main


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    return made(tmp_path)


def shown(headless: Headless, capsys: pytest.CaptureFixture[str], system: str = "bot") -> str:
    assert main([*headless.arguments, "show", system]) == 0
    return capsys.readouterr().out


def test_the_page_answers_who_what_and_why(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected(
        *well(headless.now, 5.0), Sample("bot", "latency", "p50", headless.now, 1.0, "s", dims={"model": "a"})
    )
    page = shown(headless, capsys)
    assert page.startswith("bot: critical\nlatency 5 s over 4 s since ")
    assert "owner Ada; tier 1, production, live" in page
    assert "monitoring  critical  p95 of latency 5 s over 4 s in a window of 1h, n=50 (1 of 1 rule critical)" in page
    assert "2 rules, 0 cannot tell" in page
    for heading in ("breaches:", "rules:", "metrics:", "evaluations:", "costs by day:", "changes:"):
        assert f"\n{heading}\n" in page
    assert "model=a" in page
    assert "golden 2" in page
    assert "0.826 to 0.945" in page
    assert "- (error)" in page
    assert "https://git.example/1" in page


def test_what_is_not_there_is_said(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected()
    page = shown(headless, capsys, "desk")
    assert page.startswith("desk: unknown\nmonitoring: no rule\n")
    assert "no budget, too early to forecast\n" in page
    for heading in ("breaches", "incidents of other tools", "models", "rules", "metrics", "evaluations", "changes"):
        assert f"\n{heading}: none" in page


def test_incidents_models_and_bases_are_on_the_page(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    now, today = headless.now, headless.now.date()
    midnight = now.replace(hour=0, minute=0, second=0)
    headless.collected(
        Incident("bot", "P1", "Slow answers", now - 3 * HOUR, "page", "critical", url="https://pager.example/P1"),
        Sample(
            "bot", "latency", "p95", now, 1.0, "s", dims={"gen_ai.response.model": "north", "gen_ai.request.model": "n"}
        ),
        ModelDates("maker", "north", None, None, today, "south"),
        *(
            CostLine("bot", basis, midnight, midnight + 24 * HOUR, "all", effective_cost=Decimal(amount))  # type: ignore[arg-type]  # bases as text
            for basis, amount in (("gateway_estimate", 20), ("invoice", 30))
        ),
    )
    page = shown(headless, capsys)
    assert "\n1 incident open in other tools\n" in page
    assert "  critical  page      open   Slow answers  " in page
    assert "https://pager.example/P1" in page
    assert "  retired            north (alias, may move)  seen under a minute ago  -         -           " in page
    assert "  nothing announced  n (alias, may move)      " in page
    assert "  gateway_estimate  estimated  $20     judged         1\n" in page
    assert "  invoice           invoiced   $30     150%           1\n" in page


def test_an_acknowledged_breach_names_who_has_seen_it(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    from store import spool
    from store.folder import Folder
    from tui.settings import load

    headless.collected(*well(headless.now, 5.0))
    main([*headless.arguments, "show", "bot", "--json"])
    breach = json.loads(capsys.readouterr().out)["breaches"][0]
    folder = Folder(load(headless.path, {}).store.folder)
    event = spool.new_event("acknowledge", breach["breach_id"], "seen", headless.now)
    spool.write(folder, event)
    headless.collected()
    assert f"(acknowledged by {event.actor})" in shown(headless, capsys)


def test_json_holds_the_whole_page(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    headless.collected(*well(headless.now))
    assert main([*headless.arguments, "show", "bot", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert set(page) == {
        "row", "metrics", "costs", "evaluations", "changes", "breaches", "verdicts", "cells", "incidents", "models", "bases",
    }  # fmt: skip
    assert page["costs"][0]["amount"] == 10.5
    assert page["changes"][0]["age"] >= HOUR.total_seconds()
    assert page["metrics"][0]["seen"].endswith("Z")


def test_an_unknown_system_is_refused_with_the_nearest_name(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    headless.collected()
    assert main([*headless.arguments, "show", "bott"]) == 65
    assert "bott: no such system; did you mean 'bot'?" in capsys.readouterr().err
    assert main([*headless.arguments, "show", "zzzzzz"]) == 65
    assert "known: bot, desk" in capsys.readouterr().err


def test_a_system_configured_since_the_last_collection_says_so(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    headless.collected()
    with headless.path.open("a") as file:
        file.write('[[systems]]\nname = "new"\nowner = "Ada"\n')
    assert main([*headless.arguments, "show", "new"]) == 65
    assert "configured since the last collection" in capsys.readouterr().err


def test_before_the_first_collection_there_is_nothing_to_show(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*headless.arguments, "show", "bot"]) == 73
    assert "run 'llmops-tui collect'" in capsys.readouterr().err


def test_text_from_a_source_cannot_command_the_terminal(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\x1b]52;c;aGk=\x07\u202e\x9b31m\nfake: ok"
    headless.collected(
        Change("bot", "1", "prompt", evil, "pending", evil, headless.now, url=evil, risk=evil),
        Sample("bot", evil, "avg", headless.now, 1.0, evil, dims={evil: evil}),
    )
    page = shown(headless, capsys)
    assert not any(sign in page for sign in "\x1b\x07\u202e\x9b")
    assert "\nfake: ok" not in page
