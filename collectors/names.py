"""Hold the canonical names of metrics and dimensions, and what each server calls them on its ``/metrics`` page.

Names follow the OpenTelemetry GenAI conventions where one exists, others start with ``llmops.``. Servers' names are
written with underscores: a colon may have been rewritten on the way (prometheus_client 0.23 and newer), so callers
compare ``plain(name)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - the name of a dimension

DIMENSIONS: Final[Mapping[str, str]] = {
    "model_name": "gen_ai.request.model",
    "model": "gen_ai.request.model",
    "requested_model": "gen_ai.request.model",
    "litellm_model_name": "gen_ai.request.model",
    "gen_ai_request_model": "gen_ai.request.model",
    "gen_ai.request.model": "gen_ai.request.model",
    "gen_ai_response_model": "gen_ai.response.model",
    "gen_ai.response.model": "gen_ai.response.model",
    "gen_ai_provider_name": "gen_ai.provider.name",
    "gen_ai.provider.name": "gen_ai.provider.name",
    "gen_ai_system": "gen_ai.provider.name",
    "api_provider": "gen_ai.provider.name",
    "gen_ai_operation_name": "gen_ai.operation.name",
    "gen_ai.operation.name": "gen_ai.operation.name",
    "gen_ai_token_type": TOKEN_TYPE,
    "gen_ai.token.type": TOKEN_TYPE,
    "finished_reason": "finish_reason",
    "reason": "reason",
    "error_type": "error.type",
    "error.type": "error.type",
    "exception_class": "error.type",
    "status_code": "status_code",
    "le": "le",
}
"""Labels worth keeping, by the name that a server gives them."""

PRIVATE: Final = frozenset(
    {
        "api_key",
        "api_key_alias",
        "client_ip",
        "customer",
        "email",
        "end_user",
        "end_user_id",
        "hashed_api_key",
        "ip",
        "session_id",
        "token",
        "user",
        "user_agent",
        "user_alias",
        "user_email",
        "user_id",
        "username",
    }
)
"""Labels that carry people or keys; they are never stored."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one line of a ``/metrics`` page means: metric, how to read it and how to merge lines of one system.

    ``keep`` names labels without which the metric would be wrong, such as the kind of token. ``scale`` turns the
    page's unit into ours.
    """

    metric: str
    reads: Literal["counter", "gauge", "histogram"]
    unit: str = "1"
    dims: Mapping[str, str] = field(default_factory=dict)
    merge: Literal["sum", "max", "min"] = "sum"
    keep: tuple[str, ...] = ()
    scale: float = 1.0


def plain(name: str) -> str:
    """Write a name as a scraper without UTF-8 names sees it: ``vllm:x`` and ``gen_ai.x`` with underscores."""
    return name.replace(":", "_").replace(".", "_")


def _latency(metric: str) -> Meaning:
    return Meaning(metric, "histogram", "s")


def _tokens(kind: str) -> Meaning:
    return Meaning("gen_ai.client.token.usage", "counter", "{token}", {TOKEN_TYPE: kind})


def _counter(metric: str, unit: str = "{request}") -> Meaning:
    return Meaning(metric, "counter", unit)


def _gauge(metric: str, unit: str, merge: Literal["sum", "max", "min"] = "sum") -> Meaning:
    return Meaning(metric, "gauge", unit, merge=merge)


DURATION: Final = "gen_ai.client.operation.duration"
FIRST_TOKEN: Final = "gen_ai.server.time_to_first_token"  # noqa: S105 - the name of a metric
PER_TOKEN: Final = "gen_ai.server.time_per_output_token"  # noqa: S105 - the name of a metric
QUEUE_TIME: Final = "llmops.queue.time"
REQUESTS: Final = "llmops.requests"
TOKEN_USAGE: Final = "gen_ai.client.token.usage"  # noqa: S105 - the name of a metric
REQUEST_LIMIT: Final = "llmops.limit.requests_per_minute"
TOKEN_LIMIT: Final = "llmops.limit.tokens_per_minute"  # noqa: S105 - the name of a metric
ERRORS: Final = "llmops.errors"
DEPTH: Final = "llmops.queue.depth"
RUNNING: Final = "llmops.requests.running"
KV_CACHE: Final = "llmops.kv_cache.utilization"

MEANINGS: Final[Mapping[str, Meaning]] = {
    # vLLM 0.33 and the names of 2025
    "vllm_request_success_total": _counter(REQUESTS),
    "vllm_prompt_tokens_total": _tokens("input"),
    "vllm_generation_tokens_total": _tokens("output"),
    "vllm_prompt_tokens_cached_total": _tokens("cache_read"),
    "vllm_prefix_cache_queries_total": _counter("llmops.cache.queries", "{token}"),
    "vllm_prefix_cache_hits_total": _counter("llmops.cache.hits", "{token}"),
    "vllm_num_preemptions_total": _counter("llmops.preemptions", "1"),
    "vllm_corrupted_requests_total": _counter("llmops.corrupted_requests"),
    "vllm_num_requests_running": _gauge(RUNNING, "{request}"),
    "vllm_num_requests_waiting": _gauge(DEPTH, "{request}"),
    "vllm_kv_cache_usage_perc": _gauge(KV_CACHE, "1", "max"),
    "vllm_gpu_cache_usage_perc": _gauge(KV_CACHE, "1", "max"),
    "vllm_e2e_request_latency_seconds": _latency(DURATION),
    "vllm_time_to_first_token_seconds": _latency(FIRST_TOKEN),
    "vllm_inter_token_latency_seconds": _latency(PER_TOKEN),
    "vllm_time_per_output_token_seconds": _latency(PER_TOKEN),
    "vllm_request_queue_time_seconds": _latency(QUEUE_TIME),
    # SGLang 0.5
    "sglang_num_requests_total": _counter(REQUESTS),
    "sglang_num_aborted_requests_total": _counter("llmops.requests.aborted"),
    "sglang_prompt_tokens_total": _tokens("input"),
    "sglang_generation_tokens_total": _tokens("output"),
    "sglang_cached_tokens_total": _tokens("cache_read"),
    "sglang_num_running_reqs": _gauge(RUNNING, "{request}"),
    "sglang_num_queue_reqs": _gauge(DEPTH, "{request}"),
    "sglang_token_usage": _gauge(KV_CACHE, "1", "max"),
    "sglang_cache_hit_rate": _gauge("llmops.cache.hit_ratio", "1", "min"),
    "sglang_e2e_request_latency_seconds": _latency(DURATION),
    "sglang_time_to_first_token_seconds": _latency(FIRST_TOKEN),
    "sglang_inter_token_latency_seconds": _latency(PER_TOKEN),
    "sglang_queue_time_seconds": _latency(QUEUE_TIME),
    # Hugging Face TGI: counters without _total
    "tgi_request_count": _counter(REQUESTS),
    "tgi_request_success": _counter("llmops.requests.succeeded"),
    "tgi_request_duration": _latency(DURATION),
    "tgi_request_queue_duration": _latency(QUEUE_TIME),
    "tgi_request_mean_time_per_token_duration": _latency(PER_TOKEN),
    "tgi_request_input_length_sum": _tokens("input"),
    "tgi_request_generated_tokens_sum": _tokens("output"),
    "tgi_queue_size": _gauge(DEPTH, "{request}"),
    "tgi_batch_current_size": _gauge(RUNNING, "{request}"),
    # llama.cpp server: prompt tokens leave the cached ones out; no request counter, no latency histogram
    "llamacpp_prompt_tokens_total": _tokens("input"),
    "llamacpp_prompt_tokens_cached_total": _tokens("cache_read"),
    "llamacpp_tokens_predicted_total": _tokens("output"),
    "llamacpp_prompt_seconds_total": _counter("llmops.prompt.time", "s"),
    "llamacpp_tokens_predicted_seconds_total": _counter("llmops.generation.time", "s"),
    "llamacpp_prompt_tokens_seconds": _gauge("llmops.prompt.throughput", "{token}/s"),
    "llamacpp_predicted_tokens_seconds": _gauge("llmops.generation.throughput", "{token}/s"),
    "llamacpp_requests_processing": _gauge(RUNNING, "{request}"),
    "llamacpp_requests_deferred": _gauge(DEPTH, "{request}"),
    # LiteLLM proxy 1.10x
    "litellm_proxy_total_requests_metric_total": _counter(REQUESTS),
    "litellm_proxy_failed_requests_metric_total": _counter(ERRORS),
    "litellm_input_tokens_metric_total": _tokens("input"),
    "litellm_output_tokens_metric_total": _tokens("output"),
    "litellm_input_cached_tokens_metric_total": _tokens("cache_read"),
    "litellm_output_reasoning_tokens_metric_total": _tokens("reasoning"),
    "litellm_spend_metric_total": _counter("llmops.cost", "USD"),
    "litellm_request_total_latency_metric": _latency(DURATION),
    "litellm_llm_api_latency_metric": _latency("llmops.provider.duration"),
    "litellm_llm_api_time_to_first_token_metric": _latency(FIRST_TOKEN),
    "litellm_deployment_latency_per_output_token": _latency(PER_TOKEN),
    "litellm_request_queue_time_seconds": _latency(QUEUE_TIME),
    "litellm_zero_cost_requests_total": _counter("llmops.requests.unpriced"),
    "litellm_remaining_team_budget_metric": _gauge("llmops.budget.remaining", "USD", "min"),
    "litellm_provider_remaining_budget_metric": Meaning(
        "llmops.budget.remaining", "gauge", "USD", {"scope": "provider"}, "min"
    ),
    "litellm_deployment_state": _gauge("llmops.deployment.state", "1", "max"),
    "litellm_spend_capture_rate": _gauge("llmops.spend.capture_ratio", "1", "min"),
    # Applications instrumented with OpenTelemetry
    "gen_ai_client_operation_duration_seconds": _latency(DURATION),
    "gen_ai_client_operation_duration_seconds_count": _counter(REQUESTS),
    "gen_ai_client_operation_time_to_first_chunk_seconds": _latency(FIRST_TOKEN),
    "gen_ai_client_operation_time_per_output_chunk_seconds": _latency(PER_TOKEN),
    "gen_ai_server_request_duration_seconds": _latency("gen_ai.server.request.duration"),
    "gen_ai_server_time_to_first_token_seconds": _latency(FIRST_TOKEN),
    "gen_ai_server_time_per_output_token_seconds": _latency(PER_TOKEN),
    "gen_ai_client_token_usage_sum": Meaning(
        "gen_ai.client.token.usage", "counter", "{token}", keep=("gen_ai_token_type", "gen_ai.token.type")
    ),
}
"""What the servers' sample names mean. A histogram is named without its suffix."""
