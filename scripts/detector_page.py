"""Make ``docs/detectors.md``: what each detector watches, what arms it, its settings, and what gives its signals."""

import inspect
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Final

from operations.baselines import RUNS, STEPS
from operations.detection import DETECTORS, LEAST, Settings
from operations.episodes import CAUSES
from operations.given import KNOWN, Given
from operations.modes import MODES
from operations.rules import EVALUATION
from operations.signals import SIGNALS
from operations.vendors import LEAST as TOGETHER

PAGE: Final = Path(__file__).parents[1] / "docs" / "detectors.md"

_INTRODUCTION: Final = f"""\
# Detectors

What fails without an error, and how it is noticed. This page is made from the modules by `python -m scripts.pages`.

At each collection every system is judged by eight detectors, one for each failure mode, on every whole UTC day that was
not judged yet. A detector asks whether the newest 1 to 28 runs of its signals still are what their baseline was; the
answer is a likelihood ratio in nats, and *e* to it the odds against chance. Judging the same day twice changes nothing.

**Baselines** are the first {RUNS} runs that were seen ({STEPS[2]} and {STEPS[1]} meanwhile).
They are frozen and never roll, because a rolling one absorbs slow decay; while a breach is open none grows, and only
a signal that appeared since gets one. What an intended change brought is accepted: where what speaks began within two
days of a recorded change (approved or applied), and the breach has been open for a week, it closes as "accepted by
change X", and its signals get baselines from after that change. An alarm that somebody called true (`v` on a breach)
and a fact are never accepted. A model or prompt version to which a recorded change leads (its new reference) is no
finding, whenever recorded.

**Limits** follow from one number: how many false alarms a week the whole portfolio can bear (`alarms_per_week` under
`[detection]`, {Settings().alarms_per_week:g}). More series raise the limit by their logarithm.
It is never under {LEAST:g} nats; by how much more a signal must speak is in the settings of its detector.

**Cells** say what each detector can see of each system, always with the reason and what would help: *armed* when each
of its needs is served, *blind* when none is, *degraded* in between, and also with a short baseline, few items a run
(under 50, suites 20), a share whose n is not known, or a signal that was there and is not told any more, whatever else
serves in its place. Evaluations degrade a cell whatever they say where their judge repeats itself or varies otherwise
than it did, and by `[[judges]]` and `[[suites]]` where it is not calibrated or the golden set is stale
([`gates.md`](gates.md)). Nothing about a cell is ever "ok", and cells change no health: what a detector cannot see is
no failure of the system.

**Breaches** open when something speaks louder than its limit, and close after three runs without half of it; where the
data stops they are *unknown*. Of one failure mode and system there is one breach, with the evidence for it, loudest
first; the thresholds that name the mode are under it (`head`, `children`). For a week a symptom opens under its cause:
{{causes}}.
When FM1 opens within a day for {TOGETHER} systems on one model (`depends_on = ["model:NAME"]`), that is one `event`,
shown as one.

**Signals** come from metrics with canonical names and from scorers with usual names, listed below; everything else is
named in `[[signals]]`. An entry there goes before what is known, and one that names `systems` replaces it for these.
A share is best told with its n. An evaluation is read as the share of good answers, with `inverts` as that of the
others; scores by different judges are different tracks. Of several series that could speak one does: one that still
comes before one that stopped, then the entry that comes first, the fewest dimensions, the source by name, the longest
period.
"""

_READS: Final = {
    "share": "share with its n",
    "mean": "mean of the day",
    "last": "last of the day",
    "per": "sum per",
    "name": "name with the largest share",
    "hour": "hour that stands out most",
}


def page() -> str:
    """Give the page of all detectors and signals."""
    causes = "; ".join(f"{symptom} of {_any(found)}" for symptom, found in CAUSES.items())
    parts = [_INTRODUCTION.replace("{causes}", causes), *map(_detector, DETECTORS), _signals()]
    return "\n".join(parts)


def watched(detector: ModuleType) -> list[str]:
    """Name the signals that a detector asks for."""
    source = inspect.getsource(detector)
    return [signal for signal in SIGNALS if f'"{signal}"' in source]


def _detector(detector: ModuleType) -> str:
    found = next(each for each in MODES if each.mode == detector.MODE)
    _, _, about = (inspect.getdoc(detector) or "").partition(": ")
    needs = " and ".join(f"({_any(need)})" if len(need) > 1 else f"`{need[0]}`" for need in detector.NEEDS)
    lines = [f"## {detector.MODE}: {found.title}", "", about[:1].upper() + about[1:], ""]
    lines += [f"Watches {', '.join(f'`{signal}`' for signal in watched(detector))}. Armed by {needs}."]
    lines += [f"What to do: {found.response[:1].lower()}{found.response[1:]}"]
    settings = detector.Settings
    lines += ["", inspect.getdoc(settings) or "", "", f"| `[detection.{detector.MODE}]` | default |", "|---|---|"]
    lines += [f"| `{each.name}` | {each.default:g} |" for each in fields(settings)]
    return "\n".join([*lines, ""])


def _signals() -> str:
    lines = ["## Signals", "", "| signal | what it is | known from | else |", "|---|---|---|---|"]
    for name, signal in SIGNALS.items():
        known = "; ".join(_known(each) for each in KNOWN if each.signal == name)
        lines.append(f"| `{name}` | {signal.title} | {known} | {signal.gives} |")
    return "\n".join([*lines, ""])


def _known(given: Given) -> str:
    """Say what gives a signal and how it is read."""
    where = f" where {given.only}" if given.only else ""
    by = f" by `{given.dimension}`" if given.dimension else ""
    if given.metric.startswith(EVALUATION):
        return f"`{given.metric}`{', inverted' if given.inverts else ''}"
    whole = f" `{given.whole}`" if given.whole else ""
    return f"`{given.metric}` ({given.stat}{where}{by}, {_READS[given.reads]}{whole})"


def _any(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" if name in SIGNALS else name for name in names)
