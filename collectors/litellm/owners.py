"""Tell whose a key is: the labels by which rows of keys, teams and the metrics page alike lead to systems.

The names are those of the proxy's own metrics page (``team``, ``team_alias``, ``api_key_alias``), so that one route
serves both. None of them is stored but the team.
"""

from collections.abc import Mapping
from typing import Final

from collectors.answers import find, table, text

_TEAM: Final = ("team_id", "team_alias", "spend", "max_budget", "soft_budget")
_KEY: Final = ("team_id", "key_alias", "spend", "max_budget", "soft_budget", "litellm_budget_table")


def team_of(value: object) -> dict[str, object]:
    """Take of a team what is needed; the answer holds its members and their addresses too."""
    return _picked(table(value, "teams[]"), _TEAM)


def key_of(value: object) -> dict[str, object]:
    """Take of a key what is needed; the answer holds its hash and its user too."""
    return _picked(table(value, "keys[]"), _KEY)


def aliases_of(teams: list[object]) -> dict[str, str]:
    """Give the name of each team by its id."""
    found = [table(each, "teams[]") for each in teams]
    return {text(each.get("team_id"), "teams[].team_id"): _word(each, "team_alias") for each in found}


def labels_of(row: Mapping[str, object], aliases: Mapping[str, str]) -> dict[str, str]:
    """Give the labels of a team or of a key; what is not known is no label."""
    team = _word(row, "team_id")
    found = {"team": team, "team_alias": aliases.get(team, ""), "api_key_alias": _word(row, "key_alias")}
    return {name: value for name, value in found.items() if value}


def _word(row: Mapping[str, object], name: str) -> str:
    value = find(row, name)
    return "" if value is None else text(value, name)


def _picked(row: Mapping[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {name: row[name] for name in names if name in row}
