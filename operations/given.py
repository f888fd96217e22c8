"""Say where the store has each signal: which metric or evaluation gives it, and how a day of it is read."""

from dataclasses import dataclass
from typing import Final, Literal

from operations.signals import SIGNALS

Reads = Literal["share", "mean", "last", "per", "name"]


@dataclass(frozen=True, slots=True)
class Given:
    """One ``[[signals]]`` entry, or one of those that are known without: a metric or an evaluation that gives a signal.

    ``metric`` names a metric, or ``evaluation:SUITE/SCORER`` (``evaluation:SCORER``: of any suite). ``reads`` says what
    a day of it is: ``share`` (a ratio with its n), ``mean``, ``last``, ``per`` (a sum over the sum of ``whole``) or
    ``name`` (the value of ``dimension`` with the largest share). ``dimension`` tells tracks of one signal apart, such
    as topics; ``only`` keeps series whose dimensions hold that, as ``name=value``. ``inverts`` turns a share round.
    """

    signal: str
    metric: str
    stat: str = "ratio"
    reads: Reads = "share"
    whole: str = ""
    dimension: str = ""
    only: str = ""
    inverts: bool = False
    scale: float = 1.0
    systems: tuple[str, ...] = ()


_TOKENS: Final = "gen_ai.client.token.usage"
_TYPE: Final = "gen_ai.token.type"
_REQUESTS: Final = "llmops.requests"

KNOWN: Final = (
    Given("model_id", "llmops.model.response_share", reads="name", dimension="gen_ai.response.model"),
    Given("fingerprint", "llmops.model.fingerprint_share", reads="name", dimension="gen_ai.response.fingerprint"),
    Given("prompt_version", "llmops.prompt.version_share", reads="name", dimension="gen_ai.prompt.version"),
    Given("canary_pass", "evaluation:canary/pass_rate"),
    Given("canary_pass", "evaluation:canary/correctness"),
    Given("canary_chars_p50", "llmops.canary.answer_length", "p50", "mean"),
    Given("golden_pass", "evaluation:golden/pass_rate"),
    Given("golden_pass", "evaluation:golden/correctness"),
    Given("golden_pass", "evaluation:golden/accuracy"),
    Given("grounded", "evaluation:groundedness"),
    Given("grounded", "evaluation:faithfulness"),
    Given("thumbs_down", "llmops.feedback.thumbs_down_ratio"),
    Given("thumbs_down", "evaluation:user_thumb", inverts=True),
    Given("topic", "llmops.query.topic_share", dimension="topic"),
    Given("uncovered", "llmops.query.uncovered_ratio"),
    Given("retrieval_empty", "llmops.retrieval.empty_ratio"),
    Given("top_sim_p50", "llmops.retrieval.similarity", "p50", "mean"),
    Given("index_age_h", "llmops.index.age", "last", "last", scale=1 / 3600),
    Given("schema_valid", "llmops.schema_valid_ratio"),
    Given("schema_valid", "evaluation:schema"),
    Given("finish_length", "llmops.truncated_ratio"),
    Given("block", "llmops.guardrail.block_ratio"),
    Given("refusal", "llmops.refusal_ratio"),
    Given("benign_canary_refused", "evaluation:benign_answered", inverts=True),
    Given("red_team_passed", "evaluation:refused_attacks", inverts=True),
    Given("unit_cost", "llmops.cost", "sum", "per", whole=_REQUESTS),
    Given("tokens_in_p50", _TOKENS, "sum", "per", whole=_REQUESTS, only=f"{_TYPE}=input"),
    Given("tokens_out_p50", _TOKENS, "sum", "per", whole=_REQUESTS, only=f"{_TYPE}=output"),
    Given("latency_p50", "gen_ai.client.operation.duration", "p50", "mean"),
    Given("calls_per_task", "llmops.calls_per_task", "avg", "mean"),
    Given("tool_empty", "llmops.tool.empty_ratio"),
    Given("outcome", "llmops.outcome_share", dimension="outcome"),
    Given("confirmed", "llmops.outcome.confirmed_ratio"),
)
"""What is known without a word in the configuration, by the canonical names of metrics and usual names of scorers."""


def mistake(given: Given) -> str:
    """Say what is wrong with an entry; empty when nothing is."""
    if given.signal not in SIGNALS:
        return f"unknown signal {given.signal!r}; known are {', '.join(sorted(SIGNALS))}"
    if given.reads == "per" and not given.whole:
        return "reads = 'per' divides by another metric; name it with whole"
    if given.reads == "name" and not given.dimension:
        return "reads = 'name' takes its names from a dimension; name it with dimension"
    if (given.reads == "name") != (SIGNALS[given.signal].form == "name"):
        return f"{given.signal} is {'a name' if SIGNALS[given.signal].form == 'name' else 'no name'}; change reads"
    if given.only and "=" not in given.only:
        return "only is written name=value"
    return ""
