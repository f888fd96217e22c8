"""The numbers on the screens are the servers' own: six of them, read off a real terminal at 80x24."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import httpx
import pytest

from scripts.real.configuration import Places
from scripts.real.site import Site
from scripts.real.terminal import Terminal

pytestmark = pytest.mark.real

ROW = re.compile(r"support-bot .* (?P<score>\d\.\d\d) \S+ +(?P<p95>\d+\.\d)s +\d+% +\d+ +(?P<changes>\d+) maria")


@pytest.fixture(scope="module")
def screen(collected: Site) -> Iterator[str]:
    with closing(Terminal(collected.argv(), 80, 24, collected.environ)) as terminal:
        yield terminal.wait_for(
            lambda text: "smollm-desk" in text and ROW.search(text) is not None and "as of" not in text
        )


@pytest.fixture(scope="module")
def pages(collected: Site) -> Iterator[list[str]]:
    """Go into a system and give what its tabs of metrics and of evaluations show."""
    with closing(Terminal(collected.argv(), 80, 24, collected.environ)) as terminal:
        terminal.wait_for(lambda text: ROW.search(text) is not None and "as of" not in text)
        terminal.press("\r")
        metrics = terminal.wait_for(lambda text: "client.token.usage" in text)
        terminal.press("\t\t\t")
        yield [metrics, terminal.wait_for(lambda text: "answer_relevance" in text)]


def shown(screen: str, name: str) -> str:
    found = ROW.search(screen)
    assert found is not None, screen
    return found[name]


def asked(places: Places, query: str, moment: datetime) -> float:
    """Ask Prometheus directly, as curl would, for one number."""
    params: dict[str, str | float] = {"query": query, "time": moment.timestamp()}
    answer = httpx.get(f"{places.prometheus}/api/v1/query", params=params).json()
    return float(answer["data"]["result"][0]["value"][1])


def newest(collected: Site, sql: str) -> datetime:
    ((found,),) = collected.rows(sql)
    return datetime.fromisoformat(f"{found}+00:00")


def test_latency_is_what_prometheus_answers(screen: str, collected: Site, places: Places) -> None:
    seen = newest(
        collected,
        """select max(seen) from samples join series using (series_id) where system = 'support-bot'
        and source = 'metrics' and metric = 'gen_ai.client.operation.duration'""",
    )
    buckets = "rate(gen_ai_client_operation_duration_seconds_bucket{system='support-bot'}[15m])"
    answered = asked(places, f"histogram_quantile(0.95, sum by (le) ({buckets}))", seen)
    assert shown(screen, "p95") == f"{answered:.1f}"


def test_quality_is_what_prometheus_answers(screen: str, collected: Site, places: Places) -> None:
    seen = newest(collected, "select max(seen) from evaluations where suite = 'sampled' and system = 'support-bot'")
    scores = "llm_eval_score{system='support-bot', metric='faithfulness'}"
    assert shown(screen, "score") == f"{asked(places, f'avg_over_time({scores}[6h])', seen):.2f}"


def test_pending_changes_are_the_versions_that_mlflow_holds_above_production(screen: str, places: Places) -> None:
    waiting = 0
    for kind in ("", "tags.`mlflow.prompt.is_prompt` = 'true'"):
        models = httpx.get(
            f"{places.mlflow}/api/2.0/mlflow/registered-models/search", params={"filter": kind} if kind else {}
        ).json()["registered_models"]
        for model in models:
            production = next(int(each["version"]) for each in model["aliases"] if each["alias"] == "production")
            newest_version = max(int(each["version"]) for each in model["latest_versions"])
            waiting += newest_version - production
    assert re.findall(r"appr (\d+)", screen) == [str(waiting)]
    assert shown(screen, "changes") == "2"


def test_money_of_the_month_is_what_prometheus_answers(screen: str, collected: Site, places: Places) -> None:
    stop = newest(collected, "select max(window_end) from runs where source = 'metrics'").replace(microsecond=0)
    midnight = stop.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight.replace(day=1) + timedelta(days=number) for number in range(1, midnight.day)]
    spent = sum(asked(places, "sum(increase(llm_cost_usd_total[1d]))", day) for day in days)
    running = (stop - midnight).seconds
    spent += asked(places, f"sum(increase(llm_cost_usd_total[{running}s]))", stop)
    (written,) = re.findall(r"\$([\d.]+)k/\$43.5k", screen)
    assert float(written) == round(spent / 1000, 1)  # a whole number of thousands is written without a point


def test_the_screen_says_that_all_sources_answered(screen: str) -> None:
    assert "4 sources ok" in screen


def test_a_score_is_what_mlflow_answers(pages: list[str], collected: Site, places: Places) -> None:
    ((run,),) = collected.rows(
        """select eval_run from evaluations where source = 'mlflow' and system = 'support-bot'
        and suite = 'golden' and scorer = 'faithfulness' order by seen desc limit 1"""
    )
    answer = httpx.get(f"{places.mlflow}/api/2.0/mlflow/runs/get", params={"run_id": run}).json()
    answered = {metric["key"]: metric["value"] for metric in answer["run"]["data"]["metrics"]}
    found = re.search(r"golden.* faithfulness .* (\d\.\d\d) ", pages[1])
    assert found is not None, pages[1]
    assert found[1] == f"{answered['faithfulness/v1/mean']:.2f}"


def test_tokens_are_what_prometheus_answers(pages: list[str], collected: Site, places: Places) -> None:
    seen = newest(
        collected,
        """select max(seen) from samples join series using (series_id) where system = 'support-bot'
        and source = 'metrics' and metric = 'gen_ai.client.token.usage' and dims like '%input%'""",
    )
    used = "{__name__=~'vllm[:_]prompt_tokens_total', system='support-bot'}"
    answered = asked(places, f"sum(increase({used}[15m]))", seen)
    rows = re.findall(r"client\.token\.usage +sum +(\S+[kM]) ", pages[0])  # those of Prometheus: input, then output
    size, letter = (1e6, "M") if answered >= 999_500 else (1e3, "k")  # thousands at night, millions at noon
    assert rows[0] == f"{answered / size:#.3g}".rstrip(".") + letter
