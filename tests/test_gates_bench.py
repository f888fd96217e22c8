"""The simulation of gates runs, at a tiny size, so that it does not rot; what it finds is for the page to say."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.gates import __main__ as bench
from bench.gates import simulation
from bench.gates.simulation import World

TINY = bench.Effort(counts=40, scores=10, sizes=(20,))


def test_the_page_keeps_its_words_and_takes_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Words.\n{bench.MARK}\nold rows\n")
    assert bench.main(["--write", "--page", str(page)], TINY) in {0, 1}
    text = page.read_text()
    assert text.startswith(f"Words.\n{bench.MARK}\n\n| runs | n | ")
    assert capsys.readouterr().out in text
    assert "old rows" not in text
    assert text.count("\n| ") == 2 + len(bench.DESIGNS)


def test_the_page_in_the_tree_can_take_the_table() -> None:
    assert bench.MARK in bench.PAGE.read_text(encoding="utf-8")


def test_a_line_whose_errors_are_more_than_stated_is_broken() -> None:
    line = bench.line("same cases, yes or no", 20, TINY)
    assert not replace(line, wrong_pass=0.05, wrong_fail=0.05).is_broken
    assert replace(line, wrong_pass=0.2, wrong_fail=0.0).is_broken
    assert replace(line, wrong_pass=0.0, wrong_fail=0.2).is_broken
    assert "| - |" in bench.table([replace(line, smallest=None, at_smallest=None)])


@pytest.mark.parametrize("design", bench.DESIGNS)
def test_a_version_that_is_half_as_good_never_passes(design: str) -> None:
    draw, _ = bench.DESIGNS[design]
    said = simulation.asked(draw, World(0.8, 0.4, 50), 20, 1)
    assert said["fail"] > 0.9
    assert said["pass"] == 0
    assert sum(said.values()) == pytest.approx(1)


def test_runs_of_a_single_case_cannot_be_simulated() -> None:
    with pytest.raises(ValueError, match="two cases or more"):
        simulation.asked(simulation.other_cases, World(0.9, 0.9, 1), 1, 1)
