"""Check what is configured of delivery: known sources of kinds that take decisions, and no token of a collector."""

from collections.abc import Mapping
from typing import Final

from collectors.delivery.settings import KINDS, DeliverySettings
from collectors.settings import SourceSettings
from store.decode import Mistakes, suggestion
from store.values import shown

_SECTION: Final = "delivery"


def check_delivery(
    entries: Mapping[int, DeliverySettings], sources: Mapping[int, SourceSettings], mistakes: Mistakes
) -> None:
    """Add what is wrong with the section."""
    known, met = {source.name: source for source in sources.values()}, set[str]()
    for index, entry in entries.items():
        source = known.get(entry.source)
        if words := _mistake(entry, source, known, met):
            mistakes.add((_SECTION, index, "source"), words)
        elif source is not None and _is_collectors(entry, source):
            words = "expected a token of the person who decides, found the one that the source is collected with"
            mistakes.add((_SECTION, index, "access", "token"), words)
        met.add(entry.source)


def _mistake(
    entry: DeliverySettings, source: SourceSettings | None, known: Mapping[str, SourceSettings], met: set[str]
) -> str:
    if source is None:
        return f"no source has this name{suggestion(entry.source, tuple(known))}"
    if source.kind not in KINDS:
        return f"expected a source of the kind {', '.join(KINDS)}, found {shown(source.kind)}: nothing is decided there"
    return f"{shown(entry.source)} stands in two [[delivery]] entries" if entry.source in met else ""


def _is_collectors(entry: DeliverySettings, source: SourceSettings) -> bool:
    access = getattr(source.options, "access", None)
    return access is not None and entry.access.token is not None and access.token == entry.access.token
