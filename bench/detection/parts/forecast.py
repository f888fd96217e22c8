"""Hold forecasts of a month's end against what came: made-up costs of three growths, and the taxi rides of New York.

Made-up days have a weekday season and 8% noise, of which half a day's is found in the next; 17 or 52 weeks of them are
known before the month. A month has 30 days; it is forecast after 3, 7 and 14 of them. Of the real days every fifth
begins a month, from day 56 on.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from bench.detection.measure import STATED, Effort, Row, absent, folder, table
from operations.forecast import NEEDS, rest

MONTH = 30
AFTER = (3, 7, 14)
WEEKS = (17, 52)
GROWTHS = {"flat": 0.0, "growing 0.3% a day": 0.003, "growing 1% a day": 0.01}
_WEEK = (1.1, 1.15, 1.15, 1.1, 1.05, 0.75, 0.7)
_NOISE, _MEMORY = 0.08, 0.5
_TAXI = "NAB nyc_taxi"
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """One forecast of a month beside what came: after so many days, P5, P50 and P95, and what the run rate said."""

    after: int
    low: float
    middle: float
    high: float
    rate: float
    came: float


def rows(effort: Effort) -> list[Row]:
    """Give how often the 90% range holds what came, and how far P50 and the run rate are off."""
    found: list[Row] = []
    for weeks in WEEKS:
        for number, (name, growth) in enumerate(GROWTHS.items()):
            chance = Random(number)
            made = [
                forecast
                for _ in range(effort.replicates)
                for forecast in of_month(costs(weeks * 7 + MONTH, growth, chance), weeks * 7)
            ]
            found += _rows(f"month's end, {name}, {weeks} weeks known", f"{effort.replicates} made-up months", made)
    data = folder("nab")
    if data is None:
        return [*found, *absent([f"month's end, {_TAXI}: 90% range holds what came"], "nab")]
    days = taxi_days(data)
    origins = range(NEEDS, len(days) - MONTH + 1, _EVERY)
    made = [forecast for origin in origins for forecast in of_month(days, origin)]
    return [*found, *_rows(f"month's end, {_TAXI}", f"{len(origins)} months of real days that overlap", made)]


def costs(count: int, growth: float, chance: Random) -> list[float]:
    """Make up what days cost, beginning on any weekday."""
    first, off, found = chance.randrange(7), chance.gauss(0, _NOISE), []
    for day in range(count):
        found.append(100 * _WEEK[(first + day) % 7] * math.exp(growth * day + off))
        off = _MEMORY * off + chance.gauss(0, _NOISE * math.sqrt(1 - _MEMORY**2))
    return found


def of_month(days: Sequence[float], begins: int) -> Iterator[Forecast]:
    """Forecast the month that begins at a place, from the days known before it and in it."""
    came = math.fsum(days[begins : begins + MONTH])
    for after in AFTER:
        known = days[: begins + after]
        spent = math.fsum(known[begins:])
        left = rest(known, MONTH - after)
        if left is not None:
            low, middle, high = (spent + left.at(share) for share in (0.05, 0.5, 0.95))
            yield Forecast(after, low, middle, high, spent * MONTH / after, came)


def taxi_days(place: Path) -> list[float]:
    """Add up the rides of each whole day."""
    from pyarrow import parquet  # late: the table is found without it

    found: dict[object, float] = {}
    columns = parquet.read_table(
        place / "nab_values.parquet", columns=["ts", "value"], filters=[("series", "==", "realKnownCause/nyc_taxi.csv")]
    ).to_pydict()
    for seen, value in zip(columns["ts"], columns["value"], strict=True):
        found[seen.date()] = found.get(seen.date(), 0.0) + value
    return list(found.values())


def _rows(measure: str, basis: str, made: Sequence[Forecast]) -> Iterator[Row]:
    inside = fmean(each.low <= each.came <= each.high for each in made)
    width = fmean((each.high - each.low) / each.came for each in made)
    after = f"after {', '.join(map(str, AFTER))} days of 30"
    words = f"{basis}, {after}; the range is {width:.0%} of the month wide; more than 0.96 is wider than it need be"
    yield Row(f"{measure}: 90% range holds what came", inside, words, 0.85, 0.88)
    for day in AFTER:
        those = [each for each in made if each.after == day]
        off, by_rate = (
            100 * fmean(abs(said / each.came - 1) for each, said in zip(those, said_by, strict=True))
            for said_by in ([each.middle for each in those], [each.rate for each in those])
        )
        words = f"{basis}; the run rate is off by {by_rate:.3g}%"
        yield Row(f"{measure}: P50 off after {day} days", off, words, unit="%", is_more_better=False)


if __name__ == "__main__":
    print(table(rows(STATED)))
