"""Alertmanager: alerts as incidents with their own word for severity, silenced ones too, gone ones settled."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from collectors.base import Source, Window
from collectors.kinds.alertmanager import KIND, Settings
from store import commit, intake
from store.errors import SourceError
from store.folder import Folder
from store.records import Incident, Outcome, Parsed, Rejected, Run, Unrouted
from tests.collectors.kinds.case import NAMES

URL = "http://alertmanager.example:9093"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
WINDOW = Window(NOW, NOW, NOW)
Read = Callable[..., list[Parsed]]


def _alert(**changed: Any) -> dict[str, Any]:
    return {
        "fingerprint": "0f",
        "labels": {"alertname": "SpendFast", "severity": "warning", "system": "support-bot"},
        "annotations": {"summary": "spend is 3 times the plan"},
        "startsAt": "2026-11-23T10:02:00.000Z",
        "endsAt": "2026-11-23T16:05:00.000Z",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
    } | changed


def _body(*alerts: Any) -> bytes:
    return json.dumps(alerts).encode()


def _incidents(found: list[Parsed]) -> dict[str, Incident]:
    return {each.title.partition(":")[0]: each for each in found if isinstance(each, Incident)}


def test_recorded_alerts_keep_their_word_for_severity_and_get_a_level(
    fixtures: Path, read_one: Read, by_label: Callable[..., Source]
) -> None:
    body = (fixtures / "alertmanager" / "alerts.json").read_bytes()
    found = read_one("alertmanager", body, Settings(URL), by_label("system", *NAMES), WINDOW)
    incidents = _incidents(found)
    assert {name: (each.system, each.severity, each.level, each.state) for name, each in incidents.items()} == {
        "GatewayDown": ("code-assist", "Critical", "critical", "open"),
        "SpendFast": ("claims-triage", "warning", "warning", "suppressed"),
        "LatencyHigh": ("code-assist", "warning", "warning", "suppressed"),
        "FaithfulnessBelow": ("support-bot", "page", "critical", "open"),
        "IndexOld": ("legal-search", "ticket", "info", "open"),
    }
    assert found.count(Unrouted("no label system")) == 1
    assert incidents["FaithfulnessBelow"] == Incident(
        system="support-bot",
        external_id="6b1a5ba7f6e41d4d",
        title="FaithfulnessBelow: faithfulness 0.72 is below 0.85",
        started=datetime(2026, 11, 23, 9, 37, 20, 553_000, tzinfo=UTC),
        severity="page",
        level="critical",
        url="http://prometheus.example.com:9090/graph?g0.tab=1",
    )
    assert incidents["GatewayDown"].started == datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)  # sent as 11:15:30+01:00
    assert {each.resolved for each in incidents.values()} == {None}


def test_words_and_labels_of_ones_own_are_understood(read_one: Read, one_system: Source) -> None:
    labels = {"alertname": "", "prio": "P1"}
    body = _body(_alert(labels=labels, annotations={"text": "slow"}), _alert(labels=labels, annotations={}))
    settings = Settings(URL, severity="prio", levels={"p1": "critical"}, summary="text")
    first, second = read_one("alertmanager", body, settings, one_system, WINDOW)
    assert isinstance(first, Incident)
    assert isinstance(second, Incident)
    assert (first.severity, first.level, first.title) == ("P1", "critical", "slow")
    assert second.title == "0f"


def test_an_alert_without_severity_is_an_information(read_one: Read, one_system: Source) -> None:
    (found,) = read_one("alertmanager", _body(_alert(labels={"alertname": "A"})), Settings(URL), one_system, WINDOW)
    assert isinstance(found, Incident)
    assert (found.severity, found.level) == ("", "info")


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"fingerprint": None}, "fingerprint"),
        ({"labels": None}, "labels"),
        ({"startsAt": None}, "startsAt"),
        ({"startsAt": "0001-01-01T00:00:00Z"}, "startsAt"),
        ({"status": {}}, "status"),
        ({"status": {"state": "melted"}}, "status.state: expected active, suppressed or unprocessed, found 'melted'"),
    ],
)
def test_an_alert_that_cannot_be_read_is_set_aside_by_name_and_the_others_are_not(
    broken: dict[str, Any], named: str, read_one: Read, one_system: Source
) -> None:
    body = _body(_alert(**broken), _alert(fingerprint="1f"))
    rejected, kept = read_one("alertmanager", body, Settings(URL), one_system, WINDOW)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(named)
    assert "spend is" not in rejected.raw
    assert isinstance(kept, Incident)


def test_what_is_no_alert_is_set_aside_too(read_one: Read, one_system: Source) -> None:
    (found,) = read_one("alertmanager", b'["x"]', Settings(URL), one_system, WINDOW)
    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    ("body", "cause"), [(b"{}", "shape"), (b'{"error": "plugin unavailable"}', "upstream"), (b"", "not_json")]
)
def test_an_answer_that_is_no_list_never_means_that_all_is_well(
    body: bytes, cause: str, read_one: Read, one_system: Source
) -> None:
    with pytest.raises(SourceError) as error:
        read_one("alertmanager", body, Settings(URL), one_system, WINDOW)
    assert error.value.cause == cause


def test_every_alert_is_asked_for_and_matchers_are_sent_as_they_are(
    replay: Any, gather: Any, one_system: Source
) -> None:
    http = replay(lambda _: b"[]")
    settings = Settings(f"{URL}/", filter=('env="prod"', "team=~a|b"), receiver="ops.*")
    assert gather("alertmanager", settings, WINDOW, one_system, http) == []
    every = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}
    (asked,) = http.asked
    assert (asked.path, asked.sent) == (
        "/api/v2/alerts",
        every | {"filter": ['env="prod"', "team=~a|b"], "receiver": "ops.*"},
    )
    gather("alertmanager", Settings(URL), WINDOW, one_system, http)
    assert http.asked[1].sent == every


def _outcome(found: list[Parsed], name: str) -> Outcome:
    run = Run(name, "am", "alertmanager", "complete", "", "", NOW, NOW, NOW, NOW)
    records = tuple(each for each in found if isinstance(each, Incident))
    return Outcome(run, records, snapshot=KIND.snapshot, reached=NOW)


def _post(url: str, path: str, sent: Any) -> None:
    httpx.post(f"{url}/api/v2/{path}", json=sent).raise_for_status()


def test_alerts_of_a_real_alertmanager_are_held_silenced_and_settled(
    alertmanager: Any, collect_really: Read, by_label: Callable[..., Source], tmp_path: Path
) -> None:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    alerts = [
        {"labels": {"alertname": name, "severity": severity, "system": system}, "startsAt": began.isoformat()}
        for name, severity, system in (
            ("FaithfulnessBelow", "page", "support-bot"),
            ("SpendFast", "warning", "claims-triage"),
            ("GatewayDown", "critical", "code-assist"),
            ("LatencyHigh", "warning", "code-assist"),
        )
    ]
    settings, source = Settings(alertmanager.url, filter=('system!=""',)), by_label("system", *NAMES)
    folder = Folder(tmp_path / "store")
    folder.create()

    def states(wanted: dict[str, str]) -> dict[str, str]:
        """Collect until the server has got there: it works on what it is given in its own time."""
        deadline = monotonic() + 30
        while True:
            now = datetime.now(UTC)
            found = collect_really("alertmanager", settings, Window(now, now, now), source)
            listed = {name: each.state for name, each in _incidents(found).items()}
            if listed == wanted or monotonic() > deadline:
                break
            sleep(0.2)
        with commit.primary(folder, now) as session:
            intake.take(session, _outcome(found, now.isoformat()), now)
            rows = session.execute("select title, state, settled is null, started from incidents")
        assert {started.replace(tzinfo=UTC) for _, _, _, started in rows} == {began}
        assert all((state != "resolved") == is_open for _, state, is_open, _ in rows)
        return {title: state for title, state, _, _ in rows}

    _post(alertmanager.url, "alerts", alerts)
    held = {"FaithfulnessBelow": "open", "SpendFast": "open", "GatewayDown": "open", "LatencyHigh": "suppressed"}
    assert states(held) == held
    matcher = {"name": "system", "value": "claims-triage", "isRegex": False}
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    silence = {"matchers": [matcher], "startsAt": began.isoformat(), "endsAt": until, "createdBy": "t", "comment": "t"}
    _post(alertmanager.url, "silences", silence)
    silenced = held | {"SpendFast": "suppressed"}
    assert states(silenced) == silenced
    over = alerts[0] | {"endsAt": datetime.now(UTC).isoformat()}
    _post(alertmanager.url, "alerts", [over])
    left = {name: state for name, state in silenced.items() if name != "FaithfulnessBelow"}
    assert states(left) == left | {"FaithfulnessBelow": "resolved"}
    _post(alertmanager.url, "alerts", [alerts[0]])
    assert states(silenced) == silenced


def test_a_matcher_that_a_real_alertmanager_cannot_read_is_named(
    alertmanager: Any, collect_really: Read, one_system: Source
) -> None:
    with pytest.raises(SourceError, match="answered 400") as error:
        collect_really("alertmanager", Settings(alertmanager.url, filter=("=x",)), WINDOW, one_system)
    assert error.value.cause == "status"
