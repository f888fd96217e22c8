"""Define the options of an Anthropic source."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from collectors.access import Access


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``api`` chooses the reports that costs and usage are read from: ``admin`` (an Admin key, no counts of requests) or
    ``analytics`` (a beta; a key limited to ``read:analytics``, requests and list prices too). ``asks`` says what is
    read; ``limits`` are the configured rate limits, and ``models`` (deprecation and retirement) needs an ordinary API
    key, so it belongs into a source of its own. ``by`` is what rows are split by, and so what can route them: rows of
    the default workspace are ``default``, rows of no key (the console) ``none``. ``workspaces`` are those whose limits
    are asked, ``models`` those whose limits and dates are kept (``*`` allowed).
    """

    url: str = "https://api.anthropic.com"
    api: Literal["admin", "analytics"] = "admin"
    asks: tuple[Literal["costs", "usage", "limits", "models"], ...] = ("costs", "usage")
    by: tuple[Literal["workspace_id", "api_key_id"], ...] = ("workspace_id",)
    interval: Literal["1m", "1h", "1d"] = "1h"
    workspaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ("*",)
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a split that the cost report does not have."""
        if "api_key_id" in self.by and "costs" in self.asks and self.api == "admin":
            raise ValueError('expected api = "analytics" for costs by api_key_id: the Admin report has workspaces only')

    def is_wanted(self, model: str) -> bool:
        """Say whether the limits and dates of a model are kept."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)
