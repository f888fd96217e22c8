"""Every measurement runs, at a tiny size, so that it does not rot; what it finds is for ``make bench`` to say."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.measure import Effort, Figure, table
from bench.portfolio_store import Size
from bench.stores import Stores

TINY = Effort(Size(8, 5, 0.1, 3), listed=40, times=1, reads=2, keys=4, seconds=1, rows=2_000, sources=4, entries=300)


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    """Make the stores once."""
    with Stores(TINY) as made:
        yield made


@pytest.mark.parametrize("part", bench.PARTS)
def test_a_part_finds_a_figure_for_each_of_its_rows(stores: Stores, part: str) -> None:
    found = bench.PARTS[part](stores)
    assert found
    assert all(each.value >= 0 and each.what and each.basis for each in found)


def test_the_command_leaves_the_table_and_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    bench.main(["--only", "writing", "--json", str(figures), "--page", str(page)], TINY)
    (row,) = json.loads(figures.read_text())["figures"]
    assert row["what"] in capsys.readouterr().out
    assert not page.exists()


def test_a_row_says_whether_its_limit_is_kept() -> None:
    found = [
        Figure("kept", 1, 2, "ms", "this"),
        Figure("broken", 3, 2, "ms", "this"),
        Figure("more is better", 3, 2, "x", "this", is_floor=True),
        Figure("nothing", 0, 0, "B", "this"),
        Figure("told", 1, None, "x", "this"),
    ]
    assert [each.holds for each in found] == [True, False, True, True, True]
    assert [line.split(" | ")[4] for line in table(found).splitlines()[2:]] == ["yes", "**no**", "yes", "yes", "-"]
