"""Set the stage: start every server of the demonstration on loopback and write its files."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collectors.demo import configuration, costs, model_calendar, result_files
from collectors.demo.alertmanager import Alertmanager
from collectors.demo.configuration import Addresses
from collectors.demo.mlflow import Mlflow
from collectors.demo.prometheus import Prometheus
from collectors.demo.stats import Stats
from collectors.demo.vllm import Vllm
from collectors.demo.web import Server
from collectors.demo.world import AHEAD, World
from store.errors import ConfigError

_NOTE: Final = "story.json"


@contextmanager
def served(world: World, clock: Callable[[], datetime]) -> Iterator[Addresses]:
    """Answer on six free ports until the context is left."""
    parts = (
        Prometheus(world, clock).answer,
        Vllm(world, "code-assist", clock).answer,
        Mlflow(world, clock).answer,
        Stats(world, clock).answer,
        Stats(world, clock, token=f"expired-{world.seed}").answer,
        Alertmanager(world, clock).answer,
    )
    with ExitStack() as stack:
        yield Addresses(*(stack.enter_context(Server(answer)).url for answer in parts))


def furnish(world: World, folder: Path, addresses: Addresses, now: datetime) -> Path:
    """Write cost, result and calendar files, the refused token and the configuration; give the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    refresh(world, folder, now)
    model_calendar.write(world, folder / model_calendar.FILE)
    token = folder / configuration.TOKEN_FILE
    token.touch(mode=0o600)
    token.write_text("a token that the portal no longer takes\n", encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(configuration.text(folder, addresses, now), encoding="utf-8")
    return path


def refresh(world: World, folder: Path, now: datetime) -> None:
    """Write what vendors and evaluation tools have left by now."""
    costs.write(world, folder / costs.FOLDER, now)
    result_files.write(world, folder / result_files.FOLDER, now)


def anchored(folder: Path, seed: int, now: datetime) -> datetime:
    """Give the hour that a folder's story is told from: the one it began with, or this one."""
    note = folder / _NOTE
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"seed": seed, "anchor": hour.isoformat()}), encoding="utf-8")
        return hour
    told = json.loads(note.read_text(encoding="utf-8"))
    anchor = datetime.fromisoformat(told["anchor"])
    if told["seed"] != seed or now - anchor > AHEAD:
        words = f"tells the story of seed {told['seed']} from {anchor:%Y-%m-%d %H:%M} UTC"
        raise ConfigError([f"{folder}: {words}; take another folder, or remove this one"])
    return anchor
