"""Know how each real server is started and filled; every one listens on loopback alone."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from scripts.real import history, namespaces
from scripts.real.environments import ROOT, environment
from scripts.real.processes import Server, answers, free_port, listens, start

HERE = ROOT / "scripts" / "real"


def backfill(data: Path, span: history.Past) -> None:
    """Turn the written past into Prometheus blocks; a long block keeps promtool from reading again and again."""
    data.mkdir(parents=True, exist_ok=True)
    text = data.parent / "history.om"
    with text.open("w") as output:
        output.writelines(history.lines(span))
    subprocess.run(
        [
            "promtool",
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "-q",
            "--max-block-duration=1000h",
            str(text),
            str(data),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    text.unlink()


def prometheus(folder: Path, span: history.Past, jobs: dict[str, str], interval: str = "5s") -> Server:
    """Start Prometheus with that past; ``jobs`` maps the name of a system to the ``host:port`` it scrapes for it."""
    backfill(folder / "data", span)
    scrapes = "".join(
        f"  - job_name: {name}\n    honor_labels: true\n"
        f"    static_configs: [{{targets: ['{target}'], labels: {{system: {name}}}}}]\n"
        for name, target in jobs.items()
    )
    timing = f"global: {{scrape_interval: {interval}, evaluation_interval: {interval}}}\n"
    (folder / "prometheus.yml").write_text(f"{timing}scrape_configs:\n{scrapes or '  []'}\n")
    address = f"127.0.0.1:{free_port()}"
    argv = [
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=400d",  # under the default of 15 days it deletes the past at start
        f"--web.listen-address={address}",
    ]
    return start("prometheus", argv, f"http://{address}", answers(f"http://{address}/-/ready"), folder)


def victoria_metrics(folder: Path, span: history.Past) -> Server:
    """Start VictoriaMetrics with the same past, sent to its import page with times in milliseconds."""
    address = f"127.0.0.1:{free_port()}"
    argv = ["victoria-metrics", "-storageDataPath=data", f"-httpListenAddr={address}", "-retentionPeriod=2y"]
    server = start("victoria-metrics", argv, f"http://{address}", answers(f"http://{address}/health"), folder)
    text = "".join(line[:-1] + "000\n" for line in history.lines(span) if not line.startswith("#"))
    request = urllib.request.Request(  # noqa: S310 -- our own server on loopback
        f"{server.url}/api/v1/import/prometheus", data=text.encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 -- our own server on loopback
        answer.read()
    with urllib.request.urlopen(f"{server.url}/internal/force_flush", timeout=30) as answer:  # noqa: S310 -- the same
        answer.read()
    return server


def alertmanager(folder: Path) -> Server:
    """Start Alertmanager with a receiver that tells nobody and one rule: a gateway that is down inhibits warnings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(
        "route: {receiver: ops, group_by: [alertname], group_wait: 1s}\nreceivers: [{name: ops}]\ninhibit_rules:\n"
        "  - source_matchers: [alertname=GatewayDown]\n    target_matchers: [severity=warning]\n    equal: [system]\n"
    )
    address = f"127.0.0.1:{free_port()}"
    argv = [
        "prometheus-alertmanager",
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        "--cluster.listen-address=",  # otherwise it looks for peers on every interface
        f"--web.listen-address={address}",
    ]
    return start("alertmanager", argv, f"http://{address}", answers(f"http://{address}/-/ready"), folder)


def pushgateway(folder: Path) -> Server:
    """Start Pushgateway, which holds what it is given until it ends."""
    address = f"127.0.0.1:{free_port()}"
    argv = ["prometheus-pushgateway", f"--web.listen-address={address}"]
    return start("pushgateway", argv, f"http://{address}", answers(f"http://{address}/-/ready"), folder)


def mlflow(folder: Path) -> Server:
    """Start MLflow on a new SQLite file and fill it with evaluations, models, prompts and traces."""
    python = environment("mlflow")
    port = free_port()
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    argv = [
        *(str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "artifacts"),
    ]
    url = f"http://127.0.0.1:{port}"
    server = start("mlflow", argv, url, answers(f"{url}/health"), folder, environ)
    with (folder / "seed.log").open("wb") as output:
        seed = [str(python), str(HERE / "seed_mlflow.py"), server.url]
        subprocess.run(seed, check=True, env=environ, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    return server


def llama(folder: Path) -> Server:
    """Start a real LLM behind llama.cpp's own server, with its metrics page on."""
    python = environment("llama")
    port = free_port()
    argv = [str(python), str(HERE / "serve_llama.py"), str(port)]
    url = f"http://127.0.0.1:{port}"
    return start("llama", argv, url, answers(f"{url}/health"), folder)


def litellm(folder: Path, llama_url: str, key: str) -> Server:
    """Start a LiteLLM proxy without a database: mocked models, one that always rate-limits, and the real one."""
    python = environment("litellm")
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = (HERE / "litellm_proxy.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("@LLAMA@", llama_url).replace("@KEY@", key))
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "DO_NOT_TRACK": "true"}
    argv = [str(python.with_name("litellm")), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    return start("litellm", argv, url, answers(f"{url}/health/liveliness"), folder, environ)


def sshd(folder: Path) -> Server:
    """Start Debian's SSH server with a host key of its own; ``folder / "key"`` opens it for whoever runs this."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized_keys").write_text((folder / "key.pub").read_text())
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it gives up its rights before anybody has logged in
    port = free_port()
    settings = {
        "Port": str(port),
        "ListenAddress": "127.0.0.1",
        "HostKey": str(folder / "host_key"),
        "AuthorizedKeysFile": str(folder / "authorized_keys"),
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    argv = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
    return start("sshd", argv, f"ssh://127.0.0.1:{port}", listens(port), folder)


def phoenix(folder: Path, namespace: str) -> Server:
    """Start Phoenix inside a network namespace, because its gRPC listener takes every interface, and fill it there."""
    python = environment("phoenix")
    environ = {
        **os.environ,
        "PHOENIX_WORKING_DIR": str(folder / "data"),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    url = "http://127.0.0.1:6006"  # a network of its own has every port free
    argv = namespaces.inside(namespace, str(python), "-m", "phoenix.server.main", "serve")
    server = start("phoenix", argv, url, namespaces.answers(namespace, f"{url}/healthz"), folder, environ)
    with (folder / "seed.log").open("wb") as output:
        seed = namespaces.inside(namespace, sys.executable, str(HERE / "seed_phoenix.py"), url)
        subprocess.run(seed, check=True, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    return server
