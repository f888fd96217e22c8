"""Define the options of an MLflow source and how its names lead to systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.access import Access
from collectors.base import Source
from collectors.naming import check_system, labelled
from collectors.scorers import Scorer, scorer_of
from store.values import Duration

_HOUR: Final = Duration(3600)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``*`` may stand in the names of experiments and models.

    Rows go to the system that the route's label names: a tag of that key on the run, experiment or model, else what
    ``system`` (a regular expression) matches at the start of the experiment's or model's name.
    """

    url: str
    experiments: tuple[str, ...] = ("*",)
    traces: tuple[str, ...] = ("*",)
    models: tuple[str, ...] = ("*",)
    production: tuple[str, ...] = ("production", "champion")
    system: str = "[^/]+"
    interval: Duration = _HOUR
    scorers: tuple[Scorer, ...] = ()
    ignore: tuple[str, ...] = ("*cost*", "*latency*", "*tokens*", "*/p90", "*/variance", "system/*")
    suite: tuple[str, ...] = ("suite", "dataset")
    suite_version: tuple[str, ...] = ("suite_version", "dataset_version")
    judge: tuple[str, ...] = ("judge", "judge_model")
    judge_version: tuple[str, ...] = ("judge_version",)
    system_version: tuple[str, ...] = ("system_version", "model", "mlflow.source.git.commit")
    count: tuple[str, ...] = ("cases", "n", "total_examples")
    approval: str = "approval"
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a pattern that matches nothing and an interval that no day is made of."""
        check_system(self.system)
        if self.interval.seconds < 60 or 86_400 % self.interval.seconds:
            raise ValueError(f"expected an interval that a day is a multiple of, from 1m to 1d, found {self.interval}")

    def labels(self, source: Source, name: str, *tags: Mapping[str, str]) -> dict[str, str]:
        """Give the labels that route: all tags, and under the route's label the start of the name if no tag says it."""
        return labelled(source, self.system, name, *tags)

    def scorer(self, metric: str) -> Scorer | None:
        """Tell which score a metric is; ``None`` when it is none. Undeclared metrics are shares from 0 to 1."""
        return scorer_of(metric, self.scorers, (*self.ignore, *self.count))


def base(settings: Settings, version: str) -> str:
    """Write the address of the server's API."""
    return f"{settings.url.rstrip('/')}/api/{version}/mlflow"
