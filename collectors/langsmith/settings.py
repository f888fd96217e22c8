"""Define the options of a LangSmith source and how its names lead to systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.access import Access
from collectors.answers import find
from collectors.base import Source
from collectors.naming import check_system, labelled, words
from collectors.scorers import Scorer, scorer_of
from store.values import Duration

_DAY: Final = Duration(86_400)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``*`` may stand in the names of projects, datasets and prompts.

    ``scope`` is LangSmith's own filter for the runs that count; as it is, those at the top of their traces. Rows go to
    the system that the route's label names: a key of that name in the metadata of the project, experiment or dataset,
    else what ``system`` (a regular expression) matches at the start of the project's, dataset's or prompt's name.
    """

    url: str = "https://api.smith.langchain.com"
    site: str = "https://smith.langchain.com"
    projects: tuple[str, ...] = ("*",)
    datasets: tuple[str, ...] = ("*",)
    prompts: tuple[str, ...] = ("*",)
    production: tuple[str, ...] = ("production",)
    system: str = "[^/]+"
    scope: str = "eq(is_root, true)"
    interval: Duration = _DAY
    scorers: tuple[Scorer, ...] = ()
    ignore: tuple[str, ...] = ()
    judge: tuple[str, ...] = ("judge", "judge_model")
    judge_version: tuple[str, ...] = ("judge_version",)
    system_version: tuple[str, ...] = ("system_version", "revision_id", "model")
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a pattern that is none and an interval that no day is made of."""
        check_system(self.system)
        if self.interval.seconds < 3_600 or _DAY.seconds % self.interval.seconds:
            raise ValueError(f"expected an interval that a day is a multiple of, from 1h to 1d, found {self.interval}")

    @property
    def api(self) -> str:
        """Give the address of the API."""
        return f"{self.url.rstrip('/')}/api"

    def labels(self, source: Source, name: str, *holders: Mapping[str, object]) -> dict[str, str]:
        """Give the labels that route: metadata of sessions stands in ``extra``, that of datasets by itself."""
        metadata = [words(find(each, "extra", "metadata") or each.get("metadata")) for each in holders]
        return labelled(source, self.system, name, *metadata)

    def scorer(self, name: str) -> Scorer | None:
        """Tell which score a feedback key is; ``None`` when it is none."""
        return scorer_of(name, self.scorers, self.ignore)
