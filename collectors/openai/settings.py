"""Define the options of an OpenAI source."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from collectors.access import Access

Report = Literal[
    "completions", "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions", "decisions"
]


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``asks`` says what is read; ``limits`` are the rate limits of projects, and ``models`` (shutdown dates) needs the
    key of a project instead of an admin key, so it belongs into a source of its own. ``by`` is what rows are split by,
    and so what can route them. ``projects`` asks for these projects only. ``models`` names those whose limits and dates
    are kept (``*`` allowed).
    """

    url: str = "https://api.openai.com/v1"
    asks: tuple[Literal["costs", "usage", "limits", "models"], ...] = ("costs", "usage")
    by: tuple[Literal["project_id", "api_key_id"], ...] = ("project_id",)
    usage: tuple[Report, ...] = ("completions", "embeddings")
    interval: Literal["1m", "1h", "1d"] = "1h"
    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ("*",)
    access: Access = field(default_factory=Access)

    def is_wanted(self, model: str) -> bool:
        """Say whether the limits and dates of a model are kept."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)
