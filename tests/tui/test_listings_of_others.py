"""The tables of what others say, incidents and ends of models, say it in words and with its source."""

from dataclasses import replace

from tests.tui.screen_store import NOW
from tests.tui.test_listings import HOUR, INCIDENT, MODEL, cell, said
from tui.listings.incidents import INCIDENTS
from tui.listings.models import MODELS


def test_an_incident_that_is_over_says_when_and_after_how_long() -> None:
    over = replace(INCIDENT, state="resolved", is_open=False, ended=NOW - HOUR, age=2 * HOUR, severity="", url="")
    assert said(INCIDENTS, over) == "warning: Slow answers; resolved, ended 10 Mar 13:30Z after 2h; from pager"
    assert INCIDENTS.sentence(over, NOW)[0][1] == "strong"
    assert not INCIDENTS.is_problem(over)
    assert (
        said(INCIDENTS, INCIDENT) == "warning (P2): Slow answers; open, for 3 h; from pager; https://pager.example/P1"
    )


def test_an_incident_shows_its_level_as_a_word_whatever_its_colour() -> None:
    assert cell(INCIDENTS, INCIDENT, "level") == ("!  WARN", "warning")
    assert cell(INCIDENTS, replace(INCIDENT, level="critical", state="suppressed", is_open=False), "level") == (
        "!! CRIT",
        "muted",
    )
    assert cell(INCIDENTS, replace(INCIDENT, level="info"), "level") == ("info", "")


def test_a_model_says_where_it_stands_in_a_word() -> None:
    assert cell(MODELS, MODEL, "state") == ("!  retires soon", "warning")
    assert said(MODELS, MODEL) == "north-2026-01-15: retires in 1 day on 2026-03-11 by map; declared, seen 60 min ago"
    gone = replace(
        MODEL, retires_on=NOW.date(), last_retires_on=NOW.date(), days_left=0, standing="retired", state="critical"
    )
    assert cell(MODELS, gone, "state") == ("!! retired", "critical")
    assert "retired on 2026-03-10 by map" in said(MODELS, gone)
    assert cell(MODELS, replace(MODEL, standing="ends later", state="ok"), "state") == ("   ends later", "")


def test_a_model_without_a_day_of_retirement_says_what_is_announced() -> None:
    open_ended = replace(MODEL, retires_on=None, last_retires_on=None, days_left=None, seen=None, replacement="south")
    quiet = replace(open_ended, standing="nothing announced", state="unknown")
    assert said(MODELS, quiet) == "north-2026-01-15: nothing announced by map; declared; replaced by south"
    advised = replace(open_ended, deprecated_on=NOW.date(), standing="deprecated")
    assert "deprecated from 2026-03-10, no day of retirement by map" in said(MODELS, advised)
    assert "nothing announced by any source" in said(MODELS, replace(quiet, source=""))
