"""Histories out of the runs of a file, and alarms of the past with what they rest on."""

from dataclasses import replace

from operations.detection import Settings, scanned
from operations.file_alarms import of_runs, replay
from store.runs import Runs
from tests.operations.runs import day, days

GROUNDED = Runs("bot", "grounded", "", days(40), [90.0] * 35 + [60.0] * 5, [100.0] * 40, [""] * 40)
MODEL = Runs("bot", "model_id", "", days(3), [0.0] * 3, [0.0] * 3, ["a", "a", "b"])
LATENCY = Runs("bot", "latency_p50", "", days(2), [1.0, 2.0], [5.0, 5.0], ["", ""])


def test_each_metric_is_read_as_its_signal_says() -> None:
    (history,) = of_runs([GROUNDED, MODEL, LATENCY], {"bot": [day(1)]})
    count, name, log = (history.tracks[each.metric, ""] for each in (GROUNDED, MODEL, LATENCY))
    assert (count.form, count.counts, count.texts) == ("count", GROUNDED.counts, ())
    assert (name.form, name.values, name.texts) == ("name", (), MODEL.texts)
    assert (log.form, log.values, log.counts) == ("log", LATENCY.values, ())
    assert history.changes == [day(1)]


def test_names_are_no_scanned_series_and_systems_stay_apart() -> None:
    first, second = of_runs([GROUNDED, MODEL, LATENCY, replace(GROUNDED, system="other")], {})
    assert (first.system, scanned(first), first.changes) == ("bot", 2, ())
    assert (second.system, scanned(second)) == ("other", 1)


def test_an_alarm_says_in_words_what_it_rests_on_and_since_when_it_stands() -> None:
    (history,) = of_runs([GROUNDED], {})
    (found,) = replay(history, Settings(), 7.5)
    assert (found.alarm.mode, found.alarm.day, found.since) == ("FM3", day(35), day(35))
    assert found.words[0].startswith("answers that their sources support 60.0% against 90.0% over 1 run, 1 in ")
