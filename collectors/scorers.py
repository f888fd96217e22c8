"""Say which numbers of a source are scores and on which scale, as its configuration declares them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from store.records import Missing


@dataclass(frozen=True, slots=True)
class Scorer:
    """A number that is a score: its name at the source (``*`` allowed), its name here and its scale."""

    metric: str
    name: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0
    higher_is_better: bool = True

    def misfit(self, name: str, value: float) -> Missing | None:
        """Ask for the scale of a score that the one assumed does not fit."""
        if self.scale_min <= value <= self.scale_max:
            return None
        return Missing(f"a scale that {value:g} of {name!r} fits (declare it in scorers)")


def scorer_of(name: str, declared: Sequence[Scorer], ignored: Sequence[str]) -> Scorer | None:
    """Tell which score a name is; ``None`` when it is none. With nothing declared, all not ignored are shares."""
    found = next((each for each in declared if fnmatchcase(name, each.metric)), None)
    if found or declared:
        return found
    return None if is_any(name, ignored) else Scorer(name)


def is_any(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a name is one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
