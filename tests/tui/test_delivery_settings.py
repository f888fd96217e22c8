"""What is wrong with ``[[delivery]]`` is told with its place: unknown sources, kinds, the collector's own token."""

from pathlib import Path

import pytest

from store.errors import ConfigError
from tui.settings import load

BASE = """\
[portfolio]
name = "Acme"
[[people]]
name = "Ada"
[[systems]]
name = "bot"
owner = "Ada"
[[sources]]
name = "hub"
kind = "github"
system = "bot"
[sources.options]
repositories = ["acme/bots"]
[sources.options.access]
token = "env:COLLECTOR"
[[sources]]
name = "files"
kind = "focus"
system = "bot"
[sources.options]
path = "*.csv"
"""


def entry(source: str, token: str = "env:MINE") -> str:  # noqa: S107  # a reference
    return f'[[delivery]]\nsource = "{source}"\n[delivery.access]\ntoken = "{token}"\n'


def mistakes(folder: Path, text: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(BASE + text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return caught.value.mistakes


def test_a_source_of_a_kind_that_takes_decisions_can_be_delivered_to(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BASE + entry("hub"))
    (delivery,) = load(path, {}).delivery
    assert (delivery.source, delivery.enabled) == ("hub", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (entry("hubb"), "delivery[0].source (line 23): no source has this name; did you mean 'hub'?"),
        (entry("files"), "delivery[0].source (line 23): expected a source of the kind github, gitlab, mlflow"),
        (entry("hub") + entry("hub", "env:OTHER"), "delivery[1].source (line 27): 'hub' stands in two [[delivery]]"),
        (
            entry("hub", "env:COLLECTOR"),
            "delivery[0].access.token (line 25): expected a token of the person who decides, found the one that",
        ),
        ('[[delivery]]\nsource = "hub"\naccess = {}\n', "expected access with a token of the person"),
        (entry("hub", "ghp_literal"), "delivery[0].access.token (line 25): expected a reference"),
    ],
)
def test_each_mistake_has_its_place(tmp_path: Path, text: str, words: str) -> None:
    (mistake,) = mistakes(tmp_path, text)
    assert words in mistake
    assert "ghp_literal" not in mistake
