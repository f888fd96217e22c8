"""PromQL: matrices, vectors, quantiles with their counts, lists of names."""

import json

from collectors.base import Answer
from collectors.kinds.prometheus import Settings
from collectors.promql import Query
from tests.collectors.kinds.case import FIXTURES, WINDOW, Asked, Case, routed

_FOLDER = FIXTURES / "prometheus"
_COST = "increase(llm_cost_usd_total[$window])"
_QUERIES = (
    Query(
        "sum by (system) (increase(llm_requests_total[$window]))", "llmops.requests", "sum", "{request}", expect=False
    ),
    Query(_COST, record="cost", expect=False),
    Query("llm_eval_score", record="evaluation", suite="online", scorer="{metric}", expect=False),
)
_EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'


def _answers() -> list[Answer]:
    value, count = ((_FOLDER / name).read_bytes() for name in ("quantile.json", "quantile_count.json"))
    about = {"days.json": "1", "day_so_far.json": "1", "scores.json": "2", "victoria_matrix.json": "0"}
    answers = [Answer(b'{"answer":%s}' % (_FOLDER / name).read_bytes(), WINDOW, index) for name, index in about.items()]
    names = Answer((_FOLDER / "names.json").read_bytes(), WINDOW, "names", "0,2")
    return [Answer(b'{"answer":%s,"count":%s}' % (value, count), WINDOW, "0"), *answers, names]


def _play(asked: Asked) -> bytes:
    if asked.path.endswith("/values"):
        return (_FOLDER / "names.json").read_bytes()
    if "llm_requests_total" in asked.sent["query"]:
        return (_FOLDER / "victoria_matrix.json").read_bytes()
    if "llm_cost_usd_total" in asked.sent["query"]:
        return (_FOLDER / "days.json").read_bytes() if asked.path.endswith("query_range") else _EMPTY
    return (_FOLDER / "scores.json").read_bytes()


def _hostile(name: str) -> tuple[bytes, str]:
    series = {"metric": {"model_name": name}, "value": [1795431600, "1"]}
    answer = {"status": "success", "data": {"resultType": "vector", "result": [series]}}
    return json.dumps({"answer": answer}).encode(), "0"


CASE = Case(
    make=lambda url: Settings(url, queries=_QUERIES),
    answers=_answers,
    hostile=_hostile,
    play=_play,
    silent=lambda asked: b'{"status":"success","data":[]}' if asked.path.endswith("/values") else _EMPTY,
    source=routed("system"),
    maps=frozenset({"metric"}),
)
