"""``llmops-tui explain`` and ``replay``: why a breach is one, when detectors would have fired, what operators say of it."""

import json
from pathlib import Path

import pytest

from store.errors import EXIT_CONFIG
from tests.tui.headless_store import Headless, empty_searches, made
from tui.cli import main


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    return made(tmp_path)


@pytest.fixture
def broken(headless: Headless) -> Headless:
    return empty_searches(headless)


def said(headless: Headless, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*headless.arguments, *arguments]) == 0
    return capsys.readouterr().out


def refused(headless: Headless, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*headless.arguments, *arguments]) == EXIT_CONFIG
    return capsys.readouterr().err


def test_a_breach_is_explained_with_evidence_start_changes_and_what_to_do(
    broken: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    page = said(broken, capsys, "explain", "bot", "FM4")
    assert page.startswith(
        "critical bot FM4: retrieval and knowledge decay: searches that find nothing 9.0% against 2.2%"
    )
    for words in (
        "nobody has acknowledged it", "what speaks for it", "limit 8.5", "by chance before looking, certain", "95% interval 8",
        "n=5,000", "began about", "(5 days ago)", "changes within 48 hours of its start", "5 h before: retrieval, another",
        "of all moments of this system have one as near", "a week of these runs can see a fall of", "what to do",
        "Rebuild or roll back the index", "what would make it surer", "top_sim_p50",
    ):  # fmt: skip
        assert words in page
    assert "\x1b" not in page


def test_all_open_breaches_of_a_system_are_explained_where_none_is_named(
    broken: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    page = said(broken, capsys, "explain", "bot")
    assert "critical bot FM4" in page
    assert "critical bot FM7" in page


def test_the_explanation_is_there_as_json(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = json.loads(said(broken, capsys, "explain", "bot", "FM4", "--json"))
    assert found["breach"]["mode"] == "FM4"
    assert found["evidence"][0]["signal"] == "retrieval_empty"


def test_what_has_no_breach_is_refused_with_what_has(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert "bot has no open breach of FM1; open are: FM4, FM7" in refused(broken, capsys, "explain", "bot", "FM1")
    assert "desk has no open breach; open are: none" in refused(broken, capsys, "explain", "desk")
    assert "no such system; did you mean 'bot'?" in refused(broken, capsys, "explain", "bott")


def test_a_verdict_is_written_in_the_persons_name(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert "false, says" in said(broken, capsys, "explain", "bot", "FM4", "--verdict", "false")
    (path,) = (broken.path.parent / "store" / "spool").glob("*.json")
    event = json.loads(path.read_text())
    assert (event["kind"], event["reason"]) == ("verdict", "false")


def test_a_verdict_names_one_breach(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert "several breaches are open; name one: " in refused(broken, capsys, "explain", "bot", "--verdict", "true")


def test_a_replay_says_when_each_detector_would_have_fired(
    broken: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    page = said(broken, capsys, "replay", "--system", "bot")
    assert ": 1 alarm\n" in page
    assert " FM4: retrieval and knowledge decay: searches that find nothing 9.0% against 2.2%" in page
    assert "in the store a breach of it opened" in page
    assert "collected later as a whole, so taken by its own days: focus" in page


def test_a_replay_of_all_names_systems_without_signals(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert "desk, " in said(broken, capsys, "replay")


def test_a_replay_is_there_as_json_and_leaves_a_note_that_it_was_done(
    broken: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = json.loads(said(broken, capsys, "replay", "--system", "bot", "--json"))
    assert [each["mode"] for each in found["fired"]] == ["FM4"]
    (path,) = (broken.path.parent / "store" / "spool").glob("*.json")
    event = json.loads(path.read_text())
    assert (event["kind"], event["subject"]) == ("replay", "bot")
    assert event["reason"].endswith(": 1 alarm")


def test_a_replay_tries_other_settings(broken: Headless, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trial = tmp_path / "trial.toml"
    trial.write_text("[detection.FM4]\nextra = 1000\n")
    assert ": 0 alarms\n" in said(broken, capsys, "replay", "--system", "bot", "--settings", str(trial))
    trial.write_text('[detection.FM4]\nextre = 1000\n[systems]\nname = "x"\n')
    complaint = refused(broken, capsys, "replay", "--settings", str(trial))
    assert "detection.FM4.extre" in complaint
    assert "did you mean 'extra'?" in complaint
    assert "only a [detection] table belongs here" in complaint


def test_wrong_days_are_refused(broken: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is after --to" in refused(broken, capsys, "replay", "--from", "2026-02-01", "--to", "2026-01-01")
    assert main([*broken.arguments, "replay", "--from", "monday"]) == 64
    assert "expected a day such as 2026-09-01, found 'monday'" in capsys.readouterr().err
    assert "no such system" in refused(broken, capsys, "replay", "--system", "nobody")
