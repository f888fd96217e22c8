"""Result and cost files: errors apart from failures, sums divided by counts, exact money, bad files set aside."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds import focus, inspect_ai, promptfoo
from store.records import CostLine, Evaluation, Parsed, Rejected, Unrouted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=9_000), NOW, NOW)
Read = Callable[..., Any]
Make = Callable[..., Source]


def _scores(found: list[Parsed]) -> list[tuple[str, str, float | None, int | None, int | None]]:
    return [
        (each.scorer, each.slice, each.value, each.n, each.errors) for each in found if isinstance(each, Evaluation)
    ]


def test_promptfoo_divides_sums_by_counts_and_keeps_errors_apart(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = promptfoo.Settings(str(fixtures / "promptfoo" / "version3.json"))
    found = gather("promptfoo", settings, WINDOW, by_label("system", "support-bot"))
    assert _scores(found) == [
        ("pass_rate", "", 46 / 49, 49, 1),
        ("score", "", 47.53 / 49, 49, 1),
        ("tone", "", 44.1 / 49, 49, 1),
        ("named score", "", 24.5 / 49, 49, 1),
    ]
    first = found[0]
    assert (first.suite, first.eval_run, first.system_version, first.passes, first.status) == (
        "support-bot nightly",
        "eval-k2P-2026-11-22T02:00:00",
        "openai:chat:m1",
        46,
        "ok",
    )
    assert first.seen == datetime(2026, 11, 22, 2, 7, 11, tzinfo=UTC)
    assert "a user's words" not in str(found)


def test_promptfoo_with_several_prompts_has_a_slice_for_each(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = promptfoo.Settings(str(fixtures / "promptfoo" / "two_prompts.json"), "compared")
    found = gather("promptfoo", settings, WINDOW, by_label("system", "support-bot"))
    long = "1: echo Answer in one short sentence and never promise a refund to a..."
    assert _scores(found) == [
        ("pass_rate", "", 5 / 6, 6, 2),
        ("pass_rate", long, 0.75, 4, 0),
        ("score", long, 0.875, 4, 0),
        ("brevity", long, 0.5, 4, 0),
        ("pass_rate", "2: scripted v2", 1.0, 2, 2),
        ("score", "2: scripted v2", 1.0, 2, 2),
    ]
    assert {each.suite for each in found} == {"compared"}
    assert found[0].url == "https://promptfoo.example/eval/9Qx"


def test_promptfoo_where_no_case_ran_is_an_error_and_no_zero(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = promptfoo.Settings(str(fixtures / "promptfoo" / "all_errors.json"))
    found = gather("promptfoo", settings, WINDOW, by_label("system", "support-bot"))
    assert [(each.scorer, each.value, each.errors, each.status) for each in found] == [
        ("pass_rate", None, 6, "error"),
        ("score", None, 6, "error"),
        ("tone", None, 6, "error"),
    ]
    assert {each.suite for each in found} == {"all_errors"}


def test_promptfoo_routes_by_file_and_identifies_a_nameless_run_by_its_content(read_one: Read, by_label: Make) -> None:
    body = b'{"results":{"timestamp":"2026-11-22T02:00:00Z","stats":{"successes":1},"prompts":[{"metrics":{}}]}}'
    settings = promptfoo.Settings("*")
    found = read_one("promptfoo", body, settings, by_label("folder", "bot"), WINDOW, "", "/evals/bot/out.json")
    assert [(each.suite, len(each.eval_run), each.value) for each in found] == [("out", 64, 1.0)]
    assert read_one("promptfoo", body, settings, by_label("team", "x"), WINDOW, "", "out.json") == [
        Unrouted("no label team")
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"results":{"version":3',
        b'{"results":{"stats":{"successes":-1}}}',
        b'{"results":{"stats":{"successes":"46"}}}',
        b'{"results":{"stats":{"successes":1},"timestamp":"yesterday"}}',
        b'{"results":{"stats":{"successes":1},"timestamp":"1970-01-01T00:00:00Z"}}',
        b'{"results":{"stats":{"successes":1},"timestamp":"2026-11-22T02:00:00Z","prompts":[1]}}',
    ],
)
def test_promptfoo_sets_a_file_that_is_none_aside(body: bytes, read_one: Read, one_system: Source) -> None:
    (found,) = read_one("promptfoo", body, promptfoo.Settings("*"), one_system, WINDOW, "", "bad.json")
    assert isinstance(found, Rejected)
    assert found.reason.startswith("bad.json: ")
    assert found.raw == "bad.json"


def test_inspect_reads_a_real_zip_with_zstandard(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = inspect_ai.Settings(str(fixtures / "inspect_ai" / "*.eval"))
    found = gather("inspect_ai", settings, WINDOW, by_label("system", "smollm-desk"))
    assert _scores(found) == [("includes", "", 1.0, 4, 0), ("match", "", 0.0, 4, 0)]
    first = found[0]
    assert (first.suite, first.suite_version, first.system_version, first.stderr) == (
        "repeat",
        "3",
        "openai-api/local/smollm2-135m",
        0.0,
    )
    assert first.seen == datetime(2026, 11, 23, 15, 50, 4, tzinfo=UTC)


def test_inspect_shows_a_failed_run_as_an_error_for_each_scorer(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = inspect_ai.Settings(str(fixtures / "inspect_ai" / "failed.json"), "canary")
    found = gather("inspect_ai", settings, WINDOW, by_label("system", "smollm-desk"))
    assert [(each.scorer, each.value, each.errors, each.status, each.suite) for each in found] == [
        ("includes", None, 4, "error", "canary"),
        ("match", None, 4, "error", "canary"),
    ]


def _log(**changed: Any) -> dict[str, Any]:
    run = {"eval_id": "e1", "task": "golden", "created": "2026-11-22T02:00:00+00:00", "model": "m1"}
    scores = [{"name": "includes", "metrics": {"accuracy": {"value": 0.75}, "stderr": {"value": 0.1}}}]
    results = {"total_samples": 10, "completed_samples": 8, "scores": scores}
    return {"status": "success", "eval": run, "results": results} | changed


def _inspect(read_one: Read, source: Source, log: dict[str, Any], **settings: Any) -> Any:
    return read_one(
        "inspect_ai", json.dumps(log).encode(), inspect_ai.Settings("*", **settings), source, WINDOW, "", "a.json"
    )


def test_inspect_counts_samples_that_did_not_complete_as_errors(read_one: Read, one_system: Source) -> None:
    (found,) = _inspect(read_one, one_system, _log())
    assert (found.value, found.n, found.errors, found.stderr, found.status) == (0.75, 8, 2, 0.1, "ok")
    assert found.seen == datetime(2026, 11, 22, 2, tzinfo=UTC)


def test_inspect_leaves_a_running_log_for_later(read_one: Read, one_system: Source) -> None:
    assert _inspect(read_one, one_system, _log(status="started")) == []
    running = io.BytesIO()
    with zipfile.ZipFile(running, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    found = read_one("inspect_ai", running.getvalue(), inspect_ai.Settings("*"), one_system, WINDOW, "", "a.eval")
    assert found == []


def test_inspect_reads_an_older_zip_with_deflate(read_one: Read, one_system: Source) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(_log()))
    found = read_one("inspect_ai", packed.getvalue(), inspect_ai.Settings("*"), one_system, WINDOW, "", "a.eval")
    assert [type(each) for each in found] == [Evaluation]


def test_inspect_says_how_far_a_score_can_be_trusted(read_one: Read, one_system: Source) -> None:
    assert _inspect(read_one, one_system, _log(invalidated=True))[0].status == "invalidated"
    assert _inspect(read_one, one_system, _log(status="cancelled"))[0].status == "partial"
    cancelled = _inspect(read_one, one_system, _log(status="cancelled", results=None))
    assert [(each.scorer, each.status, each.errors) for each in cancelled] == [("run", "error", 1)]


def test_inspect_tells_several_metrics_and_reducers_apart(read_one: Read, one_system: Source) -> None:
    both = {"mean": {"value": 0.5}, "max": {"value": 1}, "std": {"value": 0.2}}
    scores = [
        {"name": "judge", "scored_samples": 5, "metrics": both},
        {"name": "match", "reducer": "mean", "metrics": {"accuracy": {"value": 0.4}}},
        {"name": "match", "reducer": "pass_at_2", "metrics": {"accuracy": {"value": None}}},
        {"name": "nothing", "metrics": {}},
    ]
    found = _inspect(read_one, one_system, _log(results={"scores": scores, "completed_samples": 6}))
    assert [(each.scorer, each.value, each.n, each.status) for each in found] == [
        ("judge/mean", 0.5, 5, "ok"),
        ("judge/max", 1.0, 5, "ok"),
        ("match mean", 0.4, 6, "ok"),
        ("match pass_at_2", None, 6, "error"),
    ]


def test_inspect_holds_scores_to_their_scale(read_one: Read, one_system: Source) -> None:
    log = _log(results={"scores": [{"name": "judge", "metrics": {"mean": {"value": 4.5}}}]})
    assert isinstance(_inspect(read_one, one_system, log)[0], Rejected)
    (found,) = _inspect(read_one, one_system, log, scale_min=1.0, scale_max=5.0)
    assert (found.value, found.scale_min, found.scale_max) == (4.5, 1.0, 5.0)


def test_inspect_counts_logs_of_no_system_here(read_one: Read, by_label: Make) -> None:
    assert _inspect(read_one, by_label("task", "other"), _log()) == [Unrouted("golden")]
    assert _inspect(read_one, by_label("team", "other"), _log()) == [Unrouted("no label team")]


def _zip(name: str, size: int = 0, *, broken: bool = False) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size or json.dumps(_log()))
    body = bytearray(packed.getvalue())
    if broken:
        body[45:60] = b"\xff" * 15
    return bytes(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'{"status":"success","eval":{}}',
        b"PK\x03\x04 and no more",
        _zip("header.json", broken=True),
        _zip("header.json", 33 * 1024 * 1024),
    ],
)
def test_inspect_sets_a_file_that_is_none_aside(body: bytes, read_one: Read, one_system: Source) -> None:
    (found,) = read_one("inspect_ai", body, inspect_ai.Settings("*"), one_system, WINDOW, "", "bad.eval")
    assert isinstance(found, Rejected)
    assert found.raw == "bad.eval"


def _costs(found: list[Parsed]) -> list[CostLine]:
    return [each for each in found if isinstance(each, CostLine)]


def test_focus_adds_rows_of_one_charge_up_exactly(fixtures: Path, read_one: Read, by_label: Make) -> None:
    body = (fixtures / "focus" / "focus-1.0.csv").read_bytes()
    found = read_one(
        "focus", body, focus.Settings("*"), by_label("system", "support-bot"), WINDOW, "", "a/focus-1.0.csv"
    )
    lines = _costs(found)
    assert [
        (each.charge_category, each.token_type, each.effective_cost, each.billed_cost, each.list_cost) for each in lines
    ] == [
        ("Usage", "input", Decimal("0.300000000"), Decimal("3.300000000"), Decimal("3.750000000")),
        ("Usage", "output", Decimal("5.000000000"), Decimal("5.000000000"), None),
        ("Credit", "", Decimal("-0.500000000"), Decimal("-0.500000000"), None),
        ("Usage", "input", Decimal("-0.100000000"), Decimal("-0.100000000"), None),
    ]
    assert (lines[0].consumed_quantity, lines[0].consumed_unit) == (Decimal("1500.000000"), "tokens")
    assert (lines[0].model, lines[0].service_provider_name, lines[0].basis) == ("m1", "OpenAI", "invoice")
    assert lines[0].line == "Usage, OpenAI, API, proj-support, m1, input, tokens, focus-1.0.csv"
    assert [each for each in found if isinstance(each, Unrouted)] == [Unrouted("elsewhere"), Unrouted("no system")]


def test_focus_keeps_a_correction_beside_what_it_corrects(fixtures: Path, read_one: Read, by_label: Make) -> None:
    body = (fixtures / "focus" / "focus-1.0.csv").read_bytes()
    source = by_label("SubAccountId", "proj-support")
    lines = _costs(read_one("focus", body, focus.Settings("*"), source, WINDOW, "", "x.csv"))
    assert "correction of 2026-11-01" in lines[-1].line
    assert lines[-1].charge_period_start == datetime(2026, 10, 21, tzinfo=UTC)
    identities = {(each.charge_period_start, each.line) for each in lines}
    assert len(identities) == len(lines)


def test_focus_reads_snake_case_and_sets_doubtful_rows_aside(fixtures: Path, read_one: Read, by_label: Make) -> None:
    body = (fixtures / "focus" / "focus-1.2.csv").read_bytes()
    found = read_one("focus", body, focus.Settings("*"), by_label("sub_account_id", "support-bot"), WINDOW, "", "f.csv")
    (line,) = _costs(found)
    assert (line.effective_cost, line.billing_currency, line.is_final) == (Decimal("12.345678901"), "EUR", True)
    assert line.charge_period_end == datetime(2026, 10, 2, tzinfo=UTC)
    rejected = [each.reason for each in found if isinstance(each, Rejected)]
    assert len(rejected) == 7
    assert "none of the four costs" in rejected[0]


def test_focus_reads_parquet_with_tags_as_a_map(fixtures: Path, gather: Any, by_label: Make) -> None:
    settings = focus.Settings(str(fixtures / "focus" / "*.parquet"))
    used, bought = _costs(gather("focus", settings, WINDOW, by_label("system", "support-bot")))
    assert (used.effective_cost, used.billed_cost, used.consumed_quantity) == (
        Decimal("0.300000001"),
        Decimal("0.100000000"),
        Decimal("1002.500000"),
    )
    assert (bought.effective_cost, bought.billed_cost, bought.charge_category) == (
        None,
        Decimal("3.250000000"),
        "Purchase",
    )
    assert used.service_provider_name == "Anthropic"


@pytest.mark.parametrize(
    ("currency", "found"),
    [
        ("", "''"),
        ("usd", "'usd'"),
        ("US Dollar", "'US Dollar'"),
        ("EUR ", "'EUR '"),
        ("\u20ac\u20ac\u20ac", "'\u20ac\u20ac\u20ac'"),
        ("A\x1b[", "'A\\x1b['"),
    ],
)
def test_focus_sets_a_row_aside_whose_currency_has_not_the_form_of_iso_4217(
    currency: str, found: str, read_one: Read, one_system: Source
) -> None:
    head = "ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost\n"
    row = "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,%s,1\n"
    body = (head + row % currency + row % "CHF").encode()
    rejected, kept = read_one("focus", body, focus.Settings("*"), one_system, WINDOW, "", "f.csv")
    words = f'f.csv: BillingCurrency: expected three capital letters such as "EUR" (ISO 4217), found {found}'
    assert rejected.reason == words
    assert json.loads(rejected.raw)["BilledCost"] == "1"
    assert (type(kept), kept.billing_currency) == (CostLine, "CHF")


def test_focus_takes_tags_of_a_table_and_leaves_out_what_is_none(read_one: Read, by_label: Make) -> None:
    head = b"ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,Tags\n"
    row = b"2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,USD,1,%s\n"
    source = by_label("system", "a")
    body = head + row % b'"{""system"":""a""}"' + row % b'"[[""system"",""a""]]"' + row % b"7"
    found = read_one("focus", body, focus.Settings("*"), source, WINDOW, "", "f.csv")
    assert [type(each) for each in found] == [Unrouted, Unrouted, CostLine]


def test_focus_reads_all_files_when_one_changed_and_none_when_none_did(
    tmp_path: Path, fixtures: Path, gather: Any, by_label: Make
) -> None:
    settings = focus.Settings(str(tmp_path / "*.csv"))
    old = NOW.timestamp() - 9_100 * 86_400
    for name in ("a.csv", "b.csv"):
        shutil.copy(fixtures / "focus" / "focus-1.0.csv", tmp_path / name)
        os.utime(tmp_path / name, (old, old))
    source = by_label("system", "support-bot")
    assert gather("focus", settings, WINDOW, source) == []
    os.utime(tmp_path / "b.csv", (NOW.timestamp(), NOW.timestamp()))
    lines = _costs(gather("focus", settings, WINDOW, source))
    assert len(lines) == 8
    assert len({(each.charge_period_start, each.line) for each in lines}) == 8


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", b"PAR1 and no more", b'{"not": "a table"}'])
def test_focus_sets_a_file_that_is_none_aside(body: bytes, read_one: Read, one_system: Source) -> None:
    (found,) = read_one("focus", body, focus.Settings("*"), one_system, WINDOW, "", "bad.csv")
    assert isinstance(found, Rejected)
