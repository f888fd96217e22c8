"""What detectors see of real sources: taking one away turns exactly the cells that rest on it, with the reason."""

import re
from collections.abc import Callable
from contextlib import closing
from itertools import product

import pytest

from scripts.real.site import Site
from scripts.real.terminal import Terminal

pytestmark = pytest.mark.real

Cells = dict[tuple[str, str], tuple[str, str]]


def cells(site: Site) -> Cells:
    """Give state and reason of every cell, as the command says them."""
    rows = site.json("coverage")["coverage"]["rows"]
    return {(row["system"], cell["mode"]): (cell["state"], cell["reason"]) for row in rows for cell in row["cells"]}


def turned(site: Site, before: Cells) -> Cells:
    """Collect again and give the cells of which something else is said now."""
    site.run("collect")
    return {cell: said for cell, said in cells(site).items() if said != before[cell]}


def without(site: Site, source: str) -> None:
    """Take a source out of the configuration, and the rules that name it."""
    first, *entries = re.split(r"(?m)^(?=\[\[(?!sources\.))", site.config.read_text())
    kept = [entry for entry in entries if not re.search(rf'(?m)^(name|source) = "{source}"$', entry)]
    assert len(kept) < len(entries)
    site.config.write_text(first + "".join(kept))


def test_taking_sources_away_turns_exactly_the_cells_that_rest_on_them(new_site: Callable[[str], Site]) -> None:
    site = new_site("coverage")
    site.run("collect")
    whole = cells(site)
    traced = {"claims-triage", "legal-search", "support-bot"}
    metered = {*traced, "code-assist"}
    assert {cell for cell, (state, _) in whole.items() if state != "blind"} == set(product(metered, ("FM3", "FM7")))

    without(site, "mlflow")  # traces: the cost of a request; Prometheus still has tokens and scores of all four
    changed = turned(site, whole)
    scored = {cell for cell, (_, reason) in whole.items() if "by gpt-4o-mini" in reason}  # of whom MLflow alone tells
    assert set(changed) == set(product(traced, ("FM7",))) | scored
    assert {state for state, _ in changed.values()} == {"degraded"}
    for (system, mode), (_, reason) in changed.items():
        # of a cost that never had a baseline, as where a score breaches at this hour, nothing is remembered
        is_frozen = "unit_cost: no baseline" not in whole[system, "FM7"][1]
        gone = "unit_cost: nothing any more" if is_frozen else "no source gives unit_cost"
        assert mode == "FM3" or reason.startswith(gone)

    before = cells(site)
    without(site, "metrics")
    changed = turned(site, before)
    assert set(changed) == set(product(metered, ("FM3", "FM7")))
    assert {state for state, _ in changed.values()} == {"blind"}
    assert all("nothing any more" in reason for _, reason in changed.values())
    with closing(Terminal(site.argv(), 80, 24, site.environ)) as terminal:
        terminal.wait_for(lambda text: "smollm-desk" in text)
        terminal.press("0")
        shown = terminal.wait_for(lambda text: "support-bot" in text and "BLI" in text)
    assert re.search(r"support-bot(\s*!{0,2}\s*BLI){8}", shown)
