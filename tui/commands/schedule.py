"""``llmops-tui schedule``: print systemd units or crontab lines that collect regularly; nothing is installed."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui.text import printable

if TYPE_CHECKING:
    from tui.settings import Config
    from tui.units import Command, Slots


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the scheduler to write for."""
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--systemd", action="store_true", help="a user service that runs collect --follow")
    kind.add_argument("--crontab", "--cron", action="store_true", help="crontab lines, one for each schedule")
    parser.add_argument("--timer", action="store_true", help="with --systemd: timers that run collect once per slot")


def run(args: argparse.Namespace) -> int:
    """Print the units for the configuration in force."""
    from store.errors import ConfigError
    from tui import settings, units

    config = settings.load(args.config, os.environ)
    slots = _slots(config)
    if not slots:
        raise ConfigError([f"{config.path}: no enabled [[sources]]; there is nothing to collect regularly"])
    command = _command(config)
    group = config.store.group if config.store.mode == "group" else ""
    if args.crontab:
        lines = units.crontab(command, slots)
    elif args.timer:
        lines = units.timers(command, slots, group)
    else:
        lines = units.service(command, group)
    sys.stdout.write("".join(f"{printable(line, 10_000)}\n" for line in lines))
    return 0


def program() -> Path:
    """Find the installed command: the one that runs now, the one beside this Python, or the one on the path."""
    running = Path(sys.argv[0])
    beside = Path(sys.executable).parent / "llmops-tui"
    on_path = shutil.which("llmops-tui")
    if running.name == "llmops-tui" and running.exists():
        return running.absolute()
    return beside if beside.exists() or not on_path else Path(on_path).absolute()


def _slots(config: "Config") -> "list[Slots]":
    from tui.units import Slots

    groups: dict[tuple[str, str], list[str]] = {}
    for source in config.sources:
        if source.enabled:
            groups.setdefault((source.schedule, source.timezone), []).append(source.name)
    return [Slots(schedule, timezone, tuple(names)) for (schedule, timezone), names in groups.items()]


def _command(config: "Config") -> "Command":
    from tui.secret_fields import references
    from tui.units import Command

    held = [*(source.options for source in config.sources), config.watch]
    names = (ref.target[0] for each in held for _, ref in references(each) if ref.kind == "env")
    return Command(program(), config.path, tuple(dict.fromkeys(names)))
