"""Read lists of what is wrong now: a row is an incident of a system, of nobody here, or set aside with its reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from collectors.answers import raw, table
from collectors.base import Source
from store.errors import SourceError
from store.records import Incident, IncidentLevel, Parsed, Rejected, Unrouted

Row = Mapping[str, object]
Labels = Mapping[str, str]

LEVELS: Final[Mapping[str, IncidentLevel]] = {"critical": "critical", "page": "critical", "warning": "warning"}
"""What words that tools use for severity mean here; any other is an information."""


def incidents(
    entries: Iterable[object],
    source: Source,
    labels_of: Callable[[Row], Labels],
    incident_of: Callable[[Row, Labels, str], Incident],
    kept: tuple[str, ...],
) -> Iterator[Parsed]:
    """Give one record a row; of a row set aside only the ``kept`` fields stay, because others may name people."""
    for entry in entries:
        try:
            row = table(entry, "an entry of the list")
            labels = labels_of(row)
            system = source.system_of(labels)
            if system is None:
                yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            else:
                yield incident_of(row, labels, system)
        except SourceError as error:
            shown = {name: entry.get(name) for name in kept} if isinstance(entry, dict) else entry
            yield Rejected(str(error), raw(shown))
