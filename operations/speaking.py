"""Choose which series speaks for each signal of each system, as the entries and the store's series have it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from operations.given import Given, standing

_FRESH: Final = timedelta(days=7)

SPEAKING: Final = """
with asked as (
    select
        unnest($place::integer[]) as place, unnest($signal::varchar[]) as signal, unnest($metric::varchar[]) as metric,
        unnest($stat::varchar[]) as stat, unnest($reads::varchar[]) as reads, unnest($whole::varchar[]) as whole,
        unnest($dimension::varchar[]) as dimension, unnest($only::varchar[]) as only_name,
        unnest($only_value::varchar[]) as only_value, unnest($inverts::boolean[]) as inverts,
        unnest($scale::double[]) as scale
),
standing as (
    select unnest($standing::integer[]) as place, unnest($standing_for::varchar[]) as system
),
fitting as (
    select
        a.*, d.series_id, d.system, d.source, d.period, d.dims, l.seen,
        case a.dimension when '' then '' else coalesce(json_extract_string(d.dims, a.dimension), '') end as dim
    from asked a
    join standing t using (place)
    join series d on d.metric = a.metric and d.stat = a.stat and d.system = t.system
    join latest l using (series_id)
    where (a.only_name = '' or json_extract_string(d.dims, a.only_name) = a.only_value)
        and (d.source in (select name from sources) or not exists (from sources))
        and (a.reads <> 'hour' or d.period <= 3600)
),
speaking as (
    select *
    from fitting
    where dimension = '' or dim <> ''
    qualify row_number() over (
        partition by signal, system, dim
        order by seen < $fresh, place, length(dims), source, period desc, dims, series_id
    ) = 1
)
"""
"""The first part of a select: one row per signal, system and dimension with the series that speaks for it."""


def asked(given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]) -> dict[str, object]:
    """Give the values of such a select."""
    only = [each.only.partition("=") for each in given]
    stands = standing(given, systems)
    return {
        "place": list(range(len(given))),
        "signal": [each.signal for each in given],
        "metric": [each.metric for each in given],
        "stat": [each.stat for each in given],
        "reads": [each.reads for each in given],
        "whole": [each.whole for each in given],
        "dimension": [_path(each.dimension) for each in given],
        "only": [_path(name) for name, _, _ in only],
        "only_value": [value for _, _, value in only],
        "inverts": [each.inverts for each in given],
        "scale": [each.scale for each in given],
        "standing": [place for place, _ in stands],
        "standing_for": [system for _, system in stands],
        "fresh": until - _FRESH,
        "since": since,
        "until": until,
    }


def _path(dimension: str) -> str:
    """Write the name of a dimension as a path into JSON."""
    escaped = dimension.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"' if dimension else ""
