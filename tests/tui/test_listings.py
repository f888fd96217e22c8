"""Each table says what its rows mean, also in the cases that a healthy store does not show."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from operations.rows import (
    BreachRow,
    ChangeRow,
    CostRow,
    EvaluationRow,
    IncidentRow,
    MetricRow,
    ModelRow,
    SourceRow,
)
from store.records import State, Verdict
from tests.tui.screen_store import NOW
from tests.tui.test_snapshot import ROW
from tui.listing import Listing
from tui.listings.breaches import BREACHES
from tui.listings.changes import CHANGES
from tui.listings.details import COSTS, EVALUATIONS, METRICS, MetricLine
from tui.listings.incidents import INCIDENTS
from tui.listings.models import MODELS
from tui.listings.rules import RULES
from tui.listings.sources import SOURCES, command
from tui.listings.systems import SYSTEMS

HOUR = timedelta(hours=1)
SOURCE = SourceRow(
    source="prom", kind="prometheus", target="http://prom", systems="bot", state="complete", cause="", detail="", started=NOW - HOUR,
    duration_s=2.0, rows=10, new_rows=3, rejected=0, unrouted=0, next_slot=NOW + HOUR, overdue=False, high_water=NOW - HOUR,
    completeness=0.95, failures=0, skew_seconds=None, trend=(1.0, 2.0),
)  # fmt: skip
BREACH = BreachRow(
    breach_id="b", system="bot", rule="latency", domain="monitoring", metric="duration", severity="critical", state="open",
    direction="above", since=NOW - 3 * HOUR, judged=NOW, opened=NOW - 2 * HOUR, closed=None, value=5.0, worst=6.0, warning=2.0,
    critical=4.0, n=40, unit="s", mode="FM3", note="two windows", event="", head="b", children=0,
    owner="Ada", tier=1, acknowledged_by="", acknowledged_at=None,
)  # fmt: skip
SILENCED = replace(BREACH, silenced_until=NOW + HOUR, silenced_by="bob", silence_reason="vendor")
CHANGE = ChangeRow(
    change_id="c", system="bot", change_class="prompt", title="Shorter", author="eve", requested=NOW - HOUR, age=HOUR, risk="high",
    tier=1, state="pending", from_ref="v1", to_ref="v2", source="mlflow", url="https://git.example/1", content_hash="h", content="x",
    owner="Ada",
)  # fmt: skip
METRIC = MetricRow("gen_ai.duration", "p95", {}, "s", 2.0, 5, NOW - HOUR, "prom", None, None, None, ())
EVALUATION = EvaluationRow(
    "golden", "v1", "correct", "judge", "", 0.9, 50, 0.8, 0.95, 0, "ok", NOW - HOUR, "2026.1", "https://x", ()
)
INCIDENT = IncidentRow(
    incident_id="i", system="bot", source="pager", external_id="P1", title="Slow answers", level="warning", severity="P2", state="open",
    started=NOW - 3 * HOUR, acknowledged=None, ended=None, is_open=True, age=3 * HOUR, url="https://pager.example/P1", owner="Ada", tier=1,
)  # fmt: skip
MODEL = ModelRow(
    system="bot", model="north-2026-01-15", is_alias=False, is_declared=True, seen=NOW - HOUR, released_on=None, deprecated_on=None,
    retires_on=NOW.date() + timedelta(days=1), last_retires_on=NOW.date() + timedelta(days=1), days_left=1, replacement="",
    source="map", provider="", announcements=1, standing="retires soon", state="warning",
)  # fmt: skip
VERDICT = Verdict("bot", "latency", "monitoring", "duration", "ok", NOW, "above", note="all well")


def said(listing: Listing[Any], row: Any, now: datetime = NOW) -> str:
    return "".join(text for text, _ in listing.sentence(row, now))


def cell(listing: Listing[Any], row: Any, key: str) -> tuple[str, str]:
    field = next(field for field in listing.fields if field.column.key == key)
    return field.cell(row, NOW)


@pytest.mark.parametrize(
    ("listing", "row"),
    [(SYSTEMS, ROW), (BREACHES, BREACH), (BREACHES, SILENCED), (CHANGES, CHANGE), (SOURCES, SOURCE), (METRICS, MetricLine(METRIC, None)), (EVALUATIONS, EVALUATION),
     (COSTS, CostRow(NOW.date(), "invoice", "invoiced", Decimal(3), "USD", 1)), (RULES, VERDICT), (INCIDENTS, INCIDENT),
     (MODELS, MODEL)],
    ids=lambda value: getattr(value, "name", ""),
)  # fmt: skip
def test_every_column_has_a_text_a_look_and_an_order(listing: Listing[Any], row: Any) -> None:
    for field in listing.fields:
        text, look = field.cell(row, NOW)
        assert isinstance(text, str)
        assert look in {"", "ok", "warning", "critical", "unknown", "muted", "strong", "accent"}
        field.order(row)
    assert listing.key(row)
    assert said(listing, row)
    assert listing.is_problem(row) in {True, False}


@pytest.mark.parametrize(
    ("state", "text", "look"),
    [("complete", "ok", "ok"), ("partial", "!  part", "warning"), ("interrupted", "!  stop", "warning"), ("failed", "!! FAIL", "critical"),
     ("never", "?  never", "unknown")],
)  # fmt: skip
def test_states_of_sources_have_a_sign_and_a_word(state: str, text: str, look: str) -> None:
    row = replace(SOURCE, state=state)  # type: ignore[arg-type]  # states as text
    assert cell(SOURCES, row, "state") == (text, look)


@pytest.mark.parametrize(
    ("slot", "overdue", "text"),
    [(None, False, "-"), (NOW - 2 * HOUR, True, "late 2h"), (NOW + HOUR, False, "in 60m"), (NOW - timedelta(seconds=5), False, "now"),
     (NOW + timedelta(seconds=40), False, "now")],
)  # fmt: skip
def test_the_next_collection_is_due_or_late(slot: datetime | None, overdue: bool, text: str) -> None:  # noqa: FBT001  # a case
    assert cell(SOURCES, replace(SOURCE, next_slot=slot, overdue=overdue), "next")[0] == text


def test_a_failing_source_is_explained() -> None:
    row = replace(SOURCE, state="failed", cause="auth", detail="401", failures=3, rejected=1, unrouted=2)
    assert said(SOURCES, row) == (
        "prom: failed, auth: 401; 3 times in a row; 1 row in quarantine, 2 for no known system; collected up to 10 Mar 13:30Z (60m)"
    )
    assert said(SOURCES, replace(SOURCE, state="never", started=None, high_water=None)) == "prom: never"
    assert "timeout" in said(SOURCES, replace(SOURCE, state="partial", cause="timeout"))


def test_the_command_survives_a_shell() -> None:
    assert command(replace(SOURCE, source="a'; rm -rf ~")) == """llmops-tui collect --source 'a'"'"'; rm -rf ~'"""


def test_a_breach_is_explained_with_value_limit_and_age() -> None:
    assert said(BREACHES, BREACH) == "bot: duration 5.0s over 4s for 3 h, worst 6.0s, n=40; two windows"
    bare = replace(BREACH, value=None, worst=None, n=None, note="", direction="below", acknowledged_by="eve")
    assert said(BREACHES, bare) == "bot: duration for 3 h; acknowledged by eve"


def test_a_silenced_breach_says_so_in_words_and_keeps_its_severity() -> None:
    words = "silenced until 10 Mar 15:30Z by bob: vendor"
    assert said(BREACHES, SILENCED).startswith(f"bot: {words}; duration 5.0s over 4s for 3 h")
    assert cell(BREACHES, SILENCED, "state") == (cell(BREACHES, BREACH, "state")[0], "muted")
    assert cell(BREACHES, SILENCED, "phase")[0] == "silenced"
    assert BREACHES.is_problem(SILENCED)
    over = replace(SILENCED, silenced_until=NOW)
    assert said(BREACHES, over).startswith(
        "bot: silenced until 10 Mar 14:30Z by bob: vendor (over: counts again at the next judging); duration"
    )
    pending = replace(SILENCED, silenced_until=None, silence_reason="")
    assert said(BREACHES, pending).startswith("bot: silenced (pending) by bob; duration")


@pytest.mark.parametrize(
    ("until", "text"),
    [
        (None, "pending bob"),
        (NOW, "over bob"),
        (NOW + timedelta(seconds=1), "1m left bob"),
        (NOW + HOUR, "60m left bob"),
        (NOW + 100 * HOUR, "4d left bob"),
    ],
)
def test_a_silence_says_how_long_it_lasts_and_whose_it_is(until: datetime | None, text: str) -> None:
    assert cell(BREACHES, replace(SILENCED, silenced_until=until), "ack")[0] == text
    acknowledged = replace(SILENCED, silenced_until=until, acknowledged_by="eve", acknowledged_at=NOW - HOUR)
    assert cell(BREACHES, acknowledged, "ack")[0] == "eve 60m"


@pytest.mark.parametrize(
    ("by", "when", "text"),
    [("", None, ""), ("eve", None, "pending"), ("eve", NOW - 2 * HOUR, "eve 2h")],
)
def test_an_acknowledgement_is_pending_until_it_is_stored(by: str, when: datetime | None, text: str) -> None:
    assert cell(BREACHES, replace(BREACH, acknowledged_by=by, acknowledged_at=when), "ack")[0] == text


@pytest.mark.parametrize(
    ("state", "look"), [("open", "critical"), ("closed", "muted"), ("candidate", "muted"), ("unknown", "critical")]
)
def test_only_confirmed_breaches_are_coloured(state: str, look: str) -> None:
    assert cell(BREACHES, replace(BREACH, state=state), "state")[1] == look  # type: ignore[arg-type]  # states as text


def test_a_limit_that_is_not_known_is_a_dash() -> None:
    assert cell(BREACHES, replace(BREACH, warning=None, critical=None), "limit")[0] == "-"
    assert cell(BREACHES, replace(BREACH, severity="warning"), "limit")[0] == ">2s"
    assert cell(BREACHES, replace(BREACH, opened=None), "opened")[0] == "not yet"


@pytest.mark.parametrize(("days", "look"), [(4, ""), (5, "warning")])
def test_a_change_that_waits_too_long_warns(days: int, look: str) -> None:
    assert cell(CHANGES, replace(CHANGE, age=timedelta(days=days)), "age")[1] == look


def test_a_change_is_explained_as_far_as_it_is_known() -> None:
    assert said(CHANGES, CHANGE) == "bot: prompt v1 to v2 by eve: Shorter; https://git.example/1"
    bare = replace(CHANGE, from_ref="", author="", url="", age=None, risk="")
    assert said(CHANGES, bare) == "bot: prompt to v2, author not known: Shorter"
    assert cell(CHANGES, bare, "age")[0] == cell(CHANGES, bare, "risk")[0] == "-"
    assert said(CHANGES, replace(bare, to_ref="")).startswith("bot: prompt, author")


def test_a_metric_is_explained_with_its_limits_and_breach() -> None:
    judged = replace(METRIC, state="critical", warning=2.0, critical=4.0, dims={"slice": "de"})
    line = MetricLine(judged, BREACH)
    assert said(METRICS, line) == (
        "gen_ai.duration p95 (slice=de): 2.0s, n=5, 60 min old; limits 2s/4s; critical for 3 h; from prom"
    )
    assert said(METRICS, MetricLine(replace(METRIC, n=None), None)).endswith(
        "2.0s, 60 min old; no rule judges it; from prom"
    )
    assert cell(METRICS, MetricLine(METRIC, None), "state") == ("no rule", "muted")


def test_a_failed_evaluation_has_no_score_and_never_a_zero() -> None:
    failed = replace(
        EVALUATION,
        value=None,
        low=None,
        high=None,
        n=None,
        status="error",
        suite_version="",
        judge="",
        system_version="",
        url="",
    )
    assert said(EVALUATIONS, failed) == "golden correct: no score (error), 60 min old"
    assert cell(EVALUATIONS, failed, "value") == ("-", "unknown")
    assert cell(EVALUATIONS, failed, "interval")[0] == ""


def test_a_rule_is_explained_with_its_interval() -> None:
    row = replace(VERDICT, low=0.1, high=0.2, seen=NOW - HOUR, warning=1.0, critical=2.0)
    assert said(RULES, row) == "latency: all well, interval 0.10 to 0.20; judged on data 60 min old"
    assert cell(RULES, row, "limits")[0] == "> 1/2"
    assert cell(RULES, VERDICT, "limits")[0] == "-"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "bot FM3, for 3 h: groundedness 0.71 under 0.80"),
        ({"mode": "", "since": None}, "bot: groundedness 0.71 under 0.80"),
        ({"headline": "", "state": "unknown", "mode": "", "since": None}, "bot: nothing is known of it"),
        (
            {"state": "ok", "mode": "", "since": None, "headline": "quiet", "newest": NOW - HOUR},
            "bot: quiet; 3 rules hold, newest data 60 min old; groundedness 0.71 (n=400)",
        ),
        (
            {"state": "ok", "mode": "", "since": None, "headline": "", "quality": None, "rules": 1, "newest": NOW},
            "bot: 1 rule holds, newest data under a minute old",
        ),
    ],
)
def test_a_system_is_explained_by_the_worst_of_it(change: dict[str, object], words: str) -> None:
    assert said(SYSTEMS, replace(ROW, **change)) == words  # type: ignore[arg-type]  # cases of several fields


@pytest.mark.parametrize(
    ("pace", "budget", "state", "cell_text", "look"),
    [
        (None, None, "unknown", "-", "muted"), (None, 100, "ok", "early", "muted"), (0.9, 100, "ok", "90%", ""),
        (1.1, 100, "warning", "110%", "warning"), (1.1, 100, "critical", "110%", "critical"),
        (1.0, 100, "critical", "100%", ""), (1.1, 100, "unknown", "110%", ""),
    ],
)  # fmt: skip
def test_pace_is_early_before_it_can_be_told_and_as_bad_as_it_is_judged(
    pace: float | None, budget: int | None, state: State, cell_text: str, look: str
) -> None:
    row = replace(ROW, pace=pace, budget=None if budget is None else Decimal(budget), domains={"costs": state})
    assert cell(SYSTEMS, row, "pace") == (cell_text, look)
