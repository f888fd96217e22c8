"""The demo's files, read back by the kinds that read such files, and its configuration, read by the program."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Answer, Route, Source, Window
from collectors.demo import backstage, configuration, costs, model_calendar, result_files
from collectors.demo.configuration import Addresses
from collectors.demo.portfolio import ANSWERED, SYSTEMS
from collectors.demo.world import World
from collectors.files import parquet_of, rows_of_table
from collectors.settings import collector
from store.errors import ConfigError
from store.records import CaseScores, CostLine, Evaluation, ModelDates, Parsed
from tui.settings import Config, load

SHARED = Path(__file__).parents[2].parent / "shared"
ANCHOR = datetime(2026, 11, 23, 15, tzinfo=UTC)
NOW = ANCHOR + timedelta(minutes=40)
ADDRESSES = Addresses(*(f"http://127.0.0.1:{port}" for port in range(1, 7)))
ROUTED = Source("demo", Route(label="system", systems={system.name: system.name for system in SYSTEMS}))


@pytest.fixture(scope="module")
def world() -> World:
    return World(1, ANCHOR)


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demo")
    backstage.furnish(world, place, ADDRESSES, NOW)
    return place


def parsed(kind: str, paths: list[Path], **options: Any) -> Iterator[Parsed]:
    module = collector(kind)
    settings = module.Settings(path="unused", **options)
    window = Window(ANCHOR - timedelta(days=90), NOW, NOW)
    for path in paths:
        yield from module.parse(Answer(path.read_bytes(), window, name=str(path)), ROUTED, settings)


def scores(found: Iterator[Parsed], system: str, scorer: str) -> list[Evaluation]:
    mine = []
    for each in found:
        assert isinstance(each, Evaluation | CaseScores), each
        if isinstance(each, Evaluation) and (each.system, each.scorer) == (system, scorer):
            mine.append(each)
    return sorted(mine, key=lambda score: score.seen)


def test_cost_files_are_charges_by_day_and_token_type(folder: Path) -> None:
    lines = list(parsed("focus", sorted((folder / costs.FOLDER).iterdir()), basis="provider_usage"))
    charged = [line for line in lines if isinstance(line, CostLine)]
    assert len(charged) == len(lines)
    assert {line.system for line in charged} == {system.name for system in SYSTEMS}
    assert {path.suffix for path in (folder / costs.FOLDER).iterdir()} == {".csv", ".parquet"}
    assert min(line.charge_period_start for line in charged) == datetime(2026, 9, 25, tzinfo=UTC)
    copy = [line for line in charged if line.system == "marketing-copy" and line.token_type == "output"]
    assert len(copy) == 60

    def on(day: int) -> Decimal:
        start = datetime(2026, 11, day, tzinfo=UTC)
        return sum(
            (line.effective_cost or Decimal(0) for line in copy if line.charge_period_start == start), Decimal(0)
        )

    assert on(20) / on(13) == pytest.approx(2, rel=Decimal("0.15"))  # the campaign, on the same weekday
    assert on(23) < on(20)  # the running day is charged so far
    rented = [line for line in charged if line.system == "code-assist"]
    assert {line.effective_cost for line in rented} == {Decimal("31.200000"), Decimal("19.500000")}


def test_promptfoo_files_show_the_regression_of_the_new_prompt(folder: Path) -> None:
    paths = sorted((folder / result_files.FOLDER / "promptfoo").glob("**/*.json"))
    valid = scores(parsed("promptfoo", paths, suite="golden"), "contract-summary", "schema")
    assert len(valid) == 60
    assert all(score.n == 80 and score.suite == "golden" for score in valid)
    assert sum(score.value or 0 for score in valid[:50]) / 50 == pytest.approx(0.97, abs=0.01)
    assert sum(score.value or 0 for score in valid[-3:]) / 3 == pytest.approx(0.925, abs=0.03)
    labels = {json.loads(path.read_bytes())["results"]["prompts"][0]["label"] for path in paths}
    assert labels == {"contract-summary v13", "contract-summary v14", "sales-email v6", "sales-email v7"}
    one = json.loads(paths[0].read_bytes())["results"]
    assert one["stats"]["successes"] == sum(row["success"] for row in one["results"])


def test_inspect_logs_show_a_guardrail_that_blocks_the_harmless(folder: Path) -> None:
    paths = sorted((folder / result_files.FOLDER / "inspect_ai").glob("**/*.*"))
    found = list(parsed("inspect_ai", paths))
    benign = scores(iter(found), "hr-assistant", "benign_answered")
    assert len(benign) == 60
    assert all(score.suite == "red-team" and score.stderr is not None for score in benign)
    assert (benign[0].value or 0) > 0.96
    assert (benign[-1].value or 1) < 0.94
    assert {score.value for score in scores(iter(found), "hr-assistant", "refused_attacks")} == {1.0}
    golden = scores(iter(found), "hr-assistant", "correctness")
    failed = [score for score in golden if score.status == "error"]
    assert len(golden) == 60
    assert [score.seen.date() for score in failed] == [date(2026, 11, 6)]
    assert all(score.value is None for score in failed)


def test_a_red_team_log_is_a_zip_with_its_header(folder: Path) -> None:
    path = next((folder / result_files.FOLDER).glob("**/*.eval"))
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert {"header.json", "summaries.json"} <= set(archive.namelist())
        assert json.loads(archive.read("header.json"))["eval"]["task"] == "red-team"


def test_a_result_file_is_as_old_as_its_run(folder: Path) -> None:
    oldest = min((folder / result_files.FOLDER).glob("**/*.json"), key=lambda path: path.stat().st_mtime)
    assert datetime.fromtimestamp(oldest.stat().st_mtime, UTC).date() == date(2026, 9, 25)


def keys(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {key: keys(each, depth - 1) for key, each in value.items()}
    return ...


def covers(whole: Any, part: Any) -> bool:
    return part is ... or (whole is not ... and all(key in whole and covers(whole[key], part[key]) for key in part))


@pytest.mark.shared
def test_result_files_have_no_key_that_the_recorded_ones_lack(folder: Path) -> None:
    samples = SHARED / "samples"
    ours = json.loads(next((folder / result_files.FOLDER).glob("promptfoo/**/*.json")).read_bytes())
    theirs = json.loads((samples / "promptfoo" / "eval_out.json").read_bytes())
    del ours["config"]["tags"]
    ours["results"]["prompts"], theirs["results"]["prompts"] = (
        ours["results"]["prompts"][0],
        theirs["results"]["prompts"][0],
    )
    for prompt in (ours["results"]["prompts"], theirs["results"]["prompts"]):
        for name in ("namedScores", "namedScoresCount", "namedScoreWeights"):
            prompt["metrics"][name] = {}
    ours["results"]["results"], theirs["results"]["results"] = (
        ours["results"]["results"][0],
        theirs["results"]["results"][0],
    )
    for row in (ours["results"]["results"], theirs["results"]["results"]):
        row["vars"] = row["namedScores"] = row["testCase"]["vars"] = {}
    assert covers(keys(theirs, 4), keys(ours, 4))
    ours = json.loads(next((folder / result_files.FOLDER).glob("inspect_ai/**/*.json")).read_bytes())
    theirs = json.loads((samples / "inspect-ai" / "log_success_mock.json").read_bytes())
    theirs["eval"]["dataset"]["name"] = ""  # this task had none; Inspect writes it where there is one
    for log in (ours, theirs):
        log["stats"]["model_usage"] = {}
    assert covers(keys(theirs, 3), keys(ours, 3))


def test_columns_come_back_from_parquet() -> None:
    columns: dict[str, list[object]] = {"when": [ANCHOR], "amount": [Decimal("1.25")], "nothing": [None]}
    assert list(rows_of_table(parquet_of(columns), "x.parquet")) == [
        {"when": ANCHOR, "amount": Decimal("1.25"), "nothing": None}
    ]


@pytest.fixture(scope="module")
def config(folder: Path) -> Config:
    return load(folder / "config.toml", os.environ)


def test_the_configuration_is_whole_and_free_of_mistakes(config: Config, folder: Path) -> None:
    assert config.portfolio.name == "acme"
    assert len(config.systems) == 12
    assert all(system.monthly_budget and system.deputy != system.owner for system in config.systems)
    assert config.store.folder == folder / "store"
    assert {source.kind for source in config.sources} == {
        "prometheus", "prometheus_scrape", "mlflow", "promptfoo", "inspect_ai", "focus", "http_json", "alertmanager",
        "model_calendar",
    }  # fmt: skip


def test_every_failure_mode_has_rules_with_reason_owner_and_review(config: Config) -> None:
    assert {rule.mode for rule in config.thresholds} >= {f"FM{number}" for number in range(1, 9)}
    for rule in config.thresholds:
        assert rule.rationale
        assert rule.owner
        assert rule.review_by == date(2027, 2, 22)


def test_ordinary_levels_lie_on_the_good_side_of_every_limit(config: Config, world: World) -> None:
    signals = {
        "llmops.query.uncovered_ratio": "uncovered",
        "llmops.truncated_ratio": "truncated",
        "llmops.schema_valid_ratio": "schema_valid",
        "llmops.feedback.thumbs_down_ratio": "thumbs_down",
        "llmops.retrieval.empty_ratio": "retrieval_empty",
        "llmops.guardrail.block_ratio": "blocked",
        "llmops.tool.empty_ratio": "tool_empty",
        "llmops.outcome.confirmed_ratio": "confirmed",
        "llmops.error_ratio": "errors",
    }
    judged = 0
    for rule in config.thresholds:
        for system in rule.systems or [system.name for system in config.systems]:
            if rule.metric in signals and rule.warning is not None:
                level = world.level(system, signals[rule.metric], world.start)
                assert (level < rule.warning) == (rule.direction == "above")
                judged += 1
    assert judged > 40


def test_the_calendar_ends_models_at_their_days_and_says_nothing_of_names_without_a_release(folder: Path) -> None:
    found = list(parsed("model_calendar", [folder / model_calendar.FILE]))
    assert all(isinstance(each, ModelDates) for each in found)
    ends = {each.model: each.retires_on for each in found if isinstance(each, ModelDates)}
    assert ends == {name: (ANCHOR + end).date() for name, end in model_calendar.ENDS.items()}
    assert set(ends) >= {ANSWERED[system.model] for system in SYSTEMS if system.provider != "self-hosted"}


def test_the_token_of_the_portal_is_for_its_owner_alone(folder: Path) -> None:
    assert (folder / configuration.TOKEN_FILE).stat().st_mode & 0o777 == 0o600


def test_a_folder_goes_on_with_the_story_it_began(tmp_path: Path) -> None:
    place = tmp_path / "new"
    assert backstage.anchored(place, 1, NOW) == ANCHOR
    assert backstage.anchored(place, 1, NOW + timedelta(days=3)) == ANCHOR


@pytest.mark.parametrize(("seed", "later"), [(2, 0), (1, 31)])
def test_a_folder_of_another_seed_or_of_long_ago_is_refused(tmp_path: Path, seed: int, later: int) -> None:
    backstage.anchored(tmp_path, 1, NOW)
    with pytest.raises(ConfigError, match=r"tells the story of seed 1 from 2026-11-23 15:00 UTC; take another folder"):
        backstage.anchored(tmp_path, seed, NOW + timedelta(days=later))


def test_files_grow_with_the_nights(world: World, tmp_path: Path) -> None:
    first = result_files.write(world, tmp_path, NOW)
    assert len(result_files.write(world, tmp_path, NOW + timedelta(days=1))) == len(first) + 4
