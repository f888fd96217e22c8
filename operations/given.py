"""Say where the store has each signal: which metric or evaluation gives it, and how a day of it is read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from operations.rules import EVALUATION
from operations.signals import SIGNALS, Form
from store.decode import suggestion
from store.records import Stat
from store.values import shown

Reads = Literal["share", "mean", "last", "per", "name", "hour"]


@dataclass(frozen=True, slots=True)
class Given:
    """One ``[[signals]]`` entry, or one of those that are known without: a metric or an evaluation that gives a signal.

    ``metric`` names a metric, or ``evaluation:SUITE/SCORER`` (``evaluation:SCORER``: of any suite). ``reads`` says what
    a day of it is: ``share`` (a ratio with its n), ``mean``, ``last``, ``per`` (a sum over the sum of ``whole``),
    ``name`` (the value of ``dimension`` with the largest share) or ``hour`` (the hour that stands out most).
    ``dimension`` tells tracks of one signal apart, such as topics; ``only`` keeps series whose dimensions hold that, as
    ``name=value``. ``inverts`` turns a share round.
    """

    signal: str
    metric: str
    stat: Stat = "ratio"
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
    Given("canary_class", "llmops.canary.class_share", dimension="class"),
    Given("canary_changed", "llmops.canary.changed_ratio"),
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
    Given("spend_hour", "llmops.cost", "sum", "hour"),
    Given("tokens_in_p50", _TOKENS, "sum", "per", whole=_REQUESTS, only=f"{_TYPE}=input"),
    Given("tokens_out_p50", _TOKENS, "sum", "per", whole=_REQUESTS, only=f"{_TYPE}=output"),
    Given("latency_p50", "gen_ai.client.operation.duration", "p50", "mean"),
    Given("calls_per_task", "llmops.calls_per_task", "avg", "mean"),
    Given("tool_empty", "llmops.tool.empty_ratio"),
    Given("outcome", "llmops.outcome_share", dimension="outcome"),
    Given("confirmed", "llmops.outcome.confirmed_ratio"),
)
"""What is known without a word in the configuration, by the canonical names of metrics and usual names of scorers."""


def standing(given: Sequence[Given], systems: Iterable[str]) -> list[tuple[int, str]]:
    """Pair entries, by their place, with the systems that they stand for.

    Where an entry names a system, it replaces those that name none, for that system and its signal.
    """
    named = {(each.signal, system) for each in given for system in each.systems}
    return [
        (place, system)
        for system in systems
        for place, each in enumerate(given)
        if (system in each.systems if (each.signal, system) in named else not each.systems)
    ]


def mistakes(given: Given) -> Iterator[tuple[str, str]]:
    """Say what is wrong with an entry, each with the key that is to be changed."""
    if given.signal not in SIGNALS:
        yield "signal", f"unknown signal{suggestion(given.signal, SIGNALS)}"
        return
    if not given.metric.removeprefix(EVALUATION).strip("/ "):
        yield "metric", 'expected a metric such as "llmops.refusal_ratio" or "evaluation:suite/scorer", found none'
    if given.stat in {"counter", "bucket"}:
        yield "stat", f"{given.stat!r} is a raw reading; name the sum, rate or percentile made of it"
    if given.scale <= 0:
        yield "scale", f"expected more than 0, found {given.scale:g}"
    yield from _misread(given, SIGNALS[given.signal].form)


def _misread(given: Given, form: Form) -> Iterator[tuple[str, str]]:
    """Say what keeps an entry from being read as it asks."""
    of_evaluation = given.metric.startswith(EVALUATION)
    if of_evaluation and (form != "count" or given.reads != "share"):
        yield "metric", f"an evaluation gives a share; {given.signal} as {given.reads!r} needs a metric"
    elif (given.reads == "hour") != (form == "hour"):
        yield (
            "reads",
            f"{given.signal} is {'read' if form == 'hour' else 'not read'} by the hour; found {given.reads!r}",
        )
    elif (given.reads == "name") != (form == "name"):
        fitting = "'name'" if form == "name" else "'share', 'mean', 'last' or 'per'"
        yield "reads", f"{given.signal} is {'a' if form == 'name' else 'no'} name; expected {fitting}"
    if (given.reads == "per") != bool(given.whole):
        yield "whole", "expected the metric to divide by where reads is 'per', and nothing where it is not"
    if given.reads == "name" and not given.dimension:
        yield "dimension", "missing; expected the dimension that holds the names"
    if given.inverts and given.reads != "share":
        yield "inverts", f"turns a share round, and reads is {given.reads!r}; leave it out"
    if given.only and "=" not in given.only:
        yield "only", f'expected "name=value", found {shown(given.only)}'
