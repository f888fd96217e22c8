"""Pages of /metrics, as four servers write them."""

from collectors.kinds.prometheus_scrape import Settings
from tests.collectors.kinds.case import FIXTURES, Case, recorded


def _hostile(name: str) -> tuple[bytes, str]:
    label = name.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'vllm:num_requests_waiting{{model_name="{label}"}} 1\n'.encode(), ""


CASE = Case(
    make=lambda url: Settings(url, dims=("model_name",)),
    answers=lambda: recorded("prometheus_scrape", "vllm.txt", "vllm_openmetrics.txt", "litellm.txt", "llama_cpp.txt"),
    hostile=_hostile,
    play=lambda _: (FIXTURES / "prometheus_scrape" / "vllm.txt").read_bytes(),
    silent=lambda _: b"vllm:num_requests_waiting{} NaN\n",
)
