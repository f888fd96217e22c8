"""Give the days from which models behind the proxy fail, as its price map or its configuration says."""

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import Doubtful, find, moment, raw, rows, table, text
from store.records import ModelDates, Rejected

_UTC: Final = ZoneInfo("UTC")
_LISTS: Final = ("deprecated", "imminent", "upcoming")


def dates(body: Mapping[str, object]) -> Iterator[ModelDates | Rejected]:
    """Give each model once, with the earliest of its days: several names of the proxy may lead to one model."""
    found: dict[tuple[str, str], ModelDates] = {}
    for name in _LISTS:
        for entry in rows(body.get(name), name):
            row = table(entry, f"{name}[]")
            try:
                day = moment(row.get("deprecation_date"), "deprecation_date", zone=_UTC).date()
            except Doubtful as error:
                yield Rejected(str(error), raw(row))
                continue
            model = ModelDates(*_model(row), retires_on=day, replacement=_word(row, "successor_model"))
            known = found.get((model.provider, model.model), model)
            found[model.provider, model.model] = min(known, model, key=lambda each: f"{each.retires_on}")
    yield from found.values()


def _model(row: Mapping[str, object]) -> tuple[str, str]:
    """Name provider and model as spend does: ``openai/x`` is ``x`` of ``openai``."""
    name = _word(row, "litellm_model") or text(row.get("model_name"), "model_name")
    provider = _word(row, "litellm_provider") or (name.split("/", 1)[0] if "/" in name else "")
    return provider, name.removeprefix(f"{provider}/")


def _word(row: Mapping[str, object], name: str) -> str:
    value = find(row, name)
    return "" if value is None else text(value, name)
