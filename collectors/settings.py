"""Define the ``[[sources]]``, ``[collection]`` and ``[watch]`` sections and find the kinds of source that exist."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import collectors.kinds
from collectors.base import Collector
from collectors.foreign import Foreign
from collectors.secrets import SecretRef
from store.values import Duration

EXAMPLES: Final = Path(__file__).with_name("examples")

_CONNECT: Final = Duration(5)
_READ: Final = Duration(15)
_TOTAL: Final = Duration(30)
_SOURCE: Final = Duration(120)


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """Options under ``[sources.route]``: the label whose value tells the system, and which value is which system."""

    label: str
    systems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Options under ``[sources.limits]``: what one source may cost in time and size."""

    connect: Duration = _CONNECT
    read: Duration = _READ
    total: Duration = _TOTAL
    source: Duration = _SOURCE
    body_bytes: int = 32 * 1024 * 1024
    rows: int = 1_000_000
    pages: int = 1_000
    tries: int = 3
    concurrency: int = 2


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[sources]]`` entry: a place to collect from, when, and which system its rows belong to.

    ``options`` are the kind's own ``Settings``. ``first``, ``restate`` and ``lag`` replace the kind's defaults.
    """

    name: str
    kind: str
    schedule: str = "*/15 * * * *"
    timezone: str = "UTC"
    system: str = ""
    route: RouteSettings | None = None
    options: Any = None
    first: Duration | None = None
    restate: Duration | None = None
    lag: Duration | None = None
    limits: Limits = Limits()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Collection:
    """Options under ``[collection]``: how many sources at once, and how many on one host."""

    concurrency: int = 8
    per_host: int = 2


@dataclass(frozen=True, slots=True)
class Watch:
    """Options under ``[watch]``: how others notice that collecting fails, or has stopped.

    ``ping`` refers to the address of a watching service, which is a secret: whoever has it can say that all is well.
    ``textfile`` is written for a node exporter; its name ends in ``.prom``.
    """

    ping: SecretRef | None = None
    textfile: Path | None = None


def kinds() -> tuple[str, ...]:
    """Name every kind of source: the modules in ``collectors/kinds``."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(collectors.kinds.__path__)))


def example(kind: str) -> str:
    """Give the commented example of a kind's table."""
    return EXAMPLES.joinpath(f"{kind}.toml").read_text(encoding="utf-8")


def collector(kind: str) -> Collector:
    """Load the module of a kind that exists."""
    return cast("Collector", importlib.import_module(f"collectors.kinds.{kind}"))


def collector_of(source: SourceSettings) -> Collector:
    """Give what collects a source: the module of its kind, or the process that runs a kind of another package."""
    return collector(source.kind) if source.kind in kinds() else Foreign(source)
