"""Add results of single evaluations up to one evaluation a day, name and model, as other online scores are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import Doubtful, number
from collectors.base import Source, Window
from collectors.evaluations.rules import mean_of
from collectors.otlp.lines import Attributes, Result
from store.records import Evaluation, Rejected, Unrouted

_DAY: Final = timedelta(days=1)
_LABELS: Final = {"pass": 1.0, "fail": 0.0}
_MODELS: Final = ("gen_ai.response.model", "gen_ai.request.model")


@dataclass(frozen=True, slots=True)
class Scale:
    """What the configuration says of online scores."""

    suite: str
    low: float
    high: float


@dataclass(slots=True)
class _Scores:
    values: list[float] = field(default_factory=list)
    errors: int = 0


def evaluations(
    results: Iterable[Result], source: Source, window: Window, scale: Scale
) -> Iterator[Evaluation | Unrouted | Rejected]:
    """Give the scores of the days that began in the window; of an earlier one only a part may be at hand."""
    found: dict[tuple[str, datetime, str, str], _Scores] = {}
    label = source.route.label
    for result in results:
        routed = result.attributes.get(label) if label else None
        system = source.system_of({} if routed is None else {label: routed})
        if system is None:
            yield Unrouted(f"no label {label}" if routed is None else routed)
            continue
        day = result.seen.replace(hour=0, minute=0, second=0, microsecond=0)
        if not window.start <= day or result.seen >= window.end:
            continue
        name = result.attributes.get("gen_ai.evaluation.name") or ""
        model = next((model for key in _MODELS if (model := result.attributes.get(key))), "")
        try:
            _note(result.attributes, found.setdefault((system, day, name, model), _Scores()), scale)
        except Doubtful as error:
            yield Rejected(str(error), name)
    for (system, day, name, model), scores in found.items():
        if scores.values or scores.errors:
            yield _evaluation(system, day, (name, model), scores, window, scale)


def _note(attributes: Attributes, scores: _Scores, scale: Scale) -> None:
    """Note a score; a word alone is one only where it says pass or fail."""
    if attributes.get("error.type"):
        scores.errors += 1
        return
    found = attributes.number("gen_ai.evaluation.score.value")
    said = _LABELS.get((attributes.get("gen_ai.evaluation.score.label") or "").lower())
    if found is not None:
        scores.values.append(number(found, "score.value", text_ok=True, low=scale.low, high=scale.high))
    elif said is not None:
        scores.values.append(scale.low + (scale.high - scale.low) * said)


def _evaluation(
    system: str, day: datetime, place: tuple[str, str], scores: _Scores, window: Window, scale: Scale
) -> Evaluation:
    value, stderr = mean_of(scores.values)
    return Evaluation(
        system=system,
        eval_run=f"{day:%Y-%m-%d}",
        suite=scale.suite,
        scorer=place[0],
        seen=min(day + _DAY, window.end),
        value=value,
        slice=place[1],
        system_version=place[1],
        n=len(scores.values),
        errors=scores.errors,
        stderr=stderr,
        scale_min=scale.low,
        scale_max=scale.high,
        status="error" if value is None else "ok",
    )
