"""Ask PromQL servers the right questions about well-known LLM servers, whichever of their names are stored.

A preset is expanded with the labels to group by (``by``, the label that routes to a system among them) and further
matchers (``match``). Each question gives one series a system, so that a threshold on it needs no dimensions. Where a
name has two spellings (``vllm:x`` and ``vllm_x``: the exporter's library rewrites colons), both are read and added.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collectors.names import (
    DEPTH,
    DURATION,
    ERRORS,
    FIRST_TOKEN,
    KV_CACHE,
    PER_TOKEN,
    QUEUE_TIME,
    REQUESTS,
    RUNNING,
    TOKEN_TYPE,
)
from collectors.promql import Query

_TOKENS: Final = "gen_ai.client.token.usage"


def expand(preset: str, by: Iterable[str], match: str) -> tuple[Query, ...]:
    """Give the questions of a preset, grouped and matched as asked."""
    return PRESETS[preset](_Writer(tuple(by), match))


class _Writer:
    """Write PromQL over all spellings of a name, grouped by the same labels everywhere."""

    def __init__(self, by: tuple[str, ...], match: str) -> None:
        self._by = ", ".join(by)
        self._match = f", {match}" if match else ""

    def increase(self, *names: str, where: str = "", by: str = "", how: str = "increase") -> str:
        """Write the growth of counters in the window, added up by group; the spellings cannot collide."""
        group = f"{self._by}, {by}" if by else self._by
        parts = [f"{how}({self._select(name, where)}[$window])" for name in names]
        if len(parts) > 1:
            parts = [f'label_replace({part}, "spelling", "{index}", "", "")' for index, part in enumerate(parts)]
        return f"sum by ({group}) ({' or '.join(parts)})"

    def gauge(self, *names: str, how: str) -> str:
        """Write the value of gauges now, merged by group."""
        parts = " or ".join(self._select(name, "") for name in names)
        return f"{how} by ({self._by}) ({parts})"

    def sums(self, metric: str, unit: str, *names: str, where: str = "", expect: bool = True) -> Query:
        """Ask for a sum over the window."""
        return Query(self.increase(*names, where=where), metric, "sum", unit, expect=expect)

    def tokens(self, kind: str, *names: str, where: str = "", expect: bool = True) -> Query:
        """Ask for the tokens of one kind."""
        text = self.increase(*names, where=where)
        return Query(text, _TOKENS, "sum", "{token}", fixed={TOKEN_TYPE: kind}, expect=expect)

    def last(self, metric: str, unit: str, *names: str, how: str = "sum", expect: bool = True) -> Query:
        """Ask for a gauge."""
        return Query(self.gauge(*names, how=how), metric, "last", unit, expect=expect)

    def quantiles(self, metric: str, *names: str, expect: bool = True) -> tuple[Query, ...]:
        """Ask for the median and the 95th percentile of a histogram over the window, with n."""
        buckets = self.increase(*(f"{name}_bucket" for name in names), by="le", how="rate")
        count = self.increase(*(f"{name}_count" for name in names))
        text = "histogram_quantile({}, {})"
        return (
            Query(text.format("0.5", buckets), metric, "p50", "s", count=count, expect=expect),
            Query(text.format("0.95", buckets), metric, "p95", "s", count=count, expect=expect),
        )

    def ratio(self, metric: str, part: str, whole: str, *, expect: bool = True) -> Query:
        """Ask for a share of a whole, with the whole as n; no part series at all is a share of nothing, not unknown."""
        return Query(f"({part} or 0 * {whole}) / {whole}", metric, "ratio", "1", count=whole, expect=expect)

    def sum_or_none(self, metric: str, part: str, whole: str, *, expect: bool = True) -> Query:
        """Ask for a sum that is zero, not unknown, where the whole exists and no part was ever counted."""
        return Query(f"{part} or 0 * {whole}", metric, "sum", "{request}", expect=expect)

    def _select(self, name: str, where: str) -> str:
        extra = f", {where}" if where else ""
        return f'{{__name__="{name}"{extra}{self._match}}}'


def _spelled(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{sign}{name}" for name in names for sign in ":_")


def _otel(ask: _Writer) -> tuple[Query, ...]:
    duration = ("gen_ai_client_operation_duration_seconds", "gen_ai.client.operation.duration")
    counts = tuple(f"{name}_count" for name in duration)
    tokens = ("gen_ai_client_token_usage_sum", "gen_ai_client_token_usage_token_sum")
    requests = ask.increase(*counts)
    errors = ask.increase(*counts, where='error_type!=""')
    return (
        *ask.quantiles(DURATION, *duration),
        *ask.quantiles(FIRST_TOKEN, "gen_ai_client_operation_time_to_first_chunk_seconds", expect=False),
        *ask.quantiles(FIRST_TOKEN, "gen_ai_server_time_to_first_token_seconds", expect=False),
        Query(requests, REQUESTS, "sum", "{request}"),
        ask.sum_or_none(ERRORS, errors, requests),
        ask.ratio("llmops.error_ratio", errors, requests),
        ask.tokens("input", *tokens, where='gen_ai_token_type="input"', expect=False),
        ask.tokens("output", *tokens, where='gen_ai_token_type="output"', expect=False),
    )


def _vllm(ask: _Writer) -> tuple[Query, ...]:
    done = _spelled("vllm", "request_success_total")
    requests = ask.increase(*done)
    return (
        *ask.quantiles(DURATION, *_spelled("vllm", "e2e_request_latency_seconds")),
        *ask.quantiles(FIRST_TOKEN, *_spelled("vllm", "time_to_first_token_seconds")),
        *ask.quantiles(PER_TOKEN, *_spelled("vllm", "inter_token_latency_seconds", "time_per_output_token_seconds")),
        *ask.quantiles(QUEUE_TIME, *_spelled("vllm", "request_queue_time_seconds"), expect=False),
        Query(requests, REQUESTS, "sum", "{request}"),
        ask.ratio("llmops.truncated_ratio", ask.increase(*done, where='finished_reason="length"'), requests),
        ask.tokens("input", *_spelled("vllm", "prompt_tokens_total")),
        ask.tokens("output", *_spelled("vllm", "generation_tokens_total")),
        ask.last(DEPTH, "{request}", *_spelled("vllm", "num_requests_waiting")),
        ask.last(RUNNING, "{request}", *_spelled("vllm", "num_requests_running")),
        ask.last(KV_CACHE, "1", *_spelled("vllm", "kv_cache_usage_perc", "gpu_cache_usage_perc"), how="max"),
        ask.ratio(
            "llmops.cache.hit_ratio",
            ask.increase(*_spelled("vllm", "prefix_cache_hits_total")),
            ask.increase(*_spelled("vllm", "prefix_cache_queries_total")),
            expect=False,
        ),
        ask.sums("llmops.corrupted_requests", "{request}", *_spelled("vllm", "corrupted_requests_total"), expect=False),
    )


def _sglang(ask: _Writer) -> tuple[Query, ...]:
    responses = _spelled("sglang", "http_responses_total")
    answers = ask.increase(*responses)
    errors = ask.increase(*responses, where='status_code=~"5..|429"')
    return (
        *ask.quantiles(DURATION, *_spelled("sglang", "e2e_request_latency_seconds")),
        *ask.quantiles(FIRST_TOKEN, *_spelled("sglang", "time_to_first_token_seconds")),
        *ask.quantiles(PER_TOKEN, *_spelled("sglang", "inter_token_latency_seconds"), expect=False),
        ask.sums(REQUESTS, "{request}", *_spelled("sglang", "num_requests_total")),
        ask.tokens("input", *_spelled("sglang", "prompt_tokens_total")),
        ask.tokens("output", *_spelled("sglang", "generation_tokens_total")),
        ask.last(DEPTH, "{request}", *_spelled("sglang", "num_queue_reqs")),
        ask.last(RUNNING, "{request}", *_spelled("sglang", "num_running_reqs")),
        ask.last(KV_CACHE, "1", *_spelled("sglang", "token_usage"), how="max"),
        ask.sum_or_none(ERRORS, errors, answers, expect=False),
        ask.ratio("llmops.error_ratio", errors, answers, expect=False),
    )


def _tgi(ask: _Writer) -> tuple[Query, ...]:
    return (
        *ask.quantiles(DURATION, "tgi_request_duration"),
        *ask.quantiles(QUEUE_TIME, "tgi_request_queue_duration", expect=False),
        ask.sums(REQUESTS, "{request}", "tgi_request_count"),
        ask.tokens("input", "tgi_request_input_length_sum"),
        ask.tokens("output", "tgi_request_generated_tokens_sum"),
        ask.last(DEPTH, "{request}", "tgi_queue_size"),
    )


def _llama_cpp(ask: _Writer) -> tuple[Query, ...]:
    return (
        ask.tokens("input", *_spelled("llamacpp", "prompt_tokens_total")),
        ask.tokens("cache_read", *_spelled("llamacpp", "prompt_tokens_cached_total"), expect=False),
        ask.tokens("output", *_spelled("llamacpp", "tokens_predicted_total")),
        ask.sums("llmops.generation.time", "s", *_spelled("llamacpp", "tokens_predicted_seconds_total")),
        ask.last(DEPTH, "{request}", *_spelled("llamacpp", "requests_deferred")),
        ask.last(RUNNING, "{request}", *_spelled("llamacpp", "requests_processing")),
    )


def _litellm(ask: _Writer) -> tuple[Query, ...]:
    requests = ask.increase("litellm_proxy_total_requests_metric_total")
    errors = ask.increase("litellm_proxy_failed_requests_metric_total")
    spend = "litellm_spend_metric_total"
    return (
        *ask.quantiles(DURATION, "litellm_request_total_latency_metric"),
        *ask.quantiles(FIRST_TOKEN, "litellm_llm_api_time_to_first_token_metric", expect=False),
        Query(requests, REQUESTS, "sum", "{request}"),
        ask.sum_or_none(ERRORS, errors, requests),
        ask.ratio("llmops.error_ratio", errors, requests),
        ask.tokens("input", "litellm_input_tokens_metric_total"),
        ask.tokens("output", "litellm_output_tokens_metric_total"),
        ask.sums("llmops.cost", "USD", spend),
        Query(ask.increase(spend, by="model"), record="cost"),
        ask.last("llmops.budget.remaining", "USD", "litellm_remaining_team_budget_metric", how="min", expect=False),
        ask.last("llmops.spend.capture_ratio", "1", "litellm_spend_capture_rate", how="min", expect=False),
    )


PRESETS: Final[Mapping[str, Callable[[_Writer], tuple[Query, ...]]]] = {
    "litellm": _litellm,
    "llama_cpp": _llama_cpp,
    "otel": _otel,
    "sglang": _sglang,
    "tgi": _tgi,
    "vllm": _vllm,
}
"""The presets by name."""
