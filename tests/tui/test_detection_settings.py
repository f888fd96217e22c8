"""The sections that detectors rest on: what they may say, and what is wrong with what they do say."""

from dataclasses import asdict
from pathlib import Path

import pytest

from operations.detection import DETECTORS, Settings
from operations.given import Given
from operations.modes import Settings as Modes
from operations.modes import worded
from tests.tui.configured import loaded, mistakes

GOOD = """\
[portfolio]
name = "Shop assistants"

[[people]]
name = "Ada"

[[systems]]
name = "search"
owner = "Ada"

[[signals]]
signal = "latency_p50"
metric = "app.waiting"
stat = "p50"
reads = "mean"
systems = ["search"]
only = "route=/ask"
scale = 0.001

[[signals]]
signal = "golden_pass"
metric = "evaluation:nightly/judge"

[[signals]]
signal = "unit_cost"
metric = "app.cost"
stat = "sum"
reads = "per"
whole = "app.asked"

[[signals]]
signal = "model_id"
metric = "app.model"
reads = "name"
dimension = "model"

[detection]
alarms_per_week = 0.5

[detection.FM4]
older = 2.0

[detection.FM7]
least = 1.2
extra = 0

[modes.FM4]
title = "stale knowledge"
response = "Rebuild the index."
"""

WRONG = [
    ('signal = "latency_p50"', 'signal = "latency_p5"', "signals[0].signal (line 12)", "did you mean 'latency_p50'?"),
    ('metric = "app.waiting"', 'metric = " "', "signals[0].metric (line 13)", 'such as "llmops.refusal_ratio"'),
    ('metric = "app.waiting"\n', "", "signals[0].metric (line 11)", "missing; expected text"),
    ('"evaluation:nightly/judge"', '"evaluation:"', "signals[1].metric (line 22)", '"evaluation:suite/scorer", found none'),
    ('signal = "golden_pass"', 'signal = "unit_cost"', "signals[1].metric (line 22)", "an evaluation gives a share"),
    ('signal = "golden_pass"', 'signal = "model_id"', "signals[1].metric (line 22)", "an evaluation gives a share"),
    ('judge"\n', 'judge"\nreads = "last"\n', "signals[1].metric (line 22)", "golden_pass as 'last' needs a metric"),
    ('stat = "p50"', 'stat = "p51"', "signals[0].stat (line 14)", "did you mean 'p95'?"),
    ('stat = "p50"', 'stat = "bucket"', "signals[0].stat (line 14)", "'bucket' is a raw reading"),
    ('reads = "mean"', 'reads = "meen"', "signals[0].reads (line 15)", "did you mean 'mean'?"),
    ('reads = "mean"', 'reads = "name"', "signals[0].reads (line 15)", "latency_p50 is no name; expected 'share', 'mean'"),
    ('reads = "name"', 'reads = "mean"', "signals[3].reads (line 34)", "model_id is a name; expected 'name'"),
    ('whole = "app.asked"\n', "", "signals[2].whole (line 24)", "expected the metric to divide by"),
    ('reads = "mean"', 'reads = "mean"\nwhole = "app.asked"', "signals[0].whole (line 16)", "nothing where it is not"),
    ('dimension = "model"\n', "", "signals[3].dimension (line 31)", "the dimension that holds the names"),
    ('reads = "mean"', 'reads = "mean"\ninverts = true', "signals[0].inverts (line 16)", "turns a share round, and reads is 'mean'"),
    ('"route=/ask"', '"route"', "signals[0].only (line 17)", "expected \"name=value\", found 'route'"),
    ("scale = 0.001", "scale = 0", "signals[0].scale (line 18)", "expected more than 0, found 0"),
    ("scale = 0.001", "scale = -1", "signals[0].scale (line 18)", "expected more than 0, found -1"),
    ("scale = 0.001", "scale = nan", "signals[0].scale (line 18)", "expected a number, found NaN"),
    ('systems = ["search"]', 'systems = ["serch"]', "signals[0].systems[0] (line 16)", "did you mean 'search'?"),
    ('[[signals]]\nsignal = "latency', '[signals]\nsignal = "latency', "", ""),
    ("alarms_per_week = 0.5", "alarms_per_week = 0", "detection.alarms_per_week (line 38)", "no portfolio goes without any"),
    ("alarms_per_week", "alarm_per_week", "detection.alarm_per_week (line 38)", "did you mean 'alarms_per_week'?"),
    ("[detection.FM4]", "[detection.FM9]", "detection.FM9 (line 40)", "unknown key; did you mean 'FM"),
    ("older = 2.0", "oldr = 2.0", "detection.FM4.oldr (line 41)", "did you mean 'older'?"),
    ("older = 2.0", "older = 0.9", "detection.FM4.older (line 41)", "expected 1 or more, found 0.9"),
    ("least = 1.2", "least = 0", "detection.FM7.least (line 44)", "expected 1 or more, found 0"),
    ("extra = 0", "extra = -0.1", "detection.FM7.extra (line 45)", "expected 0 or more, found -0.1"),
    ("extra = 0", 'extra = "1"', "detection.FM7.extra (line 45)", "expected a number, found text; remove the quotes"),
    ("[modes.FM4]", "[modes.FM9]", "modes.FM9 (line 47)", "unknown key; did you mean 'FM"),
    ('title = "stale', 'titel = "stale', "modes.FM4.titel (line 48)", "did you mean 'title'?"),
    ('"stale knowledge"', "4", "modes.FM4.title (line 48)", "expected text, found 4"),
    ('"stale knowledge"', '"  "', "modes.FM4.title (line 48)", "expected words, found blanks"),
    ('"stale knowledge"', f'"{"x" * 61}"', "modes.FM4.title (line 48)", "expected one line of at most 60 characters"),
    ('"stale knowledge"', '"stale\\nknowledge"', "modes.FM4.title (line 48)", "expected one line of at most 60"),
    ('"Rebuild the index."', '" "', "modes.FM4.response (line 49)", "leave it out for the usual ones"),
]  # fmt: skip


