"""Say what the conformance test needs of a kind of source: settings, recorded answers, and a server that plays them."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from collectors.base import Answer, Route, Source, Window
from store.records import Change, CostLine, Evaluation, Incident, ModelDates, Parsed, Sample

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=22), NOW, NOW)
ONE = Source("recorded", Route(system="support-bot"))
NAMES = ("support-bot", "claims-triage", "legal-search", "code-assist")


@dataclass(frozen=True)
class Asked:
    """One question as it was put: ``sent`` are the parameters of a GET, the JSON or the form of a POST."""

    method: str
    path: str
    sent: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


Play = Callable[[Asked], bytes]
"""A server of a kind: the body of its answer to a question below its address; ``LookupError`` is a 404."""


def shown(record: Parsed) -> str:
    """Give the name that a record carries where the hostile names are put."""
    if isinstance(record, Sample):
        return next(iter(record.dims.values()))
    if isinstance(record, CostLine | ModelDates):
        return record.model
    if isinstance(record, Evaluation):
        return record.suite
    return record.title if isinstance(record, Change | Incident) else str(record)


@dataclass(frozen=True)
class Case:
    """A kind with settings for a place and the answers it was recorded with.

    ``make`` gives settings for an address (of files: a pattern). ``play`` answers what ``fetch`` asks for ``WINDOW``
    with something to store, ``silent`` the same with nothing in the window; kinds that read files have neither.
    ``maps`` are tables of free names. ``hostile`` gives an answer that carries a name, and what it is about; ``shown``
    finds that name in the one record it becomes. ``routes`` is false where rows belong to no system. Of a kind that reads
    files, ``files`` are those of its fixtures that it is given where they are not its answers, and ``pattern`` what
    ``make`` is given to find them.
    """

    make: Callable[[str], Any]
    answers: Callable[[], list[Answer]]
    hostile: Callable[[str], tuple[bytes, str]]
    play: Play | None = None
    silent: Play | None = None
    source: Source = ONE
    maps: frozenset[str] = frozenset()
    shown: Callable[[Parsed], str] = shown
    routes: bool = True
    files: tuple[str, ...] = ()
    pattern: str = "*"

    @property
    def is_http(self) -> bool:
        """Say whether the kind asks a server."""
        return self.play is not None


def case(kind: str) -> Case:
    """Give the case of a kind: ``CASE`` in the module of its name in ``cases``."""
    return cast("Case", importlib.import_module(f"tests.collectors.kinds.cases.{kind}").CASE)


def cases() -> dict[str, Case]:
    """Give all cases by kind."""
    folder = Path(__file__).with_name("cases")
    return {module.name: case(module.name) for module in pkgutil.iter_modules([str(folder)])}


def routed(label: str) -> Source:
    """Make a source whose rows belong to the systems that a label names."""
    return Source("recorded", Route(label=label, systems={name: name for name in NAMES}))


def recorded(kind: str, *names: str) -> list[Answer]:
    """Give recorded bodies as answers."""
    return [Answer((FIXTURES / kind / name).read_bytes(), WINDOW, name=name) for name in names]


def exchanged(path: Path) -> Play:
    """Answer as a recorded exchange did; a question that was never put is a ``KeyError``."""
    known = {
        (each["method"], each["path"], json.dumps(each["sent"], sort_keys=True)): json.dumps(each["answer"]).encode()
        for each in json.loads(path.read_text())
    }
    return lambda asked: known[asked.method, asked.path, json.dumps(asked.sent, sort_keys=True)]
