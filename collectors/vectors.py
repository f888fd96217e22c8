"""Read the answers of PromQL servers: labelled series of (time, text) points, or the server's own error."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from collectors.answers import number, rows, table, text, upstream_error
from store.errors import SourceError

Series = tuple[dict[str, str], list[tuple[float, str]]]

_LATEST: Final = 4_102_444_800
_NOT_FINITE: Final = frozenset({"NaN", "Inf", "+Inf", "-Inf"})


def data(found: object) -> object:
    """Give what a successful answer carries; an error inside a 200 is the server's, not ours."""
    upstream_error(found)
    body = table(found, "the answer")
    if body.get("status") != "success":
        raise SourceError("shape", "status: expected 'success', found something else; is this a PromQL server?")
    return body.get("data")


def series(found: object) -> Iterator[Series]:
    """Give each series of a matrix, vector or scalar; a point is a time in seconds and a number written as text."""
    result = table(data(found), "data")
    kind = result.get("resultType")
    if kind == "scalar":
        yield {}, [_point(result.get("result"))]
        return
    if kind not in ("matrix", "vector"):
        raise SourceError("shape", "data.resultType: expected 'matrix', 'vector' or 'scalar', found something else")
    for entry in rows(result.get("result"), "data.result"):
        one = table(entry, "data.result[]")
        labels = {name: text(value, f"label {name}") for name, value in table(one.get("metric"), "metric").items()}
        values = rows(one.get("values", []), "values") if kind == "matrix" else [one.get("value")]
        yield labels, [_point(value) for value in values]


def warning(found: object) -> str:
    """Give the first warning of an answer, such as a store that did not take part; empty when there is none."""
    warnings = rows(table(found, "the answer").get("warnings") or [], "warnings")
    return text(warnings[0], "warnings[]") if warnings else ""


def finite(value: str) -> float | None:
    """Read a value; NaN and infinity are the absence of one."""
    return None if value in _NOT_FINITE else number(value, "a value", text_ok=True)


def instant(seconds: float) -> datetime:
    """Give the time of a point."""
    if not 0 <= seconds < _LATEST:
        raise SourceError("shape", "data.result[]: expected a time in seconds since 1970, found none of this century")
    return datetime.fromtimestamp(seconds, UTC)


def _point(found: object) -> tuple[float, str]:
    if isinstance(found, list) and len(found) == 2 and isinstance(found[1], str):
        moment = found[0]
        if isinstance(moment, int | Decimal) and not isinstance(moment, bool):
            return float(moment), found[1]
    raise SourceError("shape", 'data.result[]: expected [time, "value"] as a point, found something else')
