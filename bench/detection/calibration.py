"""``python -m bench.detection.calibration``: fit how false alarms fall as the limit rises, over portfolios made up.

What it prints is what ``operations.detection`` carries as its rate; run it again when detectors change.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from bench.detection.measure import STATED, Effort, spread
from bench.detection.portfolio import KEYS, history
from operations.detection import Settings, alarms

SEEDS: Final = (101, 102)
LIMITS: Final = (7.5, 9.0, 10.5, 12.0)


def main(argv: Sequence[str] | None = None, effort: Effort = STATED) -> int:
    """Print false alarms a series-year at each limit, the rate at the first and the fall by each nat."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection.calibration", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="a portfolio to fit on (may be repeated)")
    seeds = parser.parse_args(argv).seed or SEEDS
    systems = [(seed, number, effort.days) for seed in seeds for number in range(effort.systems)]
    raised = dict.fromkeys(LIMITS, 0)
    for counts in spread(counted, systems, effort):
        for limit, count in counts.items():
            raised[limit] += count
    years = len(systems) * len(KEYS) * effort.days / 365.25
    for limit, count in raised.items():
        print(f"limit {limit:4.1f}: {count:5} alarms, {count / years:.5f} a series-year")
    rate, fall = fitted(raised, years)
    print(
        f"fitted over {years:,.0f} series-years: {rate:.5f} at {LIMITS[0]}, times e^-{fall:.3f} a nat", file=sys.stdout
    )
    return 0


def counted(system: tuple[int, int, int]) -> Mapping[float, int]:
    """Count the alarms of one system at each limit."""
    seed, number, days = system
    whole = history(seed, number, days)
    return {limit: sum(1 for _ in alarms(whole, Settings(), limit)) for limit in LIMITS}


def fitted(raised: Mapping[float, int], years: float) -> tuple[float, float]:
    """Fit a straight line to the logarithm of the rates, each weighted by how many alarms it rests on."""
    total = max(sum(raised.values()), 1)
    logs = {limit: math.log(max(count, 0.5) / years) for limit, count in raised.items()}
    middle = sum(limit * raised[limit] for limit in raised) / total
    height = sum(logs[limit] * raised[limit] for limit in raised) / total
    wide = sum(raised[limit] * (limit - middle) ** 2 for limit in raised)
    fall = -sum(raised[limit] * (limit - middle) * logs[limit] for limit in raised) / wide if wide else 1.0
    return math.exp(height - fall * (LIMITS[0] - middle)), fall


if __name__ == "__main__":
    sys.exit(main())
