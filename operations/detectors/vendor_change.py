"""FM1: the vendor's model behaves otherwise under the same name.

A changed model id or fingerprint without a recorded change is a fact. Otherwise the canary speaks: its pass rate in
both directions (vendors' updates also improve), the length and the classes of its answers, how many of them are of
another class than usual, the golden set; or two medians of ordinary traffic leave their baselines together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM1"
NEEDS: Final = (("model_id", "fingerprint"), ("canary_pass", "golden_pass"))
_CANARY: Final = Watch("canary_pass", "down", holds_outliers=False)
_GOLDEN: Final = Watch("golden_pass", "down")
_OTHERWISE: Final = ("canary_chars_p50", "canary_class", "canary_changed")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats.

    ``improves``: a canary that passes more often. ``otherwise``: one whose answers have another length or class, either
    of which can go both ways. ``each`` and ``behaviour``: two behaviours of ordinary traffic, each
    alone and both together over the limit.
    """

    improves: float = 1.0
    otherwise: float = 1.0
    each: float = 5.0
    behaviour: float = 7.5
    together: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for a changed model."""
    yield from bench.changed("model_id", day)
    yield from bench.changed("fingerprint", day)
    for watch in (
        _CANARY,
        Watch("canary_pass", "up", settings.improves, holds_outliers=False),
        _GOLDEN,
        *(Watch(signal, "both", settings.otherwise, holds_outliers=False) for signal in _OTHERWISE),
    ):
        yield from bench.found(watch, day, since)
    yield from bench.together((_CANARY, _GOLDEN), day, since, settings.together)
    yield from _behaviour(bench, settings, day, since)


def _behaviour(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give the two medians of ordinary traffic that left their baselines furthest, if both left them clearly."""
    spoken = [
        max(bench.found(Watch(signal, "both"), day, since), key=lambda each: each.score, default=None)
        for signal in ("tokens_out_p50", "latency_p50")
    ]
    out = [each for each in spoken if each is not None and each.score > settings.each]
    if len(out) == 2:
        total = out[0].score + out[1].score
        names = tuple(each.signal for each in out)
        yield Evidence(
            "together", names[0], "", total, bench.limit + settings.behaviour, out[0].length, out[0].value,
            out[0].usual, out[0].n, signals=names,
        )  # fmt: skip
