"""Define the options of a Bedrock source."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from collectors.access import Access
from store.values import Duration

_HOUR: Final = Duration(3600)
_REGION: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+-[0-9]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    Metrics are routed by ``model`` (the id or ARN that requests name), costs by ``service``, ``usage_type`` or, with
    ``tag``, by that cost allocation tag. ``invocations`` says what CloudWatch counts as one: the vendor's page said
    ``successful`` once and says ``accepted`` now, failed ones included. Costs are off until they are asked for: each
    request to Cost Explorer costs USD 0.01. ``services`` are the names on the bill; without any they are looked up.
    """

    region: str
    metrics: bool = True
    models: tuple[str, ...] = ()
    interval: Duration = _HOUR
    invocations: Literal["accepted", "successful"] = "accepted"
    costs: bool = False
    tag: str = ""
    services: tuple[str, ...] = ()
    url: str = ""
    costs_url: str = "https://ce.us-east-1.amazonaws.com"
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse what asks for nothing and what CloudWatch would refuse; without a url, give that of the region."""
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"expected a region such as eu-central-1, found {self.region[:40]!r}")
        if not self.metrics and not self.costs:
            raise ValueError("expected metrics or costs, found neither")
        if self.interval.seconds < 60 or 86_400 % self.interval.seconds or self.interval.seconds % 60:
            raise ValueError(
                f"expected an interval of whole minutes that a day is a multiple of, found {self.interval}"
            )
        if not self.url:  # screens and doctor name a source by its url, so it is one even where it was not written
            address = f"https://monitoring.{self.region}.amazonaws.com" if self.metrics else self.costs_url
            object.__setattr__(self, "url", address)
