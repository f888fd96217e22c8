"""An owner's own words for a failure mode stand wherever the mode is named; its id stays."""

import json

import pytest

from tests.tui.driving import opened
from tests.tui.headless_store import Headless, empty_searches, made
from tui.cli import main

WORDS = """
[modes.FM4]
title = "stale knowledge"
detection = "The index is watched."
response = "Call the library."
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Headless:
    store = made(tmp_path_factory.mktemp("worded"))
    store.path.write_text(store.path.read_text() + WORDS)
    return empty_searches(store)


def said(found: Headless, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    main([*found.arguments, *words])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("coverage",), "FM4   stale knowledge"),
        (("coverage", "bot"), "FM4 stale knowledge: part"),
        (("coverage", "bot"), "Call the library."),
        (("coverage", "bot"), "The index is watched."),
        (("coverage", "--markdown"), "| FM4 | stale knowledge |"),
        (("coverage", "bot", "--markdown"), "| FM4 stale knowledge |"),
        (("explain", "bot", "FM4"), "FM4: stale knowledge: searches that find nothing"),
        (("explain", "bot", "FM4"), " Call the library."),
        (("status",), "stale knowledge: searches"),
        (("show", "bot"), "stale knowledge: searches"),
    ],
)
def test_commands_say_them(
    found: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], shown: str
) -> None:
    text = said(found, capsys, *words)
    assert shown in text
    assert "retrieval and knowledge decay" not in text
    assert "Rebuild or roll back the index" not in text


def test_json_carries_them_beside_the_id(found: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(found, capsys, "coverage", "--json"))
    assert told["modes"][3] == {
        "mode": "FM4", "title": "stale knowledge", "detection": "The index is watched.", "response": "Call the library.",
    }  # fmt: skip
    (cell,) = [each for each in told["coverage"]["rows"][0]["cells"] if each["mode"] == "FM4"]
    assert (cell["mode_title"], cell["response"]) == ("stale knowledge", "Call the library.")


async def test_screens_say_them(found: Headless) -> None:
    async with opened(found.path.parent / "store", (160, 80)) as driven:
        await driven.go("2")
        assert "stale knowledge" in driven.text
        await driven.go("enter")
        assert "Call the library." in driven.text
        await driven.go("escape", "0", "enter")
        assert "FM4 stale knowledge: " in driven.text
