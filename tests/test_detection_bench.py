"""Every detection benchmark runs, at a tiny size, so that it does not rot; what it finds is for the page to say."""

from pathlib import Path
from random import Random
from statistics import fmean, stdev

import pytest

from bench.detection import __main__ as bench
from bench.detection import calibration, measure, portfolio
from bench.detection.measure import Effort, Row, table
from bench.detection.parts import llmdrift
from bench.detection.parts.llmdrift import Answer, Switch
from operations.detection import scanned
from operations.signals import SIGNALS

TINY = Effort(systems=2, days=35, replicates=1, replayed=1, workers=1)


@pytest.mark.parametrize("part", ["null_portfolio", "speed"])
def test_a_benchmark_that_makes_its_own_data_finds_a_figure_for_each_row(part: str) -> None:
    found = bench.found_parts()[part](TINY)
    assert len(found) == 2
    assert all(each.value is not None and each.value >= 0 and each.measure and each.basis for each in found)


@pytest.mark.shared
def test_a_benchmark_over_labelled_data_finds_a_figure_for_each_row() -> None:
    found = bench.found_parts()["llmdrift"](TINY)
    assert [each.value is not None for each in found] == [True, True, True]


@pytest.mark.parametrize("part", ["llmdrift", "silent_portfolio"])
def test_rows_say_that_their_data_is_absent_and_break_nothing(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(measure.VARIABLE, str(tmp_path))
    assert bench.main(["--only", part], TINY) == 0
    assert capsys.readouterr().out.count("| absent | - | - | - |") == 3


def test_the_page_keeps_its_words_and_takes_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(measure.VARIABLE, str(tmp_path))
    page = tmp_path / "page.md"
    page.write_text(f"Words.\n{bench.MARK}\nold rows\n")
    bench.main(["--write", "--page", str(page)], TINY)
    text = page.read_text()
    assert text.startswith(f"Words.\n{bench.MARK}\n\nMeasured on ")
    assert capsys.readouterr().out in text
    assert "old rows" not in text


def test_a_part_of_the_rows_is_never_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "speed", "--write"], TINY)
    assert "leave out --only" in capsys.readouterr().err


def test_a_row_says_whether_it_holds_its_goal_its_floor_or_neither() -> None:
    found = [
        Row("goal", 3, "this", 1, 2),
        Row("floor", 1.5, "this", 1, 2),
        Row("broken", 0.5, "this", 1, 2),
        Row("less is better", 0.5, "this", 2, 1, is_more_better=False),
        Row("missed", 1, "this", None, 2),
        Row("told", 1, "this"),
        Row("absent", None, "this"),
    ]
    assert [each.holds for each in found] == ["goal", "floor", "**no**", "goal", "**no**", "-", "-"]
    assert [each.is_broken for each in found] == [False, False, True, False, False, False, False]
    assert table(found).splitlines()[3] == "| floor | 1.5 | >= 1 | >= 2 | floor | this |"


def test_a_system_of_the_null_portfolio_has_forty_scanned_series_and_is_the_same_each_time() -> None:
    history = portfolio.history(1, 0, 40)
    assert scanned(history) == len(portfolio.KEYS) == 40
    assert history == portfolio.history(1, 0, 40)
    assert history.tracks != portfolio.history(2, 0, 40).tracks
    for key, track in history.tracks.items():
        assert track.form == SIGNALS[key[0]].form
        if track.form == "count":
            assert all(0 <= k <= n and 20 <= n <= 2000 for k, n in zip(track.values, track.counts, strict=True))
        else:
            assert all(value > 0 for value in track.values)


@pytest.mark.parametrize(("n", "p"), [(20, 0.01), (300, 0.5), (2000, 0.97)])
def test_draws_have_the_mean_and_the_spread_of_a_binomial(n: int, p: float) -> None:
    rng = Random(5)  # noqa: S311 - draws that repeat
    draws = [portfolio.binomial(rng, n, p) for _ in range(2000)]
    expected = (n * p * (1 - p)) ** 0.5
    assert fmean(draws) == pytest.approx(n * p, abs=4 * expected / 2000**0.5)
    assert stdev(draws) == pytest.approx(expected, rel=0.08)


def test_a_rate_that_falls_by_a_nat_a_nat_is_fitted_as_such() -> None:
    rate, fall = calibration.fitted(
        {limit: 10_000 * 2.718281828 ** -(limit - 7.5) for limit in calibration.LIMITS}, 1e5
    )
    assert [rate, fall] == pytest.approx([0.1, 1])
    assert calibration.fitted(dict.fromkeys(calibration.LIMITS, 0), 10)[1] == 1


def test_the_calibration_says_how_many_alarms_each_limit_raised(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibration.main(["--seed", "1"], TINY) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(calibration.LIMITS) + 1
    assert lines[-1].startswith("fitted over 8 series-years: ")


def test_a_switch_that_changes_every_answer_is_found_on_day_one_and_the_day_before_is_quiet() -> None:
    before = [Answer(number % 10 > 0, 600 + number % 40, "yes" if number % 2 else "no") for number in range(200)]
    after = [Answer(number % 10 > 5, 40, "none") for number in range(200)]
    assert llmdrift.replicate(8.0, (Switch("made up", before, after), 50, 0)) == (True, False)
    assert llmdrift.replicate(8.0, (Switch("the same", before, before), 50, 0)) == (False, False)
