"""The collection screen says which source failed, why, and how to ask it again."""

from pathlib import Path

from tests.tui.driving import opened


async def test_failed_sources_come_first_with_their_cause(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("7")
        assert driven.lines[3].startswith(">!! FAIL  focus-export")
        assert "auth" in driven.lines[3]
        assert driven.sentence.startswith("focus-export: failed, auth: 401 from billing.example")
        await driven.press("down")
        assert driven.sentence.startswith("mlflow-prod: complete")


async def test_y_copies_the_exact_command_and_runs_nothing(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("7")
        await driven.press("y")
        assert driven.app.clipboard == "llmops-tui collect --source focus-export"
        assert "llmops-tui collect --source focus-export" in driven.sentence


async def test_y_elsewhere_copies_what_the_row_is(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("y")
        assert driven.app.clipboard == "claims-triage"