def test_a_good_configuration_is_read_in_full(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert config.signals[0] == Given(
        "latency_p50", "app.waiting", "p50", "mean", only="route=/ask", scale=0.001, systems=("search",)
    )
    assert config.signals[1] == Given("golden_pass", "evaluation:nightly/judge")
    assert config.signals[2].whole == "app.asked"
    assert config.signals[3].dimension == "model"
    detection = config.detection
    assert (detection.alarms_per_week, detection.FM4.older, detection.FM7.least, detection.FM7.extra) == (
        0.5,
        2,
        1.2,
        0,
    )
    assert detection.FM1 == Settings().FM1
    usual = worded(Modes())
    assert (config.modes.FM4.title, config.modes.FM4.response) == ("stale knowledge", "Rebuild the index.")
    assert (config.modes.FM4.detection, config.modes.FM1) == (usual.FM4.detection, usual.FM1)


def test_without_a_word_of_them_the_usual_ones_stand(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD[: GOOD.index("[[signals]]")])
    assert (config.signals, config.detection, config.modes) == ((), Settings(), worded(Modes()))


@pytest.mark.parametrize(("old", "new", "where", "words"), WRONG)
def test_a_wrong_entry_names_the_place_and_the_remedy(
    tmp_path: Path, old: str, new: str, where: str, words: str
) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(line.startswith(f"{where}: " if where else "") and words in line for line in found), found


def test_every_mistake_of_an_entry_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('only = "route=/ask"', 'only = "route"').replace("scale = 0.001", "scale = 0")
    found = mistakes(tmp_path, text.replace("older = 2.0", "older = 0").replace("least = 1.2", "least = 0"))
    assert [line.split(" (line")[0] for line in found] == [
        "signals[0].only", "signals[0].scale", "detection.FM4.older", "detection.FM7.least",
    ]  # fmt: skip


def test_every_setting_of_every_detector_is_a_number_that_may_be_checked() -> None:
    for detector in DETECTORS:
        assert {type(value) for value in asdict(detector.Settings()).values()} == {float}
