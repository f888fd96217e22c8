"""Write a page of metrics in the Prometheus text format 0.0.4, as node exporters and Prometheus read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_IN_HELP: Final = str.maketrans({"\\": "\\\\", "\n": "\\n"})
_IN_LABEL: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})

Value = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric: its name, what it means, and its values by labels; without a value it is left out."""

    name: str
    meaning: str
    values: Sequence[Value]


def page(gauges: Sequence[Gauge]) -> bytes:
    """Write the page."""
    lines = (line for gauge in gauges if gauge.values for line in _lines(gauge))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.meaning.translate(_IN_HELP)}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in gauge.values:
        inside = ",".join(f'{label}="{text.translate(_IN_LABEL)}"' for label, text in labels.items())
        yield f"{gauge.name}{{{inside}}} {float(value)!r}"
