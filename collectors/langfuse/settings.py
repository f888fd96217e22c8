"""Define the options of a Langfuse source and which of a project's rows belong to which system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal

from collectors.access import Access
from store.values import Duration

_HOUR: Final = Duration(3600)
GRANULARITIES: Final[Mapping[int, str]] = {3600: "hour", 86_400: "day"}


@dataclass(frozen=True, slots=True)
class Scorer:
    """A score (``*`` allowed in its name) and its scale; ``good`` are the categories that count as passed."""

    name: str
    scale_min: float = 0.0
    scale_max: float = 1.0
    higher_is_better: bool = True
    good: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: one key pair reads one project.

    ``by`` says what tells the systems of a project apart, and is then the route's label: the ``environment``, the name
    of the ``trace`` or a ``tag``, one of ``tags``; each tag is asked for by itself. A prompt belongs to the system that
    one of its tags, its first folder or its name is routed to.

    ``environments`` narrows everything down; without it, what Langfuse runs itself (evaluators, experiments) counts as
    no request and no score, only as cost. ``candidate`` is the label of prompt versions that wait for ``production``.
    Scores that ``scorers`` do not name are taken to be from 0 to 1.
    """

    url: str = "https://cloud.langfuse.com"
    by: Literal["project", "environment", "trace", "tag"] = "project"
    tags: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    types: tuple[str, ...] = ("GENERATION",)
    interval: Duration = _HOUR
    suite: str = "online"
    scorers: tuple[Scorer, ...] = ()
    prompts: tuple[str, ...] = ("*",)
    production: str = "production"
    candidate: str = "latest"
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse an interval that Langfuse has no buckets of, and tags without a use for them."""
        if self.interval.seconds not in GRANULARITIES:
            raise ValueError(f"expected an interval of 1h or 1d, found {self.interval}")
        if bool(self.tags) != (self.by == "tag"):
            raise ValueError('expected tags together with by = "tag", found one without the other')

    @property
    def api(self) -> str:
        """Give the address of the public API."""
        return f"{self.url.rstrip('/')}/api/public"

    def scorer(self, name: str) -> Scorer:
        """Give the declared scorer of a score, or one from 0 to 1."""
        return next((each for each in self.scorers if fnmatchcase(name, each.name)), Scorer(name))

    def has_prompt(self, name: str) -> bool:
        """Tell whether a prompt is to be watched."""
        return any(fnmatchcase(name, pattern) for pattern in self.prompts)
