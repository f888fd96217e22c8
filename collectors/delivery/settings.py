"""Define the ``[[delivery]]`` section: at which sources decisions are carried out, and as whom."""

from dataclasses import dataclass
from typing import Final

from collectors.access import Access

KINDS: Final = ("github", "gitlab", "mlflow", "servicenow")
"""Kinds of source at which decisions can be carried out."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """One ``[[delivery]]`` entry: decisions on changes of this source are carried out there.

    ``access`` is that of the person who decides, never the collector's: ``token = "env:MY_TOKEN"`` is looked up in the
    environment of whoever runs the command. Address and other options are the source's own.
    """

    source: str
    access: Access
    enabled: bool = True

    def __post_init__(self) -> None:
        """Refuse an access that nobody could be known by."""
        if not (self.access.token or self.access.password or self.access.headers):
            raise ValueError('expected access with a token of the person, such as token = "env:MY_TOKEN"')
