"""Play the part of a portfolio's sources on loopback, so that the whole tool can be seen without any account.

``portfolio`` and ``story`` say who is there and what happens; ``world`` computes it hour by hour; ``prometheus``,
``vllm``, ``mlflow`` and ``stats`` answer over HTTP as the real servers do; ``costs`` and ``result_files`` write what
vendors and evaluation tools leave on disk; ``configuration`` writes the file that collects and judges it all.

Metrics that the real collectors make of it, by source:

- ``gateway`` (prometheus): ``gen_ai.client.operation.duration`` p50 p95, ``llmops.requests``, ``llmops.errors``,
  ``llmops.error_ratio``, ``gen_ai.client.token.usage``, ``llmops.cost``, ``llmops.model.response_share``,
  ``llmops.query.uncovered_ratio``, ``llmops.truncated_ratio``, ``llmops.schema_valid_ratio``,
  ``llmops.feedback.thumbs_down_ratio``, and the cost of each day by model;
- ``code-engine`` (prometheus_scrape): what a vLLM page says, ``llmops.queue.depth`` and
  ``llmops.kv_cache.utilization`` among it;
- ``mlflow``: ``correctness`` and ``groundedness`` of the golden sets, online ``groundedness`` and ``user_thumb``, trace
  metrics, pending and applied versions of prompts and models; ``promptfoo``: ``correctness``, ``schema``; ``inspect``:
  ``correctness``, ``groundedness``, ``refused_attacks``, ``benign_answered``;
- ``index-age``, ``retrieval``, ``guardrails``, ``guardrail-categories``, ``tools``, ``outcomes`` (http_json):
  ``llmops.index.age``, ``llmops.retrieval.empty_ratio``, ``llmops.guardrail.block_ratio``,
  ``llmops.guardrail.category_block_ratio``, ``llmops.tool.empty_ratio``, ``llmops.outcome.confirmed_ratio``;
- ``costs-meridian``, ``costs-halcyon``, ``costs-northgrid`` (focus): daily charges, basis ``provider_usage``;
- ``vendor-portal`` (http_json): refuses its token, so that a failed source can be seen.
"""
