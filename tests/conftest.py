"""Decide what a machine can run, and start the real servers that tests share."""

import logging
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from operations.modes import MODES
from scripts.real import environments, history, namespaces, servers
from scripts.real.processes import Server, stop
from store import commit
from store.folder import Folder

SHARED = Path(__file__).parents[1].parent / "shared"
IN_CI = os.environ.get("CI") == "true"
SERVERS = {"llama", "prometheus", "victoria_metrics", "mlflow", "litellm", "phoenix", "alertmanager", "pushgateway"}
LITELLM_KEY = "sk-only-on-loopback"  # LiteLLM wants its keys to begin so
DAYS = 35
STEP = 300

# How long something takes is measured in bench/: on a busy machine a test would fail for nothing it says.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Let the programs that tests start hear ctrl-c: a shell that puts a run into the background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a real server, so that it runs apart, and leave out what this machine has no material for."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
        if item.get_closest_marker("shared") and not SHARED.is_dir() and not IN_CI:
            item.add_marker(pytest.mark.skip(reason="the hostile corpora are not beside the project"))
        if item.get_closest_marker("root") and os.geteuid() != 0 and not IN_CI:
            item.add_marker(pytest.mark.skip(reason="becoming other users needs root"))


def _need_environment(name: str) -> None:
    """Leave the test out where the server's environment was never built; CI builds it."""
    if not IN_CI and not environments.is_ready(name):
        pytest.skip(f"the environment of {name} is not built; python -m scripts.real.environments {name} builds it")


def _absent(reason: str) -> None:
    """Skip on a developer's machine, fail in CI."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_log_handler_stays() -> Iterator[None]:
    """Take back what a command run inside a test hung onto the root logger: its stream ends with the test."""
    root = logging.getLogger()
    before = set(root.handlers)
    yield
    for handler in set(root.handlers) - before:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Folder]:
    """Give a maker of stores that hold nothing yet; their file is made once and copied, which saves most of the time."""
    made = Folder(tmp_path_factory.mktemp("empty") / "store")
    made.create()
    with commit.primary(made, datetime(2026, 11, 23, 12, tzinfo=UTC)) as session:
        session.append("modes", MODES)

    def make(root: Path) -> Folder:
        folder = Folder(root)
        folder.create()
        shutil.copy(made.primary, folder.primary)
        return folder

    return make


@pytest.fixture(scope="session")
def need() -> Callable[..., None]:
    """Leave the test out where a program is absent; in CI its absence is a failure."""

    def check(*programs: str) -> None:
        for program in programs:
            if shutil.which(program) is None:
                _absent(f"{program} is not installed")

    return check


@pytest.fixture(scope="session")
def past() -> history.Past:
    """Give the stretch of time that the real metric stores hold."""
    return history.past(time.time(), DAYS, STEP)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a real LLM on loopback with its metrics page on."""
    _need_environment("llama")
    server = servers.llama(tmp_path_factory.mktemp("llama"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def prometheus(
    tmp_path_factory: pytest.TempPathFactory, past: history.Past, llama: Server, need: Callable[..., None]
) -> Iterator[Server]:
    """Start a real Prometheus with 35 days of history that scrapes the real LLM."""
    need("prometheus", "promtool")
    target = llama.url.removeprefix("http://")
    server = servers.prometheus(tmp_path_factory.mktemp("prometheus"), past, {"smollm-desk": target}, "1s")
    yield server
    stop(server)


@pytest.fixture(scope="session")
def victoria_metrics(
    tmp_path_factory: pytest.TempPathFactory, past: history.Past, need: Callable[..., None]
) -> Iterator[Server]:
    """Start a real VictoriaMetrics with the same history."""
    need("victoria-metrics")
    server = servers.victoria_metrics(tmp_path_factory.mktemp("victoria-metrics"), past)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory, need: Callable[..., None]) -> Iterator[Server]:
    """Start a real Alertmanager without alerts."""
    need("prometheus-alertmanager")
    server = servers.alertmanager(tmp_path_factory.mktemp("alertmanager"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def pushgateway(tmp_path_factory: pytest.TempPathFactory, need: Callable[..., None]) -> Iterator[Server]:
    """Start a real Pushgateway that holds nothing."""
    need("prometheus-pushgateway")
    server = servers.pushgateway(tmp_path_factory.mktemp("pushgateway"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a real MLflow server with evaluations, models, prompts and traces."""
    _need_environment("mlflow")
    server = servers.mlflow(tmp_path_factory.mktemp("mlflow"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory, llama: Server) -> Iterator[Server]:
    """Start a real LiteLLM proxy without a database, the real LLM behind it."""
    _need_environment("litellm")
    server = servers.litellm(tmp_path_factory.mktemp("litellm"), llama.url, LITELLM_KEY)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def namespace() -> Iterator[str]:
    """Make a network that has a loopback and nothing else."""
    if not namespaces.is_possible():
        _absent("a network namespace needs root and iproute2")
    name = f"llmops-tui-{os.getpid()}"
    namespaces.create(name)
    yield name
    namespaces.delete(name)


@pytest.fixture(scope="session")
def phoenix(tmp_path_factory: pytest.TempPathFactory, namespace: str) -> Iterator[Server]:
    """Start a real Phoenix server with traces, judgements, experiments and prompts; it answers inside ``namespace``."""
    _need_environment("phoenix")
    server = servers.phoenix(tmp_path_factory.mktemp("phoenix"), namespace)
    yield server
    stop(server)
