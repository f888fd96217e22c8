"""The example configuration is code: it is read, its commented defaults are the defaults, and it names everything."""

import dataclasses
import re
import types
import typing
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.delivery.settings import DeliverySettings
from collectors.settings import Collection, SourceSettings, Watch, collector, kinds
from operations.changes.classes import DEFAULTS, rule_of
from operations.changes.settings import Settings as Changes
from operations.detection import Settings as Detection
from operations.evaluators import GateSettings, Judge, Suite
from operations.given import Given
from operations.modes import Settings as Modes
from operations.settings import Maintenance, Person, Portfolio, System, Threshold
from store.document import read
from store.errors import ConfigError
from store.settings import AuditSettings, StoreSettings
from tui import cli
from tui.settings import SECTIONS, Config, load
from tui.viewing import InterfaceSettings

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
DEFAULT = re.compile(r'^#(?=(?:[\w.]+|"[^"]+") = )', re.MULTILINE)
SECTION_KINDS = (
    ("portfolio", Portfolio),
    ("people", Person),
    ("systems", System),
    ("sources", SourceSettings),
    ("thresholds", Threshold),
    ("signals", Given),
    ("detection", Detection),
    ("judges", Judge),
    ("suites", Suite),
    ("gates", GateSettings),
    ("modes", Modes),
    ("maintenance", Maintenance),
    ("changes", Changes),
    ("delivery", DeliverySettings),
    ("store", StoreSettings),
    ("interface", InterfaceSettings),
    ("collection", Collection),
    ("watch", Watch),
    ("audit", AuditSettings),
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example with every commented default un-commented."""
    path = tmp_path_factory.mktemp("example") / "config.toml"
    path.write_text(DEFAULT.sub("", EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def _sections(config: Config) -> list[Any]:
    return [getattr(config, name) for name in SECTIONS]


def test_the_example_is_a_correct_configuration() -> None:
    config = load(EXAMPLE, {})
    assert len(config.systems) == 2


def test_the_defaults_it_shows_are_the_defaults(bare: Path) -> None:
    assert len(DEFAULT.findall(EXAMPLE.read_text(encoding="utf-8"))) > 80
    assert _sections(load(bare, {})) == _sections(load(EXAMPLE, {}))


def test_its_classes_of_changes_are_the_table_that_holds_by_default() -> None:
    settings = load(EXAMPLE, {}).changes
    assert {name: rule_of(name, settings) for name in DEFAULTS} == DEFAULTS


def test_it_names_every_kind_of_source() -> None:
    assert {source.kind for source in load(EXAMPLE, {}).sources} == set(kinds())


def test_it_names_every_key_of_every_section_and_kind(bare: Path) -> None:
    table = read(bare).table
    named: dict[type[Any], set[str]] = defaultdict(set)
    for section, kind in SECTION_KINDS:
        found = table[section]
        for each in found if isinstance(found, list) else [found]:
            _note(kind, each, named)
    for source in table["sources"]:
        _note(collector(source["kind"]).Settings, source["options"], named)
    absent = {
        f"{kind.__module__}.{kind.__name__}.{field.name}"
        for kind, names in named.items()
        for field in dataclasses.fields(kind)
        if field.name not in names
    }
    assert absent == set()
    assert {section for section, _ in SECTION_KINDS} == set(SECTIONS)


def test_no_secret_stands_in_it() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for value in re.findall(r"^(?:token|ping|\w*password) = (.+)$", text, re.MULTILINE):
        assert re.match(r"""["'](env|file|cmd|keyring):""", value)


def _note(annotation: Any, value: Any, named: dict[type[Any], set[str]]) -> None:
    """Note the keys that a table gives to a dataclass, and those of the tables in it."""
    if get_origin(annotation) in (typing.Union, types.UnionType):
        for member in get_args(annotation):
            _note(member, value, named)
    elif get_origin(annotation) is tuple and isinstance(value, list):
        for each in value:
            _note(get_args(annotation)[0], each, named)
    elif dataclasses.is_dataclass(annotation) and isinstance(annotation, type) and isinstance(value, dict):
        named[annotation] |= set(value)
        hints = typing.get_type_hints(annotation)
        for key, each in value.items():
            _note(hints[key], each, named)


def test_what_config_show_prints_of_it_is_the_same_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(re.sub(r"'cmd:.*'", '"env:VENDOR"', text), encoding="utf-8")  # arguments of commands are not shown
    assert cli.main(["config", "show", str(first)]) == 0
    second.write_text(capsys.readouterr().out, encoding="utf-8")
    assert _sections(load(second, {})) == _sections(load(first, {}))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_changed_in_it_is_read_or_refused_with_lines(tmp_path: Path, data: st.DataObject) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        key, _, _ = lines[number].lstrip("#").partition("=")
        value = data.draw(
            st.sampled_from(["3", '""', '"\\u0000"', "true", "[]", "{}", "[{}]", "nan", "-1", "2026-01-01", '"', "["])
        )
        other = lines[data.draw(st.integers(0, len(lines) - 1))]
        lines[number] = data.draw(st.sampled_from([f"{key}= {value}", "", other, f"{lines[number]}{value}"]))
    path = tmp_path / "config.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    mistakes = ["(line 0)"]
    try:
        load(path, {})
    except ConfigError as error:
        mistakes = error.mistakes
    assert mistakes
    # A section that is not there has no line.
    assert all("(line " in mistake or mistake.startswith("portfolio: missing") for mistake in mistakes)
