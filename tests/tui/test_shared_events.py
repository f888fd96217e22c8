"""What reaches several systems at once is one row, one line and one decision; its parts stay to be seen."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from operations.breaches import as_events, breaches
from operations.vendors import shared_events
from store import commit, judgements
from store.database import Session
from store.folder import Folder
from store.judgements import Detected
from store.records import Breach
from store.retention import Keep
from store.viewer import Viewer
from tests.tui.driving import opened
from tests.tui.screen_store import NOW

SYSTEMS = ("claims-triage", "support-bot", "translation")
EVENT = "model north-1"
HOUR = timedelta(hours=1)


def vendor(system: str, place: int) -> Breach:
    return Breach(
        f"{place}" * 32, system, "detector:FM1", "monitoring", "model_id", "critical" if place else "warning", "open",
        "above", NOW - place * HOUR, NOW, NOW - place * HOUR, mode="FM1", note="the model that answers changed", event=EVENT,
    )  # fmt: skip


def reached(folder: Folder, *found: Breach) -> None:
    """Store breaches of one event, as a collection does."""

    def judge(session: Session) -> None:
        judgements.keep_detected(session, Detected(breaches=found))

    commit.commit(folder, [], None, judge, Keep(timedelta(days=90), timedelta(days=1095)), NOW)


@pytest.fixture
def folder(own_folder: Path) -> Path:
    reached(Folder(own_folder), *(vendor(name, place) for place, name in enumerate(SYSTEMS)))
    return own_folder


def test_the_store_names_the_systems_of_an_event_while_several_are_breached(folder: Path) -> None:
    viewer = Viewer(folder)
    (found,) = shared_events(viewer)
    assert (found.event, found.mode, found.system_count, found.is_critical) == (EVENT, "FM1", 3, True)
    assert (found.systems, found.since) == (", ".join(SYSTEMS), NOW - 2 * HOUR)
    rows = breaches(viewer, NOW)
    assert {row.system for row in rows if row.event_systems} == set(SYSTEMS)
    viewer.close()


def test_the_breaches_of_an_event_are_folded_into_the_worst_and_others_left_alone(folder: Path) -> None:
    viewer = Viewer(folder)
    rows = breaches(viewer, NOW)
    shown = as_events(rows)
    assert len(shown) == len(rows) - 2
    (event,) = [row for row in shown if row.event]
    assert event.system == f"3 systems: {', '.join(SYSTEMS)}"
    assert event.severity == "critical"
    assert event.children >= 2
    assert [row for row in shown if not row.event] == [row for row in rows if not row.event]
    viewer.close()


def test_an_event_of_which_one_system_is_left_is_a_breach_like_any_other(own_folder: Path) -> None:
    reached(Folder(own_folder), vendor("support-bot", 1))
    viewer = Viewer(own_folder)
    assert shared_events(viewer) == ()
    assert as_events(breaches(viewer, NOW)) == breaches(viewer, NOW)
    viewer.close()


async def test_one_row_stands_for_an_event_and_unfolds(folder: Path) -> None:
    async with opened(folder, (160, 40)) as driven:
        await driven.go("2")
        assert driven.text.count("3 systems: claims-triage") == 1
        await driven.press("f")
        await driven.until("one row a system")
        assert "3 systems" not in driven.text
        await driven.press("f")
        assert "3 systems: claims-triage" in driven.text


async def test_a_decision_on_the_row_is_one_on_each_of_its_breaches(folder: Path) -> None:
    viewer = Viewer(folder)
    (event,) = [row for row in as_events(breaches(viewer, NOW)) if row.event]
    viewer.close()
    async with opened(folder, (160, 40)) as driven:
        await driven.go("2")
        driven.table.table.move_to(event.breach_id)
        await driven.press("d", *"4h vendor", "enter")
        await driven.until("silenced until")
        written = [json.loads(path.read_text())["subject"] for path in (folder / "spool").glob("*.json")]
        assert sorted(written) == [f"breach:{str(place) * 32}" for place in range(3)]


@pytest.fixture
def said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    from tui.cli import main

    path = tmp_path / "config.toml"
    systems = "".join(f'[[systems]]\nname = "{name}"\nowner = "Ada"\n' for name in SYSTEMS)
    path.write_text(
        f'[portfolio]\nname = "Acme"\n[store]\nfolder = "{folder}"\n[[people]]\nname = "Ada"\n{systems}',
        encoding="utf-8",
    )

    def run(*words: str) -> str:
        capsys.readouterr()
        main(["--config", str(path), *words])
        return capsys.readouterr().out

    return run


def test_commands_say_the_event_once(said: Callable[..., str]) -> None:
    line = f"one event, {EVENT}, in 3 systems: {', '.join(SYSTEMS)}"
    assert said("status").count(line) == 1
    assert said("coverage").count(line) == 1
    assert line in said("coverage", "--markdown")
    assert f"(one event: {EVENT} in {', '.join(SYSTEMS)})" in said("show", "support-bot")
    assert f"one event with other systems: {EVENT} ({', '.join(SYSTEMS)})" in said("explain", "support-bot", "FM1")


def test_json_keeps_the_event_and_its_parts(said: Callable[..., str]) -> None:
    status = json.loads(said("status", "--json"))
    assert [(each["event"], each["system_count"]) for each in status["events"]] == [(EVENT, 3)]
    assert {each["system"] for each in status["systems"]} >= set(SYSTEMS)
    assert json.loads(said("coverage", "--json"))["coverage"]["events"] == status["events"]
