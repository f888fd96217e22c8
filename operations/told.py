"""Hold what one series says of a signal, day by day, and make the runs of a track of it."""

from dataclasses import dataclass
from datetime import date

from operations.signals import SIGNALS, Form
from operations.tracks import Track


@dataclass(frozen=True, slots=True)
class Told:
    """What one series says of a signal, day by day (days since 1970)."""

    system: str
    signal: str
    dim: str
    source: str
    days: tuple[int, ...]
    values: tuple[float, ...]
    counts: tuple[float | None, ...]
    texts: tuple[str, ...]


def track(told: Told) -> Track:
    """Make the runs of a signal; a share whose n is mostly unknown is a quantity like any other."""
    return made(told, form_of(told))


def form_of(told: Told) -> Form:
    """Say how the runs of a signal are to be read."""
    form = SIGNALS[told.signal].form
    return "plain" if form == "count" and 2 * sum(map(bool, told.counts)) < len(told.days) else form


def made(told: Told, form: Form) -> Track:
    """Make the runs of a signal in a form that is known already."""
    days = tuple(map(day_of, told.days))
    if form == "name":
        return Track("name", days, texts=told.texts)
    if form == "hour":
        return Track("hour", days, told.values, [usual or 0.0 for usual in told.counts], told.texts)
    if form != "count":
        return Track(form, days, told.values)
    runs = [
        (day, min(max(value, 0.0), 1.0), n) for day, value, n in zip(days, told.values, told.counts, strict=True) if n
    ]
    return Track(
        "count", tuple(day for day, _, _ in runs), tuple(share * n for _, share, n in runs), tuple(n for *_, n in runs)
    )


def day_of(days: int) -> date:
    """Give the day so many days after 1970 began."""
    return date.fromordinal(719_163 + days)
