"""The sections that gates rest on: what they may say, and what is wrong with what they do say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from operations.evaluators import GateSettings, Judge, Suite
from store.values import Duration
from tests.tui.configured import loaded, mistakes
from tui.collecting import described

GOOD = """\
[portfolio]
name = "Shop assistants"

[[people]]
name = "Ada"

[[systems]]
name = "search"
owner = "Ada"

[[judges]]
name = "gpt x"
version = "7"
calibrated = 2026-10-12
agreement = 0.9
n = 200
owner = "Ada"

[[judges]]
name = "gpt x"
version = "8"

[[suites]]
name = "golden"
systems = ["search"]
refreshed = 2026-11-02
owner = "Ada"
max_drop = 0

[[suites]]
name = "golden"
kind = "canary"

[gates]
level = 0.01
min_n = 2
calibration_age = "30d"
"""

WRONG = [
    ('name = "gpt x"', 'name = " "', "judges[0].name (line 12)", "as evaluations carry it, found none"),
    ('version = "8"', 'version = "7"', "judges[1].name (line 20)", "'gpt x' in this version is also in line 11"),
    ("calibrated = 2026-10-12", 'calibrated = "lately"', "judges[0].calibrated (line 14)", "expected a day such as"),
    ("calibrated = 2026-10-12\n", "", "judges[0].calibrated (line 11)", "missing; a calibration is its day, its agreement"),
    ("agreement = 0.9\nn = 200\n", "", "judges[0].agreement (line 11)", "and calibrated is there"),
    ("n = 200\n", "", "judges[0].n (line 11)", "and calibrated and agreement is there"),
    ("agreement = 0.9", "agreement = 91", "judges[0].agreement (line 15)", "expected a share from 0 to 1, found 91"),
    ("n = 200", "n = 0", "judges[0].n (line 16)", "expected the number of answers that both judged, found 0"),
    ('n = 200\nowner = "Ada"', 'n = 200\nowner = "Eda"', "judges[0].owner (line 17)", "did you mean 'Ada'?"),
    ('name = "golden"', 'name = ""', "suites[0].name (line 24)", "the name of the suite as evaluations carry it"),
    ('systems = ["search"]', 'systems = ["serch"]', "suites[0].systems[0] (line 25)", "did you mean 'search'?"),
    ('owner = "Ada"\nmax_drop', 'owner = "Eda"\nmax_drop', "suites[0].owner (line 27)", "no person is named 'Eda'"),
    ("max_drop = 0\n", "max_drop = 1\n", "suites[0].max_drop (line 28)", "from 0 to less than 1, found 1"),
    ('systems = ["search"]\n', "", "suites[1].name (line 30)", "'golden' for all systems is also in line 23; keep one"),
    ('kind = "canary"', 'systems = ["search"]', "suites[1].name (line 31)", "'golden' for 'search' is also in line 23"),
    ('kind = "canary"', 'kind = "cannary"', "suites[1].kind (line 32)", "did you mean 'canary'?"),
    ("level = 0.01", "level = 0.5", "gates.level (line 35)", "expected more than 0 and less than 0.5, found 0.5"),
    ("level = 0.01", "levl = 0.01", "gates.levl (line 35)", "did you mean 'level'?"),
    ("level = 0.01", "max_drop = 0", "gates.max_drop (line 35)", "expected more than 0 and less than 1, found 0"),
    ("level = 0.01", "power = 1.0", "gates.power (line 35)", "expected more than 0.5 and less than 1, found 1"),
    ("level = 0.01", "min_agreement = 1.0", "gates.min_agreement (line 35)", "more than 0 and less than 1"),
    ("min_n = 2", "min_n = 1", "gates.min_n (line 36)", "expected 2 or more, found 1: one case has no spread"),
    ('"30d"', '"23h"', "gates.calibration_age (line 37)", "expected a day or more, found 23h"),
]  # fmt: skip


def test_a_good_configuration_is_read_in_full(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert config.judges == (Judge("gpt x", "7", date(2026, 10, 12), 0.9, 200, "Ada"), Judge("gpt x", "8"))
    assert config.suites == (
        Suite("golden", "golden", ("search",), date(2026, 11, 2), "Ada", 0.0), Suite("golden", "canary"),
    )  # fmt: skip
    assert config.gates == GateSettings(level=0.01, min_n=2, calibration_age=Duration(30 * 86_400))


def test_without_a_word_of_them_the_usual_gates_stand(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD[: GOOD.index("[[judges]]")])
    assert (config.judges, config.suites, config.gates) == ((), (), GateSettings())


@pytest.mark.parametrize(("old", "new", "where", "words"), WRONG)
def test_a_wrong_entry_names_the_place_and_the_remedy(
    tmp_path: Path, old: str, new: str, where: str, words: str
) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(line.startswith(f"{where}: ") and words in line for line in found), found


def test_the_store_is_told_of_judges_and_suites_at_each_collection(tmp_path: Path) -> None:
    told = described(loaded(tmp_path, GOOD), datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert [(each.name, each.version, each.agreement) for each in told.judges] == [
        ("gpt x", "7", 0.9),
        ("gpt x", "8", None),
    ]
    assert [(each.name, each.kind, each.systems) for each in told.suites] == [
        ("golden", "golden", "search"),
        ("golden", "canary", ""),
    ]
