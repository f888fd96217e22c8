"""Hold what Opik is asked about a project: one metric a question, by hour or by day.

Opik's end of an interval is inclusive, and it writes a count, sum or mean of zero as null.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import moment, rows, table, text
from collectors.opik.settings import Settings
from collectors.steps import Step

Series = Mapping[str, Mapping[datetime, object]]
"""The values of one answer by name and start of their interval; what is null is left out."""

FAILED: Final = {"field": "error_info", "operator": "is_not_empty", "value": ""}
METRICS: Final[Mapping[str, tuple[str, tuple[Mapping[str, str], ...]]]] = {
    "counts": ("TRACE_COUNT", ()),
    "failed": ("TRACE_COUNT", (FAILED,)),
    "durations": ("DURATION", ()),
    "tokens": ("TOKEN_USAGE", ()),
    "costs": ("COST", ()),
}
_LAST: Final = timedelta(microseconds=1)


def scored(name: str) -> dict[str, str]:
    """Keep the traces that have a feedback score of this name."""
    return {"field": "feedback_scores", "key": name, "operator": "is_not_empty", "value": ""}


def question(metric: str, step: Step, start: datetime, end: datetime, *filters: Mapping[str, str]) -> dict[str, object]:
    """Ask for a metric in [start, end)."""
    return {
        "metric_type": metric,
        "interval": "HOURLY" if step == "hour" else "DAILY",
        "interval_start": start.isoformat(),
        "interval_end": (end - _LAST).isoformat(),
        "trace_filters": list(filters),
    }


def project_metrics(project_id: str, settings: Settings) -> str:
    """Write the address at which they are asked."""
    return f"{settings.base}/projects/{project_id}/metrics"


def series(found: object, where: str) -> Series:
    """Read an answer."""
    read: dict[str, dict[datetime, object]] = {}
    for entry in rows(table(found, where).get("results") or [], f"{where}.results"):
        result = table(entry, f"{where}.results[]")
        values = read.setdefault(text(result.get("name"), f"{where}.results[].name"), {})
        for each in rows(result.get("data") or [], f"{where}.results[].data"):
            point = table(each, f"{where}.results[].data[]")
            if point.get("value") is not None:
                values[moment(point.get("time"), f"{where}.results[].data[].time")] = point["value"]
    return read


def single(found: object, where: str) -> Mapping[datetime, object]:
    """Read an answer that has one series, whatever its name."""
    return next(iter(series(found, where).values()), {})
