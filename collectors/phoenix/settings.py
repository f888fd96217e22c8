"""Define the options of a Phoenix source and how its names lead to systems."""

from dataclasses import dataclass, field

from collectors.access import Access
from collectors.base import Source
from collectors.naming import check_system, labelled, words
from collectors.scorers import Scorer, scorer_of
from collectors.steps import Step


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``*`` may stand in the names of projects, datasets and prompts.

    Rows go to the system that the route's label names: a key of that name in the metadata of the experiment, dataset
    or prompt, else what ``system`` (a regular expression) matches at the start of the project's, dataset's or prompt's
    name.
    """

    url: str
    projects: tuple[str, ...] = ("*",)
    datasets: tuple[str, ...] = ("*",)
    prompts: tuple[str, ...] = ("*",)
    production: tuple[str, ...] = ("production",)
    system: str = "[^/]+"
    interval: Step = "hour"
    scores: Step = "day"
    scorers: tuple[Scorer, ...] = ()
    ignore: tuple[str, ...] = ()
    judge: tuple[str, ...] = ("judge", "judge_model")
    judge_version: tuple[str, ...] = ("judge_version",)
    system_version: tuple[str, ...] = ("system_version", "prompt_version", "model")
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a pattern that is none."""
        check_system(self.system)

    @property
    def base(self) -> str:
        """Give the server's address without a slash at its end."""
        return self.url.rstrip("/")

    def labels(self, source: Source, name: str, *metadata: object) -> dict[str, str]:
        """Give the labels that route."""
        return labelled(source, self.system, name, *(words(each) for each in metadata))

    def scorer(self, name: str) -> Scorer | None:
        """Tell which score an annotation is; ``None`` when it is none."""
        return scorer_of(name, self.scorers, self.ignore)
