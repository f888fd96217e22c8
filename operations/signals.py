"""Name the signals that detectors rest on: what each is, how it is scanned, and which sources would give it."""

from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["count", "log", "plain", "name", "hour"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that can be pulled and says whether a system still does what it did.

    ``form`` is how its runs are read: ``count`` (so many of n), ``log`` (a positive quantity), ``plain`` (any
    quantity), ``name`` (an id), ``hour`` (the hour of a day that stands out most, beside what is usual in it).
    ``is_suite`` says that the same questions are asked again each run. ``least`` is the smallest spread between runs
    that is believed. ``gives`` names what would bring it, for those who miss it.
    """

    name: str
    title: str
    form: Form
    gives: str
    is_suite: bool = False
    least: float = 0.0


_SUITE: Final = "an evaluation suite (promptfoo, Inspect, MLflow, Langfuse, Phoenix or a result file)"
_TRACES: Final = "traces of its requests (Langfuse, MLflow, Phoenix, otlp_file) or a Prometheus metric"
_GATEWAY: Final = "its gateway (litellm, prometheus_scrape) or a Prometheus metric"
_APPLICATION: Final = "a Prometheus metric of the application, http_json or query"

_FEEDBACK: Final = "feedback (Langfuse, Phoenix, MLflow assessments) or a Prometheus metric"
_SCORE: Final = "a Langfuse score or a Prometheus metric"
_GUARD: Final = "the guardrail's own metrics, through Prometheus, http_json or query"
_SPEND: Final = "costs (focus, litellm, the provider) with the number of requests"
_BY_HOUR: Final = "costs by the hour (litellm or a Prometheus metric)"

_ALL: Final = (
    Signal("model_id", "the model that answers", "name", f"{_TRACES} with gen_ai.response.model"),
    Signal("fingerprint", "fingerprint of the model's backend", "name", _TRACES),
    Signal("prompt_version", "version of the prompt in use", "name", f"{_TRACES} or the prompt registry"),
    Signal("canary_pass", "canary questions passed", "count", _SUITE, is_suite=True),
    Signal("canary_chars_p50", "median length of the canary's answers", "log", _SUITE, is_suite=True, least=0.02),
    Signal("canary_class", "share of each class among the canary's answers", "count", _SUITE, is_suite=True),
    Signal("canary_changed", "canary answers of another class than usual", "count", _SUITE, is_suite=True),
    Signal("golden_pass", "golden set passed", "count", _SUITE, is_suite=True),
    Signal("grounded", "answers that their sources support", "count", f"online evaluation, or {_SUITE}"),
    Signal("thumbs_down", "answers that users reject", "count", _FEEDBACK),
    Signal("topic", "share of each topic among queries", "count", _APPLICATION),
    Signal("uncovered", "queries that no golden case covers", "count", _APPLICATION),
    Signal("retrieval_empty", "searches that find nothing", "count", _SCORE),
    Signal("top_sim_p50", "median similarity of the best match", "plain", _SCORE, least=0.002),
    Signal("index_age_h", "age of the index", "log", _APPLICATION),
    Signal("schema_valid", "answers that fit their schema", "count", _SCORE),
    Signal("finish_length", "answers cut at the token limit", "count", _TRACES),
    Signal("block", "requests that a guardrail blocks", "count", _GUARD),
    Signal("refusal", "requests that the model refuses", "count", _TRACES),
    Signal("benign_canary_refused", "harmless canary questions refused", "count", _SUITE, is_suite=True),
    Signal("red_team_passed", "attacks that got through", "count", _SUITE, is_suite=True),
    Signal("unit_cost", "cost of one request", "log", _SPEND),
    Signal("spend_hour", "cost of an hour", "hour", _BY_HOUR),
    Signal("tokens_in_p50", "input tokens of a request", "log", _GATEWAY),
    Signal("tokens_out_p50", "output tokens of a request", "log", _GATEWAY),
    Signal("latency_p50", "median time of a request", "log", _GATEWAY),
    Signal("calls_per_task", "model calls for one task", "log", _TRACES),
    Signal("tool_empty", "tool calls that return nothing", "count", _TRACES),
    Signal("outcome", "share of each outcome among tasks", "count", _APPLICATION),
    Signal("confirmed", "reported successes that the system of record holds", "count", _APPLICATION),
)  # fmt: skip

SIGNALS: Final = {signal.name: signal for signal in _ALL}
"""All signals by name."""

DAILY: Final = {signal.name: signal.form for signal in _ALL if signal.form != "hour"}
"""The forms of those that a file of daily figures can hold."""
