"""What detectors see of real sources: taking one away turns exactly the cells that rest on it, with the reason."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest

from scripts.real.site import Site
from scripts.real.terminal import Terminal

pytestmark = pytest.mark.real

Cells = dict[tuple[str, str], tuple[str, str]]


def cells(site: Site) -> Cells:
    """Give state and reason of every cell, as the command says them."""
    rows = site.json("coverage")["coverage"]["rows"]
    return {(row["system"], cell["mode"]): (cell["state"], cell["reason"]) for row in rows for cell in row["cells"]}


def resting(site: Site, *signals: str) -> set[tuple[str, str]]:
    """Give the cells that use one of these signals."""
    rows = site.json("coverage")["coverage"]["rows"]
    return {
        (row["system"], cell["mode"])
        for row in rows
        for cell in row["cells"]
        if set(signals) & set(cell["signals"].split(", "))
    }


def without(site: Site, source: str) -> None:
    """Take a source out of the configuration."""
    first, *entries = re.split(r"(?m)^(?=\[\[)", site.config.read_text())
    kept = [entry for entry in entries if f'name = "{source}"' not in entry]
    assert len(kept) < len(entries)
    site.config.write_text(first + "".join(kept))


def test_taking_a_source_away_turns_exactly_the_cells_that_rest_on_it(new_site: Callable[[str], Site]) -> None:
    site = new_site("coverage")
    site.run("collect")
    before, resting_on_it = cells(site), resting(site, "grounded")
    assert {mode for _, mode in resting_on_it} == {"FM3"}
    assert len(resting_on_it) >= 3
    without(site, "mlflow")
    site.run("collect")
    after = cells(site)
    assert {cell for cell in before if before[cell] != after[cell]} == resting_on_it
    for cell in resting_on_it:
        assert before[cell][0] == "degraded"
        assert after[cell][0] == "blind"
        assert re.search(r"grounded \(golden/faithfulness by gpt-4o-mini\): nothing any more", after[cell][1])
    with closing(Terminal(site.argv(), 80, 24, site.environ)) as terminal:
        terminal.wait_for(lambda text: "smollm-desk" in text)
        terminal.press("0")
        shown = terminal.wait_for(lambda text: "support-bot" in text and "FM3" in text)
        header = next(line for line in shown.split("\n") if "FM3" in line)
        row = next(line for line in shown.split("\n") if "support-bot" in line)
        place = header.index("FM3")
        assert "BLI" in row[place - 4 : place + 4]
