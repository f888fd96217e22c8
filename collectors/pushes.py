"""Tell how old a Pushgateway's values are: it shows for ever what was once pushed, each group with its push time."""

from collections.abc import Iterable, Mapping
from typing import Final

from collectors.exposition import Line

_TIME: Final = "push_time_seconds"


class Pushes:
    """The groups of a page and when each was last pushed; empty for a page that is no Pushgateway's."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Find the groups: the labels of a push time are those of its group, and every value of the group has them."""
        self._groups: dict[tuple[str, str], list[Line]] = {}
        for line in sorted(lines, key=lambda each: (-len(each.labels), each.value)):
            if line.name == _TIME:
                self._groups.setdefault(_place(line.labels), []).append(line)

    def time(self, line: Line) -> float | None:
        """Give when a line was pushed, in seconds since 1970; of several groups that fit, the one with most labels."""
        groups = self._groups.get(_place(line.labels), ())
        return next((each.value for each in groups if _fits(each.labels, line.labels)), None)


def _place(labels: Mapping[str, str]) -> tuple[str, str]:
    """Give the labels that every line of a Pushgateway has; an ``instance`` that nobody named is empty there."""
    return labels.get("job", ""), labels.get("instance", "")


def _fits(group: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(name, "") == value for name, value in group.items())
