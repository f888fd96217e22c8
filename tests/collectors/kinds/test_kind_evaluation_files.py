"""Result files of any tool: told apart by content, errors never zeros, hostile XML refused, numbers by hand."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Answer, Source, Window
from collectors.kinds.evaluation_files import Settings, parse
from store.decode import decode_all
from store.errors import ConfigError
from store.records import CaseScores, Evaluation, Parsed, Rejected, Unrouted
from tests.collectors.kinds.case import FIXTURES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=9_000), NOW, NOW)
CHANGED = "2026-11-22T02:20:00+00:00"
FOLDER = FIXTURES / "evaluation_files"
Make = Callable[..., Source]
ALL = Settings("*")


@pytest.fixture
def read(one_system: Source) -> Callable[..., list[Any]]:
    """Read one body, or a recorded file of that name; cases are looked at in ``test_cases_of_files``."""

    def reading(body: bytes | str, settings: Settings = ALL, source: Source = one_system, **where: str) -> list[Any]:
        content = (FOLDER / body).read_bytes() if isinstance(body, str) else body
        name = where.get("name", f"/srv/bot/{body}" if isinstance(body, str) else "file")
        found = parse(Answer(content, WINDOW, where.get("about", CHANGED), name), source, settings)
        return [each for each in found if not isinstance(each, CaseScores)]

    return reading


def _scores(found: list[Parsed]) -> list[tuple[str, str, float | None, int | None, int | None]]:
    rounded = [each for each in found if isinstance(each, Evaluation)]
    return [(e.scorer, e.slice, None if e.value is None else round(e.value, 9), e.n, e.errors) for e in rounded]


Reading = Callable[..., list[Any]]


def test_lm_eval_gives_each_metric_of_each_task_and_group(read: Reading) -> None:
    found = read("results_2026-11-22T02-13-32.json")
    assert [(e.suite, e.scorer, e.value, e.n, e.stderr, e.status) for e in found if isinstance(e, Evaluation)] == [
        ("all", "acc", 0.7, 600, 0.02, "ok"),
        ("arc_easy", "acc", 0.81, 500, 0.0175, "partial"),
        ("arc_easy", "acc_norm", 0.79, 500, None, "partial"),
        ("wikitext", "bleu", 31.5, 62, 1.25, "ok"),
        ("gsm8k", "exact_match,strict-match", 0.42, 100, 0.05, "ok"),
        ("gsm8k", "exact_match,flexible-extract", None, 100, None, "error"),
    ]
    bleu = next(each for each in found if isinstance(each, Evaluation) and each.scorer == "bleu")
    assert (bleu.scale_max, bleu.suite_version, bleu.system_version) == (100.0, "2.0", "m1")
    assert bleu.seen == datetime(2026, 11, 22, 2, 0, 0, 125_000, tzinfo=UTC)
    assert bleu.eval_run == "2026-11-22T02:00:00.125000+00:00 m1"
    assert "a case's words" not in str(found)


def test_a_score_outside_its_scale_is_set_aside_alone_and_its_remedy_works(read: Reading) -> None:
    (rejected,) = [each for each in read("results_2026-11-22T02-13-32.json") if isinstance(each, Rejected)]
    assert "word_perplexity: 17.25 is outside 0 to 1; give its scale under scales" in rejected.reason
    scales = {"word_perplexity": (1.0, 100.0)}
    found = read("results_2026-11-22T02-13-32.json", replace(ALL, scales=scales, scorers=("word_perplexity",)))
    assert [(e.value, e.scale_min, e.scale_max, e.higher_is_better) for e in found] == [(17.25, 1.0, 100.0, False)]


def test_lm_eval_under_one_suite_keeps_its_tasks_as_slices(read: Reading) -> None:
    found = read("results_2026-11-22T02-13-32.json", replace(ALL, suite="nightly", scorers=("acc",)))
    assert [(each.suite, each.slice) for each in found] == [("nightly", "all"), ("nightly", "arc_easy")]


def test_lm_eval_routes_tasks_and_reads_the_keys_of_older_versions(read: Reading, by_label: Make) -> None:
    old = {
        "results": {"a": {"acc": 0.5, "acc_stderr": 0.1, "perplexity": 0.25}, "b": {"acc": 1}},
        "versions": {"a": 0},
        "config": {"model": "gpt2"},
        "date": 1_700_000_000,
    }
    found = read(json.dumps(old).encode(), source=by_label("task", "a"))
    assert _scores(found) == [("acc", "", 0.5, None, None), ("perplexity", "", 0.25, None, None)]
    assert (found[0].suite_version, found[0].system_version, found[0].stderr) == ("0", "gpt2", 0.1)
    assert [each.higher_is_better for each in found[:2]] == [True, False]
    assert found[2] == Unrouted("b")


def test_deepeval_gives_passes_and_means_and_counts_what_gave_no_score_as_an_error(read: Reading) -> None:
    found = read("test_run_20261122_020000.json")
    assert _scores(found) == [
        ("pass_rate", "", round(2 / 3, 9), 3, 1),
        ("Faithfulness", "", 0.7, 3, 1),
        ("Answer Relevancy", "", 0.85, 4, 0),
        ("Bias", "", 0.5, 2, 0),
    ]
    first, faithfulness, relevancy, bias = found
    assert (first.passes, first.suite, first.suite_version, first.system_version) == (2, "golden", "4", "m1")
    assert (faithfulness.passes, faithfulness.judge) == (None, "m-judge")
    assert round(faithfulness.stderr, 6) == round(0.2 / 3**0.5, 6)
    assert (relevancy.higher_is_better, bias.higher_is_better) == (True, False)
    assert "a user's words" not in str(found)


def test_deepeval_routes_by_what_the_run_says_of_itself(read: Reading, by_label: Make) -> None:
    assert len(read("test_run_20261122_020000.json", source=by_label("identifier", "nightly"))) == 4
    assert len(read("test_run_20261122_020000.json", source=by_label("prompt", "v7"))) == 4
    assert read("test_run_20261122_020000.json", source=by_label("dataset", "x")) == [Unrouted("golden")]


def test_deepeval_without_a_case_that_ran_is_an_error(read: Reading) -> None:
    cases = [{"success": False, "metricsData": [{"name": "Tone", "success": False, "error": "timed out"}]}, {}]
    empty = [{"metric": "Tone", "scores": [], "passes": 0, "fails": 0, "errors": 1}, {"metric": "pass_rate"}]
    found = read(json.dumps({"metricsScores": empty, "testCases": cases, "testFile": "t.py"}).encode())
    assert [(e.scorer, e.value, e.errors, e.status, e.suite) for e in found] == [
        ("pass_rate", None, 1, "error", "t.py"),
        ("Tone", None, 1, "error", "t.py"),
        ("metric pass_rate", None, 0, "error", "t.py"),
    ]


def test_deepeval_takes_a_failed_case_without_metrics_for_a_failure(read: Reading) -> None:
    (found,) = read(json.dumps({"metricsScores": [], "testCases": [{"success": False}]}).encode(), name="run.json")
    assert (found.value, found.n, found.errors, found.suite) == (0.0, 1, 0, "run")


def test_the_time_of_a_file_stands_in_its_name_where_a_zone_is_set_and_is_that_of_its_change_else(
    read: Reading,
) -> None:
    berlin = replace(ALL, timezone="Europe/Berlin")
    name = "test_run_20261122_020000.json"
    assert read(name)[0].seen == datetime(2026, 11, 22, 2, 20, tzinfo=UTC)
    assert read(name, berlin)[0].seen == datetime(2026, 11, 22, 1, tzinfo=UTC)
    body = (FOLDER / name).read_bytes()
    assert read(body, berlin, name="a-2026-11-22T02-00-00.json")[0].seen == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert read(body, berlin, name="latest.json")[0].seen == datetime(2026, 11, 22, 2, 20, tzinfo=UTC)
    (rejected,) = read(body, berlin, name="latest.json", about="")
    assert "nothing says when it ran" in rejected.reason


def test_the_same_run_keeps_its_identity_when_its_file_is_copied(read: Reading) -> None:
    for name in ("test_run_20261122_020000.json", "ragas_20261122_020000.csv", "pytest.xml"):
        body = (FOLDER / name).read_bytes()
        runs = {read(body, name=f"/srv/{place}/{name}")[0].eval_run for place in ("a", "b")}
        assert len(runs) == 1


@pytest.mark.parametrize("name", ["ragas_20261122_020000.csv"])
def test_ragas_gives_the_mean_of_each_metric_and_its_gaps_as_errors(name: str, read: Reading) -> None:
    found = read(name)
    assert _scores(found) == [
        ("faithfulness", "", 0.7, 3, 1),
        ("answer_relevancy", "", 0.7, 2, 2),
        ("noise_sensitivity(mode=relevant)", "", 0.2, 3, 1),
    ]
    assert [each.higher_is_better for each in found] == [True, True, False]
    assert found[0].suite == "ragas"
    assert "words" not in str(found)


def test_ragas_scores_may_be_json_json_lines_or_a_frame_of_records(read: Reading) -> None:
    wanted = [("faithfulness", "", 0.75, 1, 1), ("harmfulness", "", 0.5, 2, 0)]
    assert _scores(read("scores_20261122_020000.json")) == wanted
    rows = [{"user_input": "w", "faithfulness": 0.75, "harmfulness": 0}, {"user_input": "x", "harmfulness": 1}]
    assert _scores(read(json.dumps(rows).encode())) == wanted
    assert _scores(read("\n".join(json.dumps(row) for row in rows).encode())) == wanted


def test_ragas_where_no_case_was_scored_is_an_error_and_columns_of_words_are_no_metric(read: Reading) -> None:
    rows = [{"user_input": "w", "faithfulness": None, "grade": "good"}, {"faithfulness": float("nan"), "grade": 1}]
    (found,) = read(json.dumps(rows).encode())
    assert (found.scorer, found.value, found.n, found.errors, found.status) == ("faithfulness", None, 0, 2, "error")


def test_openai_evals_gives_the_report_with_what_its_events_count(read: Reading) -> None:
    accuracy, f1 = read("261122020000ABCDEFGH_gpt-test_refunds.jsonl")
    assert (accuracy.scorer, accuracy.value, accuracy.n, accuracy.passes, accuracy.errors) == (
        "accuracy",
        0.75,
        4,
        3,
        1,
    )
    assert (accuracy.stderr, accuracy.suite, accuracy.suite_version) == (0.17, "refunds.dev.v0", "dev")
    assert (accuracy.eval_run, accuracy.system_version) == ("261122020000ABCDEFGH", "gpt-test")
    assert accuracy.seen == datetime(2026, 11, 22, 2, 0, 0, 123_456, tzinfo=UTC)
    assert (f1.scorer, f1.value, f1.status) == ("f1_score", None, "error")
    assert "words" not in str([accuracy, f1])


def _log(*events: object, **spec: object) -> bytes:
    head = {"run_id": "r1", "eval_name": "e.dev", "created_at": "2026-11-22 02:00:00", "model_name": "m1"} | spec
    return "\n".join(json.dumps(each) for each in ({"spec": head}, *events)).encode()


def test_openai_evals_that_broke_off_are_an_error_after_a_day_and_nothing_before(read: Reading) -> None:
    (found,) = read(_log({"type": "error", "sample_id": "a"}, {"type": "error", "sample_id": "b"}))
    assert (found.scorer, found.value, found.errors, found.status) == ("run", None, 2, "error")
    assert found.system_version == "m1"
    assert read(_log({"type": "sampling"}, created_at="2026-11-22 12:00:01")) == []


def test_openai_evals_believe_the_report_where_the_events_say_otherwise(read: Reading) -> None:
    report = {"final_report": {"accuracy": 0.5, "bootstrap_std": 0.1, "counts/A": 3, "words": "x"}}
    (found,) = read(_log({"type": "match", "data": {"correct": True}}, report))
    assert (found.value, found.passes, found.stderr) == (0.5, None, 0.1)
    (bare,) = read(_log({"final_report": {"accuracy": None}}))
    assert (bare.value, bare.n, bare.stderr, bare.status) == (None, None, None, "error")


def test_openai_evals_leave_a_last_line_that_is_half_written(read: Reading, by_label: Make) -> None:
    body = _log({"final_report": {"accuracy": 1.0}}) + b'\n{"run_id": "r1", "typ'
    assert [each.value for each in read(body)] == [1.0]
    assert read(body, source=by_label("eval", "x")) == [Unrouted("e.dev")]


def test_junit_counts_failures_apart_from_errors_and_leaves_skipped_tests_out(read: Reading, by_label: Make) -> None:
    (found,) = read("pytest.xml", source=by_label("system", "claims-triage"))
    assert (found.value, found.n, found.passes, found.errors) == (2 / 3, 3, 2, 1)
    assert (found.system, found.suite) == ("claims-triage", "pytest tests")
    assert found.seen == datetime(2026, 11, 22, 2, 0, 0, 250_000, tzinfo=UTC)
    assert "words" not in str(found)
    assert read("pytest.xml", source=by_label("suite", "x")) == [Unrouted("pytest tests")]


def test_junit_of_several_suites_has_a_slice_for_each(read: Reading) -> None:
    assert _scores(read("promptfoo.junit.xml")) == [
        ("pass_rate", "", 0.6, 10, 2),
        ("pass_rate", "[scripted] prompt 1", 1.0, 2, 1),
        ("pass_rate", "[scripted] prompt 2", 1.0, 2, 1),
        ("pass_rate", "[echo] prompt 1", round(1 / 3, 9), 3, 0),
        ("pass_rate", "[echo] prompt 2", round(1 / 3, 9), 3, 0),
    ]


def test_junit_where_every_test_broke_is_an_error_and_no_zero(read: Reading) -> None:
    body = b'<testsuite name="s"><testcase><failure/><error/></testcase></testsuite>'
    (found,) = read(body)
    assert (found.value, found.errors, found.status, found.suite) == (None, 1, "error", "s")
    assert found.seen == datetime(2026, 11, 22, 2, 20, tzinfo=UTC)


def test_junit_adds_suites_of_one_name_up_and_names_the_nameless(read: Reading) -> None:
    one = b'<testsuite name="a"><testcase/></testsuite>'
    body = b"<testsuites>" + one + one + b"<testsuite><testcase><failure/></testcase></testsuite></testsuites>"
    assert _scores(read(body, name="/srv/ci/20261122_020000.xml")) == [
        ("pass_rate", "", round(2 / 3, 9), 3, 0),
        ("pass_rate", "a", 1.0, 2, 0),
        ("pass_rate", "unnamed", 0.0, 1, 0),
    ]
    assert read(body, name="/srv/ci/20261122_020000.xml")[0].suite == "ci"


def test_junit_wants_the_zone_of_a_time_without_one(read: Reading) -> None:
    body = b'<testsuite timestamp="2026-11-22T02:00:00"><testcase/></testsuite>'
    (rejected,) = read(body)
    assert (
        rejected.reason == "file: not a result file: testsuite.timestamp: expected a time with its offset, found "
        "one without; set timezone"
    )
    (found,) = read(body, replace(ALL, timezone="Europe/Berlin"))
    assert found.seen == datetime(2026, 11, 22, 1, tzinfo=UTC)


LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(20)
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS + b"]><testsuite><testcase name='&u;'/></testsuite>",
        b"<!DOCTYPE t [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><testsuite name='a'>&x;</testsuite>",
        b"<!DOCTYPE t SYSTEM 'http://127.0.0.1:1/x.dtd'><testsuite/>",
        b"<!DOCTYPE t [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x.dtd'>%p;]><testsuite/>",
    ],
    ids=["billion laughs", "a file", "a document type from outside", "a parameter entity"],
)
def test_xml_that_declares_a_document_type_is_refused_at_once(body: bytes, read: Reading) -> None:
    begun = time.monotonic()
    (found,) = read(body)
    assert "declares a document type" in found.reason
    assert "root:" not in str(found)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>login</body></html>",
        b"<testsuites></testsuites>",
        b"<testsuites><testcase/></testsuites>",
        b"<testsuite><testcase>",
        b"<testsuite name='&unknown;'/>",
        b"<?xml version='1.0' encoding='no-such'?><testsuite/>",
    ],
)
def test_xml_that_reports_no_tests_is_set_aside(body: bytes, read: Reading) -> None:
    (found,) = read(body)
    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{}", b"[]", b"null", b'{"results": {}}', b"a,b\n1,2\n", b'{"a": 1}\n{"a": 2}\n']
)
def test_a_file_of_no_known_format_is_named_with_all_that_are_known(body: bytes, read: Reading) -> None:
    (found,) = read(body, name="/srv/what.bin")
    assert found.reason == (
        "/srv/what.bin: not a result file: of no format that is known here (promptfoo, inspect_ai, lm_eval, deepeval, "
        "openai_evals, junit, ragas); narrow path, or set format"
    )
    assert found.raw == "/srv/what.bin"


@pytest.mark.parametrize(
    "body", [b'{"results": {', b"{", b"PAR1", b"PK\x03\x04 and no more", b'[{"a":\n1,}]', b"a,\xff\n"]
)
def test_a_file_that_is_broken_is_set_aside(body: bytes, read: Reading) -> None:
    (found,) = read(body)
    assert isinstance(found, Rejected)
    assert found.raw == "file"


def test_files_of_the_kinds_of_their_own_are_read_here_too(read: Reading) -> None:
    own = {
        "promptfoo/version3.json": "pass_rate",
        "promptfoo/two_prompts.json": "pass_rate",
        "inspect_ai/failed.json": "includes",
        "inspect_ai/success.eval": "includes",
    }
    for name, scorer in own.items():
        body = (FIXTURES / name).read_bytes()
        assert read(b"\xef\xbb\xbf" + body if name.endswith("json") else body)[0].scorer == scorer
        only = replace(ALL, scorers=(scorer,), suite="all")
        assert {(each.scorer, each.suite) for each in read(body, only)} == {(scorer, "all")}
    assert {e.scale_max for e in read(body, replace(ALL, scales={"match": (0.0, 5.0)}))} == {1.0, 5.0}


def test_a_format_can_be_forced_where_nothing_tells_it(read: Reading) -> None:
    rows = b"case,tone\na,0.5\nb,0.7\n"
    assert isinstance(read(rows)[0], Rejected)
    (found,) = read(rows, replace(ALL, format="ragas"))
    assert (found.scorer, round(found.value, 9), found.n) == ("tone", 0.6, 2)
    for name in ("promptfoo", "inspect_ai", "lm_eval", "deepeval", "ragas", "openai_evals", "junit"):
        forced = replace(ALL, format=name)
        assert all(isinstance(read(body, forced)[0], Rejected) for body in (b"{}", b"[]", b"x"))


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir() if path.suffix not in (".md", ".jsonl")))
def test_what_no_system_claims_is_counted_by_its_label(name: str, read: Reading, by_label: Make) -> None:
    assert set(read(name, source=by_label("team", "x"))) == {Unrouted("no label team")}
    assert {each.system for each in read(name, source=by_label("folder", "bot")) if isinstance(each, Evaluation)} == {
        "bot"
    }


def test_files_are_read_with_the_time_of_their_last_change(tmp_path: Path, gather: Any, one_system: Source) -> None:
    for name, hour in (("a.csv", 1), ("b.csv", 2)):
        path = tmp_path / name
        path.write_bytes((FOLDER / "ragas_20261122_020000.csv").read_bytes())
        seen = datetime(2026, 11, 22, hour, tzinfo=UTC).timestamp()
        os.utime(path, (seen, seen))
    found = gather("evaluation_files", Settings(f"{tmp_path}/*.csv"), WINDOW, one_system)
    assert [each.seen.hour for each in found if isinstance(each, Evaluation)] == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    "options",
    [
        {"scale_min": 1.0},
        {"scales": {"x": [1.0]}},
        {"scales": {"x": [2.0, 1.0]}},
        {"timezone": "Mars/Olympus"},
        {"format": "xls"},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        decode_all(Settings, {"path": "*", **options})
