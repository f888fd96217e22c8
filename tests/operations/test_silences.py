"""Silences: what they cover, how long they hold, and what they leave as it is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from operations.breaches import breaches
from operations.portfolio import board
from operations.settings import System, Threshold
from operations.silences import MaintenanceWindow, Scope, Silence, covering, planned, silences
from operations.vitals import vitals
from store.records import Breach, Event
from store.spool import LONGEST_SILENCE
from store.values import Confirm
from tests.operations.stores import NOW, Store, hours, source

HOUR = timedelta(hours=1)
SLOW = Threshold("slow", "latency", "above", 2.0, 4.0, confirm=Confirm(1, 1), mode="FM7")
ERRORS = Threshold("errors", "llmops.error_ratio", "above", 0.1, stat="ratio", confirm=Confirm(1, 1))


def silence(
    subject: str, until: datetime = NOW + HOUR, event_id: str = "s1", actor: str = "ada", **fields: str
) -> Event:
    return Event(event_id, "silence", subject, fields.get("reason", "known"), actor, 1, 1, NOW - HOUR, until)


def end(silence_id: str, actor: str = "bob") -> Event:
    return Event(f"end-{silence_id}", "unsilence", silence_id, "", actor, 1, 1, NOW)


def burning(store: Store, bot: System, *events: Event, now: datetime = NOW, latency: float = 5.0) -> Breach:
    """Judge a system that is too slow, with these decisions stored."""
    store.described([bot], [source()])
    store.collected(*hours("latency", [latency], end=now), now=now)
    if events:
        store.session.append("events", events)
    store.judged([SLOW], [bot], now)
    return store.breaches()[0]


@pytest.mark.parametrize("text", ["system:bot", "rule:bot/slow", "mode:bot/FM7", "breach:1234", "rule:bot/a.b-c"])
def test_a_scope_reads_back_what_it_writes(text: str) -> None:
    assert str(Scope.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "bot", "system:", "rule:bot", "mode:bot/", "system:bot/slow", "tier:1", "breach:a/b"]
)
def test_what_is_no_scope_covers_nothing(text: str) -> None:
    assert Scope.parse(text) is None


@pytest.mark.parametrize(
    ("subject", "is_covered"),
    [
        ("system:bot", True),
        ("system:desk", False),
        ("rule:bot/slow", True),
        ("rule:bot/errors", False),
        ("rule:desk/slow", False),
        ("mode:bot/FM7", True),
        ("mode:bot/FM3", False),
        ("nonsense", False),
    ],
)
def test_a_silence_covers_a_system_one_of_its_rules_or_modes(
    store: Store, bot: System, subject: str, *, is_covered: bool
) -> None:
    breach = burning(store, bot, silence(subject))
    assert (breach.silenced_by, breach.silence_reason, breach.silenced_until) == (
        ("ada", "known", NOW + HOUR) if is_covered else ("", "", None)
    )
    assert (breach.state, breach.severity) == ("open", "critical")
    (row,) = breaches(store.session, NOW)
    assert [each.covers for each in covering(store.session, row, NOW)] == ([subject] if is_covered else [])


def test_a_single_breach_can_be_silenced_and_the_next_one_of_its_rule_is_heard(store: Store, bot: System) -> None:
    first = burning(store, bot)
    store.session.append("events", [silence(f"breach:{first.breach_id}", NOW + 9 * HOUR)])
    assert burning(store, bot, now=NOW + HOUR).silenced_by == "ada"
    closed = burning(store, bot, now=NOW + 2 * HOUR, latency=1.0)
    assert (closed.state, closed.silenced_by, closed.silenced_until) == ("closed", "", None)
    burning(store, bot, now=NOW + 4 * HOUR)
    assert [(each.state, each.silenced_by) for each in store.breaches()] == [("closed", ""), ("open", "")]


def test_when_a_silence_is_over_its_breach_counts_again_at_the_next_judging(store: Store, bot: System) -> None:
    assert burning(store, bot, silence("system:bot", NOW + HOUR)).silenced_by == "ada"
    store.judged([SLOW], [bot], NOW + HOUR - timedelta(seconds=1))
    assert store.breaches()[0].silenced_by == "ada"
    store.judged([SLOW], [bot], NOW + HOUR)
    assert store.breaches()[0].silenced_by == ""
    assert board(store.session, NOW + HOUR)[1].oldest_unacknowledged is not None


def test_a_silence_that_was_ended_holds_no_longer(store: Store, bot: System) -> None:
    assert burning(store, bot, silence("system:bot"), end("s1")).silenced_by == ""


def test_of_several_silences_the_one_that_ends_last_is_named(store: Store, bot: System) -> None:
    breach = burning(
        store, bot, silence("system:bot"), silence("rule:bot/slow", NOW + 2 * HOUR, "s2", "bob", reason="vendor")
    )
    assert (breach.silenced_by, breach.silence_reason, breach.silenced_until) == ("bob", "vendor", NOW + 2 * HOUR)


def test_no_silence_holds_longer_than_anybody_may_ask_for(store: Store, bot: System) -> None:
    dated_ahead = replace(silence("system:bot", NOW + 40 * 24 * HOUR), written=NOW + 11 * 24 * HOUR)
    assert burning(store, bot, dated_ahead).silenced_by == ""
    longest = Silence("s", "system:bot", "", "ada", NOW, NOW + LONGEST_SILENCE, None, "")
    assert longest.is_in_force(NOW)
    assert not replace(longest, expires=None).is_in_force(NOW)


def test_a_silenced_critical_breach_weighs_as_a_warning_and_says_silenced(store: Store, bot: System) -> None:
    burning(store, bot)
    (row,), summary = board(store.session, NOW)
    assert (row.state, row.domains["monitoring"], row.domains["incidents"]) == ("critical", "critical", "critical")
    burning(store, bot, silence("system:bot"))
    (row,), summary = board(store.session, NOW)
    assert (row.state, row.domains["monitoring"], row.domains["incidents"]) == ("warning", "warning", "warning")
    assert row.reasons["monitoring"] == "latency 5 over 4 in a window of 1h (1 of 1 rule silenced)"
    assert row.reasons["incidents"] == "1 critical breach silenced"
    assert row.headline == "latency 5 over 4 since 2026-11-23 11:00Z; silenced until 2026-11-23 13:00Z"
    assert (summary.open_breaches, summary.silenced, summary.oldest_unacknowledged) == (1, 1, None)
    assert (row.critical, row.mode) == (1, "FM7")


def test_a_silenced_warning_is_never_ok(store: Store, bot: System) -> None:
    burning(store, bot, silence("system:bot"), latency=3.0)
    (row,), _ = board(store.session, NOW)
    assert (row.state, row.domains["monitoring"]) == ("warning", "warning")
    assert (row.domains["incidents"], row.reasons["incidents"]) == ("warning", "1 breach silenced")


def test_silenced_and_acknowledged_breaches_are_told_apart(store: Store, bot: System) -> None:
    errors = replace(ERRORS, warning=None, critical=0.1)
    store.described([bot], [source()])
    store.collected(*hours("latency", [5]), *hours("llmops.error_ratio", [0.5], "ratio"))
    store.session.append("events", [silence("rule:bot/slow")])
    store.judged([SLOW, errors], [bot])
    heard = next(breach for breach in store.breaches() if breach.rule == "errors")
    store.acknowledged(heard.breach_id)
    store.judged([SLOW, errors], [bot])
    (row,), summary = board(store.session, NOW)
    assert row.reasons["incidents"] == "2 critical breaches acknowledged or silenced"
    assert row.reasons["monitoring"] == "llmops.error_ratio 0.5 over 0.1 in a window of 1h (1 of 2 rules critical)"
    assert row.headline.startswith("llmops.error_ratio 0.5 over 0.1 since")
    assert summary.silenced == 1
    found = vitals(store.session, NOW).breaches
    assert {key: count for key, count in found.items() if count} == {
        ("critical", True, False): 1,
        ("critical", False, True): 1,
    }


def test_a_worse_domain_is_told_before_a_silenced_breach(store: Store, bot: System) -> None:
    blind = replace(SLOW, name="blind", metric="absent", no_data="critical")
    burning(store, bot)
    store.session.append("events", [silence("rule:bot/slow")])
    store.judged([SLOW, blind], [bot])
    (row,), _ = board(store.session, NOW)
    assert (row.state, row.headline.split(" since ")[0]) == (
        "critical",
        "no data for absent; the rule calls that critical",
    )


@pytest.mark.parametrize(("began", "is_silenced"), [(HOUR, False), (timedelta(minutes=59), True), (timedelta(0), True)])
def test_planned_work_silences_what_starts_to_fail_inside(
    store: Store, bot: System, began: timedelta, *, is_silenced: bool
) -> None:
    """The window from 11:00 to 12:00 is the first that fails; work that began at 12:00 is not why."""
    work = MaintenanceWindow("upgrade", "new gateway", frozenset({"bot"}), NOW - HOUR + began, NOW + HOUR)
    store.described([bot], [source()])
    store.collected(*hours("latency", [5]))
    store.judged([SLOW], [bot], maintenance=[work])
    (breach,) = store.breaches()
    assert (breach.silenced_by, breach.silence_reason, breach.silenced_until) == (
        ("maintenance upgrade", "new gateway", NOW + HOUR) if is_silenced else ("", "", None)
    )


def test_planned_work_on_other_systems_silences_nothing(store: Store, bot: System) -> None:
    burning(store, bot)
    work = MaintenanceWindow("upgrade", "new gateway", frozenset({"desk"}), NOW - HOUR, NOW + HOUR)
    store.judged([SLOW], [bot], maintenance=[work])
    assert store.breaches()[0].silenced_by == ""


def test_of_planned_work_and_a_persons_silence_the_one_that_ends_last_is_named(store: Store, bot: System) -> None:
    burning(store, bot, silence("system:bot", NOW + 2 * HOUR))
    work = MaintenanceWindow("upgrade", "new gateway", frozenset({"bot"}), NOW - HOUR, NOW + HOUR)
    store.judged([SLOW], [bot], maintenance=[work])
    assert store.breaches()[0].silenced_by == "ada"
    store.judged([SLOW], [bot], maintenance=[replace(work, ends=NOW + 3 * HOUR)])
    assert store.breaches()[0].silenced_by == "maintenance upgrade"


def test_a_breach_of_a_rule_that_is_gone_is_closed_and_silenced_no_more(store: Store, bot: System) -> None:
    burning(store, bot, silence("system:bot"))
    store.judged([], [bot])
    (breach,) = store.breaches()
    assert (breach.state, breach.silenced_by) == ("closed", "")


def test_planned_work_is_listed_as_a_silence(bot: System) -> None:
    row = planned(MaintenanceWindow("upgrade", "new gateway", frozenset({"desk", bot.name}), NOW, NOW + HOUR))
    assert (row.state, row.covers, row.by, row.reason, row.until) == (
        "planned", "systems: bot, desk", "maintenance upgrade", "new gateway", NOW + HOUR
    )  # fmt: skip


def test_silenced_breaches_are_listed_after_all_that_are_heard(store: Store, bot: System) -> None:
    desk, lab = System("desk", "Ada"), System("lab", "Ada")
    twice = replace(SLOW, confirm=Confirm(2, 2))
    store.described([bot, desk, lab], [source()])
    store.collected(
        *hours("latency", [9, 9]), *hours("latency", [3, 3], system="desk"), *hours("latency", [1, 9], system="lab")
    )
    store.session.append("events", [silence("system:bot")])
    store.judged([twice], [bot, desk, lab])
    rows = breaches(store.session, NOW)
    assert [(row.system, row.state, row.silenced_by) for row in rows] == [
        ("desk", "open", ""),
        ("lab", "candidate", ""),
        ("bot", "open", "ada"),
    ]


def test_every_silence_is_listed_with_what_became_of_it(store: Store) -> None:
    store.session.append(
        "events",
        [
            silence("system:bot", event_id="holds"),
            silence("system:bot", NOW, "over"),
            silence("system:bot", event_id="ended"),
            silence("whatever", event_id="unreadable"),
            silence("rule:bot/slow", event_id="ending"),
        ],
    )
    store.session.append("events", [end("ended"), end("unknown")])
    waiting = [silence("mode:bot/FM3", event_id="pending"), end("ending", "eve"), end("over")]
    found = {row.silence_id: row for row in silences(store.session, waiting, NOW)}
    assert {name: row.state for name, row in found.items()} == {
        "holds": "in force",
        "pending": "pending",
        "ending": "ending",
        "over": "over",
        "ended": "ended",
        "unreadable": "unreadable",
    }
    assert set(list(found)[:3]) == {"holds", "pending", "ending"}
    assert (found["ended"].ended_by, found["ended"].ended, found["ending"].ended_by) == ("bob", NOW, "eve")
    row = found["holds"]
    assert (row.covers, row.by, row.reason, row.declared, row.until) == (
        "system:bot", "ada", "known", NOW - HOUR, NOW + HOUR
    )  # fmt: skip
