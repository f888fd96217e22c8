"""Define the options of an Azure source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.access import Access
from store.values import Duration

_HOUR: Final = Duration(3600)
GRAINS: Final[Mapping[int, str]] = {
    60: "PT1M",
    300: "PT5M",
    900: "PT15M",
    1_800: "PT30M",
    3_600: "PT1H",
    21_600: "PT6H",
    43_200: "PT12H",
    86_400: "P1D",
}
"""The intervals that Azure Monitor knows, by seconds, as it writes them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``resources`` are the ids of Azure OpenAI or Foundry accounts whose metrics are read; they are routed by
    ``deployment``, ``model`` or ``resource`` (the account's name in lower case). ``costs`` is the scope whose costs are
    read: a subscription, a resource group, or with ``tag`` anything above; they are routed by ``resource`` or that tag.
    """

    url: str = "https://management.azure.com"
    resources: tuple[str, ...] = ()
    interval: Duration = _HOUR
    costs: str = ""
    tag: str = ""
    resource_types: tuple[str, ...] = ("microsoft.cognitiveservices/accounts",)
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse what asks for nothing, and what is no place in Azure."""
        if not self.resources and not self.costs:
            raise ValueError("expected resources or a scope for costs, found neither")
        for each in (*self.resources, *([self.costs] if self.costs else [])):
            if not each.startswith(("/subscriptions/", "/providers/")):
                raise ValueError(f"expected an id that starts with /subscriptions/ or /providers/, found {each[:60]!r}")
        if self.interval.seconds not in GRAINS:
            raise ValueError(f"expected an interval of 1m, 5m, 15m, 30m, 1h, 6h, 12h or 1d, found {self.interval}")

    def address(self, place: str) -> str:
        """Write the address of a place below the resource manager."""
        return f"{self.url.rstrip('/')}{place.rstrip('/')}/providers"


def named(resource: str) -> str:
    """Give the name of a resource: the last part of its id, which Azure writes in either case."""
    return resource.rstrip("/").rpartition("/")[2].lower()
