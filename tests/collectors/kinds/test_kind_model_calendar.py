"""Model calendar: days of retirement and release from two forms of file, and what is no date."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.model_calendar import Settings
from store.errors import SourceError
from store.records import ModelDates, Parsed, Rejected

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW, NOW)


def _read(read_one: Any, one_system: Source, body: Any, *models: str, providers: tuple[str, ...] = ("*",)) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    settings = Settings("calendar.json", models or ("*",), providers)
    return read_one("model_calendar", content, settings, one_system, WINDOW, name="calendar.json")


@pytest.fixture
def price_map(fixtures: Path) -> bytes:
    return (fixtures / "model_calendar" / "price_map.json").read_bytes()


def test_the_day_of_a_price_map_is_the_day_from_which_calls_fail(
    read_one: Any, one_system: Source, price_map: bytes
) -> None:
    found = _read(read_one, one_system, price_map)
    assert [each for each in found if isinstance(each, ModelDates)] == [
        ModelDates("openai", "north-2026-01-15", retires_on=date(2027, 1, 15)),
        ModelDates("azure", "north-2026-01-15", retires_on=date(2027, 3, 31)),
        ModelDates("azure", "eu/north-2026-01-15", retires_on=date(2027, 3, 31)),
        ModelDates("vertex_ai-language-models", "harbour", retires_on=date(2027, 5, 7)),
    ]


def test_a_date_that_is_prose_is_set_aside_and_the_explanation_is_no_model(
    read_one: Any, one_system: Source, price_map: bytes
) -> None:
    (prose,) = (each for each in _read(read_one, one_system, price_map) if isinstance(each, Rejected))
    assert prose.reason.startswith("harbour-old: deprecation_date: expected a time")
    assert prose.raw == '[null, "not before spring"]'


def test_models_dev_gives_days_of_release_and_a_month_is_its_first_day(
    read_one: Any, one_system: Source, fixtures: Path
) -> None:
    assert _read(read_one, one_system, (fixtures / "model_calendar" / "api.json").read_bytes()) == [
        ModelDates("openai", "north-2026-01-15", released_on=date(2026, 1, 15)),
        ModelDates("openai", "north-mini", released_on=date(2025, 7, 1)),
        ModelDates("router", "openai/north-mini", released_on=date(2025, 7, 2)),
    ]


@pytest.mark.parametrize(
    ("models", "providers", "named"),
    [
        (("north*",), ("*",), ["openai", "azure"]),
        (("azure/north*",), ("*",), ["azure"]),
        (("*",), ("open*", "vertex_ai*"), ["openai", "vertex_ai-language-models"]),
        (("south*",), ("*",), []),
    ],
)
def test_only_models_and_providers_that_matter_are_stored_or_set_aside(
    models: tuple[str, ...],
    providers: tuple[str, ...],
    named: list[str],
    read_one: Any,
    one_system: Source,
    price_map: bytes,
) -> None:
    found = _read(read_one, one_system, price_map, *models, providers=providers)
    dated = [each.provider for each in found if isinstance(each, ModelDates) and not each.model.startswith("eu/")]
    assert dated == named
    assert any(isinstance(each, Rejected) for each in found) == ("vertex_ai*" in providers)


@pytest.mark.parametrize("written", ["2026-13-45", "1969-01-01", 20270115, True, "2027-1-5", ["2027-01-15"], ""])
def test_what_is_no_day_is_set_aside_and_the_others_are_not(written: Any, read_one: Any, one_system: Source) -> None:
    body = {
        "bad": {"litellm_provider": "openai", "deprecation_date": written},
        "good": {"litellm_provider": "openai", "deprecation_date": "2027-01-15"},
    }
    found = _read(read_one, one_system, body)
    assert [type(each) for each in found] == [Rejected, ModelDates]
    assert found[0].reason.startswith("bad: deprecation_date: ")


def test_of_two_days_for_one_model_the_earlier_counts(read_one: Any, one_system: Source) -> None:
    days = ("2027-05-07", "2027-05-28")
    for first, second in (days, days[::-1]):
        body = {
            "gemini/x": {"litellm_provider": "gemini", "deprecation_date": first},
            "x": {"litellm_provider": "gemini", "deprecation_date": second},
        }
        assert _read(read_one, one_system, body) == [ModelDates("gemini", "x", retires_on=date(2027, 5, 7))]


def test_a_name_is_cut_at_its_provider_only(read_one: Any, one_system: Source) -> None:
    keys = ("maker/one", "together_ai/maker/two", "together_ai/", "/three")
    body = {key: {"litellm_provider": "together_ai", "deprecation_date": "2027-01-15"} for key in keys}
    found = [each.model for each in _read(read_one, one_system, body)]
    assert found == ["maker/one", "maker/two", "together_ai/", "/three"]


@pytest.mark.parametrize("body", [{}, {"a": {"b": 1}}, {"a": 1}, [], b"<html>", b""])
def test_a_file_of_another_form_is_set_aside(body: Any, read_one: Any, one_system: Source) -> None:
    (found,) = _read(read_one, one_system, body)
    assert isinstance(found, Rejected)
    assert found.reason.startswith("calendar.json: ")


def test_a_file_that_did_not_change_is_read_again(
    tmp_path: Path, gather: Callable[..., list[Parsed]], one_system: Source, price_map: bytes
) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(price_map)
    later = Window(NOW + timedelta(days=900), NOW + timedelta(days=901), NOW + timedelta(days=901))
    assert len(gather("model_calendar", Settings(str(path), models=("north*",)), later, one_system)) == 2


def test_a_file_that_is_not_there_is_an_error(
    tmp_path: Path, gather: Callable[..., list[Parsed]], one_system: Source
) -> None:
    with pytest.raises(SourceError, match="no such file"):
        gather("model_calendar", Settings(str(tmp_path / "map.json")), WINDOW, one_system)
