"""The line in which a filter is typed looks as Textual's own input does, whatever is in it and wherever the cursor is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Input

from tests.tui.driving import opened
from tui.cells import Cell, look_of, split
from tui.widgets.prompt import FilterPrompt


def cells(strips: Sequence[Strip]) -> list[Cell]:
    (strip,) = strips
    assert strip.cell_length == sum(segment.cell_length for segment in strip)
    return [
        cell
        for text, style, _ in strip
        if style is not None
        for cell in split(text, look_of(style, ColorSystem.TRUECOLOR))
    ]


@pytest.mark.parametrize("keys", [(), ("left",), ("home",), ("left", "left", "delete"), ("shift+left",), ("home", "x")])
@pytest.mark.parametrize("words", ["bot", "b\u00f6t \u6f22", "", "tier:2 " * 12])
async def test_it_is_painted_as_textual_paints_it(screen_folder: Path, words: str, keys: Sequence[str]) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("slash", *["space" if each == " " else each for each in words])
        prompt = driven.screen.query_one(FilterPrompt)
        assert prompt.value == words
        await driven.press(*keys)
        crop = Region(0, 0, prompt.size.width, 1)
        assert cells(prompt.render_lines(crop)) == cells(Input.render_lines(prompt, crop))
