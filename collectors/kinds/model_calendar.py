"""Read when models are retired from a local file: LiteLLM's price map, or the api.json of models.dev.

Which of the two a file is, is seen from its content. LiteLLM's ``deprecation_date`` is taken as the day from which
calls fail (``retires_on``): for OpenAI's models it is the announced day of shutdown. When a vendor began to advise
against a model, the map does not say. models.dev has the day of release, and the word "deprecated" without a day, so
that word is not kept; a month stands for its first day.

A model is named as requests name it: the provider in front of a key of LiteLLM's map (``azure/gpt-4o``) is left out.
The file is read whole at each run. Nothing is fetched from the internet: how old the file is, is yours to watch.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import find, moment, parse_json, raw, table, text
from collectors.base import Answer, Kind, Reach, Source, Window
from store.errors import SourceError
from store.records import ModelDates, Parsed, Rejected

KIND: Final = Kind(
    "model dates",
    needs="to read the file; it can be downloaded without an account",
    limits="LiteLLM's price map or models.dev's api.json; models without a date are passed over",
)

_UTC: Final = ZoneInfo("UTC")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_EXPLANATION: Final = "sample_spec"


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the file, and which of its thousands of models matter (``*`` allowed).

    ``models`` and ``providers`` are written as in the file; the provider in front of a model may be left out. Dates
    belong to models and not to systems: neither ``system`` nor a route changes what is stored.
    """

    path: str
    models: tuple[str, ...] = ("*",)
    providers: tuple[str, ...] = ("*",)

    def matters(self, entry: "_Entry") -> bool:
        """Tell whether somebody asked for this model."""
        names = (entry.model, entry.key)
        is_named = any(fnmatchcase(name, pattern) for pattern in self.models for name in names)
        return is_named and any(fnmatchcase(entry.provider, pattern) for pattern in self.providers)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One model of a file, its dates as written."""

    key: str
    provider: str
    model: str
    released: object = None
    retires: object = None

    def dates(self) -> ModelDates:
        return ModelDates(
            self.provider,
            self.model,
            released_on=_day(self.released, "release_date"),
            retires_on=_day(self.retires, "deprecation_date"),
        )


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the file, whether it changed or not: other models may matter now."""
    async for name, body in reach.files.read(settings.path):
        yield Answer(body, window, name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:  # noqa: ARG001 - dates have no system
    """Give the dates of the models that matter; what cannot be believed is set aside and the others are not."""
    try:
        body = table(parse_json(answer.body), "the file")
        entries = _form(body)(body)
    except SourceError as error:
        yield Rejected(f"{answer.name}: {error}", answer.name)
        return
    found: dict[tuple[str, str], ModelDates] = {}
    for entry in entries:
        if (entry.released is None and entry.retires is None) or not settings.matters(entry):
            continue
        try:
            _keep(entry.dates(), found)
        except SourceError as error:
            yield Rejected(f"{entry.key}: {error}", raw([entry.released, entry.retires]))
    yield from found.values()


def _form(body: Mapping[str, object]) -> Callable[[Mapping[str, object]], Iterator[_Entry]]:
    if any(isinstance(find(each, "litellm_provider"), str) for each in body.values()):
        return _price_map
    if any(isinstance(find(each, "models"), dict) for each in body.values()):
        return _api
    raise SourceError("shape", "neither LiteLLM's price map nor the api.json of models.dev")


def _price_map(body: Mapping[str, object]) -> Iterator[_Entry]:
    """Give the models of LiteLLM's map; one entry of it explains the others and is no model."""
    for key, each in body.items():
        provider = find(each, "litellm_provider")
        if key == _EXPLANATION or not isinstance(provider, str):
            continue
        yield _Entry(key, provider, _bare(key, provider), retires=find(each, "deprecation_date"))


def _api(body: Mapping[str, object]) -> Iterator[_Entry]:
    """Give the models of every provider of models.dev."""
    for provider, each in body.items():
        models = find(each, "models")
        for model, entry in models.items() if isinstance(models, dict) else ():
            yield _Entry(f"{provider}/{model}", provider, model, released=find(entry, "release_date"))


def _bare(key: str, provider: str) -> str:
    """Leave out the provider in front of a model; ``vertex_ai-language-models`` writes ``vertex_ai/``."""
    head, _, rest = key.partition("/")
    return rest if rest and (provider == head or provider.startswith((f"{head}-", f"{head}_"))) else key


def _day(value: object, where: str) -> date | None:
    if value is None:
        return None
    written = text(value, where)
    return moment(f"{written}-01" if _MONTH.fullmatch(written) else written, where, zone=_UTC).date()


def _keep(dates: ModelDates, found: dict[tuple[str, str], ModelDates]) -> None:
    """Keep one record a model: a map may list it with and without its provider, and the earlier day counts."""
    identity = (dates.provider, dates.model)
    held = found.get(identity)
    if held is None or (dates.retires_on or date.max) < (held.retires_on or date.max):
        found[identity] = dates
