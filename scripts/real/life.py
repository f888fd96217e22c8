"""Tell the whole life of a prompt change with real parts; ``python -m scripts.real.life --write`` renews its page.

A real MLflow holds the prompt, a GitHub on loopback its pull request; four accounts of this host act, three of them
people with SSH keys. Everything is typed in a real terminal. Needs root, faketime and MLflow's environment.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scripts.real import accounts, servers, telemetry
from scripts.real.accounts import Accounts
from scripts.real.environments import ROOT
from scripts.real.github import GitHub, serving
from scripts.real.github_answers import Pull
from scripts.real.life_steps import NEW_PROMPT, PEOPLE, PULL, ROBOT, Life, keys
from scripts.real.processes import stop
from scripts.real.registry import Registry
from scripts.real.transcript import Desk

PAGE: Final = ROOT / "docs" / "change-life.md"
_HERE: Final = Path(__file__).parent
_TOKENS: Final = {f"ghp-{who}": f"{who}-acme" for who in PEOPLE} | {"ghp-robot": "robot-acme"}
_OLD: Final = "You answer customers of Acme about orders.\nBe polite, thorough and complete.\n"
_TOLD: Final = (
    ("version", "llmops.prompt.version_share", "ratio", "1"),
    ("schema", "llmops.schema_valid_ratio", "ratio", "1"),
    ("refused", "llmops.refusal_ratio", "ratio", "1"),
    ("seconds", "gen_ai.client.operation.duration", "p50", "s"),
)
_DIMS: Final = 'labels = { "gen_ai.prompt.version" = "version" }\ndims = ["gen_ai.prompt.version"]'
# libfaketime is to move the time of day alone: not how long something takes, nor when a file was written
_STEADY: Final = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
HEAD: Final = """
# The life of a prompt change, as it was typed

Written by `python -m scripts.real.life --write`; the test `tests/real/test_change_life.py` runs the same. A real MLflow
holds the prompt, a server on loopback that answers as GitHub's published schemas say holds its pull request. `llmops`
is the account that collects and owns the store; Ada (owner), Ben and Jonas (author) have accounts and SSH keys of their
own. Classes, evidence, quorums and watch windows are the defaults of [changes.md](changes.md); `require_signature` is
on. Every command was typed in a terminal of its own. Scores and hourly figures are made up; every program that they go
through is real. To let the watch window of 24 hours pass, the clock that the last
commands see was set ahead with `faketime`; until then nothing is moved.
"""


@contextmanager
def living(mlflow: str) -> Iterator[Life]:
    """Give a life about to begin: accounts, keys, a prompt whose version 12 is in production, a pull request for 13."""
    now, site = datetime.now(UTC), GitHub(dict(_TOKENS))
    registry = Registry(mlflow, "checkout-bot-answers", "checkout-bot")
    with accounts.accounts((ROBOT, *PEOPLE), _STEADY) as made, serving(site):
        experiment = _registered(registry)
        try:
            yield _life(made, registry, experiment, site, now)
        finally:
            registry.remove(experiment)


def _registered(registry: Registry) -> str:
    """Write twelve versions, the last in production, and give the experiment that versions are evaluated in."""
    registry.create()
    for number in range(1, 12):
        registry.version(f"{_OLD}Revision {number}.\n", "jonas-acme", f"revision {number}")
    registry.move(registry.version(_OLD, "jonas-acme", "say who we are"))
    return registry.experiment()


def _life(made: Accounts, registry: Registry, experiment: str, site: GitHub, now: datetime) -> Life:
    """Write files, keys and the configuration."""
    site.pulls[PULL] = Pull(
        PULL, "Answer in three sentences", "jonas-acme", ["a" * 40, "b" * 40], ("prompts/answers.txt",),
        opened=f"{now:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip
    prompt, told = made.write("jonas", "answers.txt", NEW_PROMPT), made.place / "telemetry.csv"
    telemetry.write(told, telemetry.before(now), now, "12")
    config = made.write(ROBOT, "config.toml", _configuration(made, registry, site, told))
    known = replace(made, environ={**made.environ, "LLMOPS_TUI_CONFIG": str(config)})
    shown = {
        registry.url: "http://127.0.0.1:5000",
        site.url: "http://127.0.0.1:8080",
        str(made.place): "/home",
        made.mark: "",
    }
    return Life(Desk(known, shown), registry, experiment, site, prompt, told)


def _configuration(made: Accounts, registry: Registry, site: GitHub, told: Path) -> str:
    signers = made.write(ROBOT, "allowed_signers", keys(made))
    part = (_HERE / "life_telemetry.toml").read_text()
    names = ("NAME", "METRIC", "STAT", "UNIT")
    parts = [
        _filled(part, {**dict(zip(names, each, strict=True)), "FILE": str(told), "DIMS": _DIMS if not at else ""})
        for at, each in enumerate(_TOLD)
    ]
    words = {
        "STORE": str(made.home(ROBOT) / "store"), "GROUP": made.group, "MARK": made.mark, "SIGNERS": str(signers),
        "MLFLOW": registry.url, "PROMPT": registry.prompt, "GITHUB": site.url, "TELEMETRY": "".join(parts),
    }  # fmt: skip
    return _filled((_HERE / "life.toml").read_text(), words)


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def main() -> int:
    """Live it, and print the page or write it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.real.life", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)} instead of printing it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = servers.mlflow(Path(folder))
        try:
            with living(server.url) as life:
                for step in life.steps():
                    print(f"life: {step.title}", file=sys.stderr, flush=True)
                page = life.desk.page(HEAD)
        finally:
            stop(server)
    if args.write:
        PAGE.write_text(page)
    else:
        print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
