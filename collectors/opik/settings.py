"""Define the options of an Opik source and how its names lead to systems."""

from dataclasses import dataclass, field
from urllib.parse import quote

from collectors.access import Access
from collectors.base import Source
from collectors.naming import check_system, labelled, words
from collectors.scorers import Scorer, scorer_of
from collectors.steps import Step


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``*`` may stand in the names of projects and datasets.

    ``url`` is the address of the API, ``http://host:5173/api`` for an open source server, which needs neither token nor
    ``workspace``. Rows go to the system that the route's label names: a key of that name in an experiment's metadata,
    else what ``system`` (a regular expression) matches at the start of the project's name (of the dataset's, where an
    experiment has no project).
    """

    url: str = "https://www.comet.com/opik/api"
    workspace: str = ""
    projects: tuple[str, ...] = ("*",)
    datasets: tuple[str, ...] = ("*",)
    system: str = "[^/]+"
    interval: Step = "hour"
    scorers: tuple[Scorer, ...] = ()
    ignore: tuple[str, ...] = ()
    judge: tuple[str, ...] = ("judge", "judge_model")
    judge_version: tuple[str, ...] = ("judge_version",)
    system_version: tuple[str, ...] = ("system_version", "model")
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a pattern that is none."""
        check_system(self.system)

    @property
    def base(self) -> str:
        """Give the address of everything that is asked."""
        return f"{self.url.rstrip('/')}/v1/private"

    @property
    def site(self) -> str:
        """Give the address of the pages of the workspace; that of an open source server is called default."""
        return f"{self.url.rstrip('/').removesuffix('/api')}/{quote(self.workspace or 'default', safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        """Name the workspace, where there are several."""
        return {"Comet-Workspace": self.workspace} if self.workspace else {}

    def labels(self, source: Source, name: str, metadata: object = None) -> dict[str, str]:
        """Give the labels that route."""
        return labelled(source, self.system, name, words(metadata))

    def scorer(self, name: str) -> Scorer | None:
        """Tell which score a feedback score is; ``None`` when it is none."""
        return scorer_of(name, self.scorers, self.ignore)
