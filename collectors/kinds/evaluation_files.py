"""Read evaluation results of any known tool, recognised by what is in the file and not by its name.

Known are promptfoo, Inspect AI, lm-evaluation-harness, DeepEval, Ragas (as CSV, Parquet, JSON or JSON lines), OpenAI's
evals framework and JUnit XML. A run that failed is an error and never a zero. Prompts, answers and messages in the
files are not stored; the scores of single cases are, each by a hash, where the format lists them (not those of
lm-evaluation-harness and OpenAI's evals). A file is all or nothing, but for a score outside its scale, which is set
aside alone.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from collectors.answers import Doubtful
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.evaluations.formats import Name, read
from collectors.evaluations.rules import Rules, zone_of
from store.errors import SourceError
from store.records import Parsed, Rejected

KIND: Final = Kind(
    "evaluations",
    needs="to read the files",
    limits="files of 32 MB (`limits.body_bytes`); files still being written are left to the next run",
    first=timedelta(days=365),
    restate=timedelta(days=7),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the files (``*`` and ``**`` allowed) and what they do not say themselves.

    A file is routed by the labels ``file`` (its name without ending) and ``folder``, and by what its format has:
    ``task``, ``model``, ``suite``, ``eval``, ``dataset``, ``identifier``, tags, metadata, properties. Without
    ``format`` it is recognised. ``scorers`` names those that count (all, when empty); ``scales`` gives single ones a
    scale of their own (``[low, high]``). ``timezone`` is that of times written without a zone; without it the time of
    the file's last change stands for a run whose file has no time inside (Ragas, DeepEval).
    """

    path: str
    format: Name | None = None
    suite: str = ""
    scorers: tuple[str, ...] = ()
    scale_min: float = 0.0
    scale_max: float = 1.0
    scales: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    timezone: str = ""

    def __post_init__(self) -> None:
        """Refuse a scale that is none and a zone that does not exist."""
        for scale in ((self.scale_min, self.scale_max), *self.scales.values()):
            if len(scale) != 2 or not scale[0] < scale[1]:
                raise ValueError(f"expected a scale from low to high, found {list(scale)}")
        zone_of(self.timezone)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the files that changed since the window began; the time of their last change goes along."""
    async for name, body in reach.files.read(settings.path, window.start):
        yield Answer(body, window, about=reach.files.changed(name).isoformat(), name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the evaluations of one file; a file that cannot be read is set aside and the others are not."""
    rules = Rules(
        settings.suite, settings.scale_min, settings.scale_max, settings.scales, settings.scorers, settings.timezone
    )
    try:
        yield from list(read(answer, source, rules, settings.format))
    except Doubtful as error:
        yield Rejected(f"{answer.name}: {error}", answer.name)
    except SourceError as error:
        yield Rejected(f"{answer.name}: not a result file: {error}", answer.name)
