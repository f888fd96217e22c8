"""Define the options of an MLflow source and how its names lead to systems."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from collectors.access import Access
from collectors.base import Source
from store.values import Duration

_HOUR: Final = Duration(3600)


@dataclass(frozen=True, slots=True)
class Scorer:
    """A metric of runs, or an assessment of traces, that is a score: its name (``*`` allowed) and its scale."""

    metric: str
    name: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0
    higher_is_better: bool = True


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
        try:
            re.compile(self.system)
        except re.error as error:
            raise ValueError(f"expected a regular expression as system, found {self.system!r}: {error}") from error
        if self.interval.seconds < 60 or 86_400 % self.interval.seconds:
            raise ValueError(f"expected an interval that a day is a multiple of, from 1m to 1d, found {self.interval}")

    def labels(self, source: Source, name: str, *tags: Mapping[str, str]) -> dict[str, str]:
        """Give the labels that route: all tags, and under the route's label the start of the name if no tag says it."""
        found = {"name": name}
        for each in tags:
            found.update(each)
        label = source.route.label
        if label and label not in found and (match := re.match(self.system, name)):
            found[label] = match[0]
        return found

    def scorer(self, metric: str) -> Scorer | None:
        """Tell which score a metric is; ``None`` when it is none. Undeclared metrics are shares from 0 to 1."""
        declared = next((each for each in self.scorers if fnmatchcase(metric, each.metric)), None)
        if declared or self.scorers:
            return declared
        return None if is_any(metric, (*self.ignore, *self.count)) else Scorer(metric)


def is_any(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name is one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def base(settings: Settings, version: str) -> str:
    """Write the address of the server's API."""
    return f"{settings.url.rstrip('/')}/api/{version}/mlflow"
