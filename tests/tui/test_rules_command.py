"""``llmops-tui rules``: how well each rule does, and back-tests of thresholds over what is stored."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.records import Sample
from tests.tui.headless_store import HOUR, Headless, made, well
from tui.cli import main


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    found = made(tmp_path)
    latencies = [1.0, 3.0, 3.0, 1.0, 1.0, 5.0, 9.0, 5.0, 1.0, 1.0]
    samples = [
        Sample("bot", "latency", "p95", found.now - place * HOUR, value, "s", 50, 3600)
        for place, value in enumerate(reversed(latencies))
    ]
    found.collected(*well(found.now), *samples[1:])
    return found


def backtest(headless: Headless, *words: str) -> int:
    return main([*headless.arguments, "rules", "backtest", "--system", "bot", *words])


def as_json(headless: Headless, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert backtest(headless, *words, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_declared_rule_is_replayed_with_other_limits_beside_its_own(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backtest(headless, "--rule", "slow", "--warning", "4.5", "--critical", "8") == 0
    tried, declared, origin, note, head, fired = capsys.readouterr().out.splitlines()
    assert tried.startswith("tried 4.5s/8s (1 of 1): fires 1 time, 3h in breach, on ")
    assert declared.startswith("declared 2s/4s (1 of 1): fires 2 times, 5h in breach, on ")
    assert origin.endswith(": 10 windows of focus, 10 of what was collected")
    assert note.startswith("nothing to judge before ")
    assert head == "it would have fired:"
    assert fired.startswith("  critical  ")
    assert fired.endswith("  3h, worst 9.0s")


def test_as_json_it_says_every_figure(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(headless, capsys, "--rule", "slow", "--warning", "2.5", "--days", "2")
    assert (found["system"], found["days"]) == ("bot", 2)
    tried, declared = found["tried"], found["declared"]
    assert (tried["warning"], tried["critical"], tried["windows"], tried["from_raw"]) == (2.5, 4.0, 10, 10)
    assert [each["worst"] for each in tried["fired"]] == [3.0, 9.0]
    assert (tried["in_breach"], declared["in_breach"]) == (18000.0, 18000.0)
    assert set(tried["fired"][0]) == {"since", "fired", "ended", "severity", "worst"}
    assert 0 < tried["share_of_days"] <= 1


def test_a_metric_is_tried_beside_the_rule_on_it(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(headless, capsys, "--metric", "latency", "--stat", "p95", "--warning", "100", "--critical", "none")
    assert (found["tried"]["fired"], found["tried"]["critical"], len(found["declared"]["fired"])) == ([], None, 2)


def test_a_metric_without_a_rule_stands_alone(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--metric", "cost", "--stat", "sum", "--direction", "above", "--warning", "10", "--window", "1d")
    found = as_json(headless, capsys, *words, "--confirm", "1of2", "--min-n", "1")
    assert found["declared"] is None
    assert (len(found["tried"]["fired"]), found["tried"]["unit"], found["tried"]["confirm"]) == (1, "USD", "1 of 2")
    assert backtest(headless, *words) == 0
    shown = capsys.readouterr().out
    assert "declared" not in shown
    assert "to now, still open" in shown


def test_limits_that_never_fire_say_so(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(headless, "--rule", "slow", "--warning", "50", "--critical", "60") == 0
    shown = capsys.readouterr().out
    assert "tried 50s/60s (1 of 1): never fires in " in shown
    assert shown.endswith("it would never have fired\n")
    assert backtest(headless, "--rule", "slow", "--days", "1") == 0
    assert "nothing to judge before" not in capsys.readouterr().out  # what is stored reaches back nearly that far


def test_a_rule_as_declared_is_told_once(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(headless, capsys, "--rule", "slow")
    assert (found["declared"], len(found["tried"]["fired"])) == (None, 2)


def test_windows_that_cannot_tell_and_hours_without_raw_samples_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headless = made(tmp_path)
    headless.path.write_text(headless.path.read_text().replace('"store"', '"store"\nkeep_samples = "1d"'))
    old = headless.now - timedelta(days=3)
    headless.collected(*(Sample("bot", "latency", "p95", old + n * HOUR, 5.0, "s", 2, 3600) for n in range(30)))
    assert backtest(headless, "--rule", "slow", "--min-n", "10") == 0
    shown = capsys.readouterr().out
    assert "cannot tell" in shown
    assert " of hourly sums where they are gone" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--rule", "slwo"), 65, "--rule slwo: no rule of bot has this name; did you mean 'slow'?"),
        (("--metric", "cost", "--warning", "3"), 65, "--direction: expected above or below"),
        (("--rule", "slow", "--warning", "9"), 65, "critical: expected a limit not below the warning limit 9"),
        (("--rule", "slow", "--stat", "p59"), 65, "stat: expected 'sum', 'count'"),
        (("--rule", "slow", "--days", "0"), 65, "--days 0: expected 1 to 1100"),
        (("--rule", "slow", "--metric", "latency"), 64, "not allowed with argument"),
        ((), 64, "one of the arguments --rule --metric is required"),
    ],
)
def test_what_cannot_be_tried_says_why(
    headless: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert backtest(headless, *words) == code
    assert said in capsys.readouterr().err


def test_an_unknown_system_is_refused(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*headless.arguments, "rules", "backtest", "--system", "bit", "--rule", "slow"]) == 65
    assert "bit: no such system; did you mean 'bot'?" in capsys.readouterr().err


def test_nothing_is_saved(headless: Headless) -> None:
    before = {path: path.stat().st_mtime_ns for path in headless.path.parent.rglob("*")}
    assert backtest(headless, "--rule", "slow", "--warning", "3") == 0
    assert {path: path.stat().st_mtime_ns for path in headless.path.parent.rglob("*")} == before


def test_every_rule_is_listed_with_how_it_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    headless = made(tmp_path)
    headless.path.write_text(
        headless.path.read_text().replace(
            'name = "quality"', 'name = "quality"\nowner = "Ada"\nrationale = "golden set"'
        )
    )
    headless.collected(*well(headless.now, 9.0))
    capsys.readouterr()
    assert main([*headless.arguments, "rules", "list"]) == 0
    heading, slow, quality = capsys.readouterr().out.splitlines()
    assert heading.split() == ["system", "rule", "fired", "last", "days", "in", "breach", "share", "to", "be", "done"]
    assert slow.startswith("bot     slow     1      ")
    assert slow.endswith("no owner, no rationale")
    assert quality.startswith("bot     quality  0      never")
    assert quality.rstrip().endswith("0%")
    assert main([*headless.arguments, "rules", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["rule"], row["fired"], row["flaws"]) for row in found] == [
        ("slow", 1, ["no owner", "no rationale"]),
        ("quality", 0, []),
    ]


def test_a_rule_without_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    headless = made(tmp_path)
    headless.collected()
    assert main([*headless.arguments, "rules", "list"]) == 0
    assert "never  no data" in capsys.readouterr().out
