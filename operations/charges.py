"""Read what systems were charged over the last day windows for many rules at once, by each system's own basis.

A window holds the charges whose period ends inside it; a period that is not over yet is not counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from operations.rules import Rule
from operations.statistics import rounded
from operations.thresholds import Evidence, Reading, stale_after
from store.database import Reader

_DAY: Final = 86_400

# One row per rule, currency and end of a charged period: what was charged, and the longest period among it.
_QUERY: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($system::varchar[]) as system,
        unnest($basis::varchar[]) as basis, unnest($source::varchar[]) as source, unnest($model::varchar[]) as model,
        unnest($service::varchar[]) as service, unnest($token_type::varchar[]) as token_type
)
select
    a.question, c.billing_currency as currency, c.charge_period_end as ends, sum(c.amount) as amount,
    max(epoch(c.charge_period_end) - epoch(c.charge_period_start))::bigint as period,
    count(*) as lines, min(c.source) as source
from cost_lines c
join asked a on c.system = a.system and c.basis = a.basis and a.source in ('', c.source)
    and a.model in ('', c.model) and a.service in ('', c.service_name) and a.token_type in ('', c.token_type)
where c.charge_period_end <= $now and c.charge_period_end > $since and c.amount is not null
group by all
order by a.question, ends desc
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged to one system for periods of one end."""

    question: int
    currency: str
    ends: datetime
    amount: Decimal
    period: int
    lines: int
    source: str


def read(reader: Reader, rules: Sequence[Rule], now: datetime) -> Mapping[tuple[str, str], Evidence]:
    """Give the evidence of every rule on costs."""
    if not rules:
        return {}
    found: defaultdict[int, list[Charged]] = defaultdict(list)
    for charged in reader.rows(Charged, _QUERY, _params(rules, now)):
        found[charged.question].append(charged)
    return {rule.key: evidence(rule, found[number]) for number, rule in enumerate(rules)}


def evidence(rule: Rule, charges: Sequence[Charged]) -> Evidence:
    """Sum charges window by window, newest first."""
    if not charges:
        return Evidence(window=_window(rule), unit="")
    window = max(_window(rule), *(charged.period for charged in charges))
    currencies = sorted({charged.currency for charged in charges})
    newest = charges[0]
    if len(currencies) > 1:
        words = f"costs in {' and '.join(currencies)} are never added"
        return Evidence(window=window, seen=newest.ends, source=newest.source, problem=words)
    oldest = min(charged.ends - timedelta(seconds=charged.period) for charged in charges)
    length = timedelta(seconds=window)
    ends = (newest.ends - length * place for place in range(rule.threshold.confirm.of))
    readings = [_summed(charges, end - length, end, oldest) for end in ends]
    return Evidence(tuple(readings), newest.ends, currencies[0], window, max(window, _DAY), newest.source)


def _window(rule: Rule) -> int:
    """Give the window in whole days, at least one."""
    return -(-max(rule.threshold.window.seconds, 1) // _DAY) * _DAY


def _summed(charges: Iterable[Charged], start: datetime, end: datetime, oldest: datetime) -> Reading:
    """Sum one window; one that begins before the first charge known is only a lower bound."""
    inside = [charged for charged in charges if start < charged.ends <= end]
    if not inside:
        return Reading(start)
    total = sum((charged.amount for charged in inside), Decimal(0))
    return Reading(start, rounded(float(total)), sum(charged.lines for charged in inside), is_whole=start >= oldest)


def _params(rules: Sequence[Rule], now: datetime) -> dict[str, object]:
    asked = [rule.threshold for rule in rules]
    reach = max(_window(rule) * rule.threshold.confirm.of for rule in rules)
    stale = max(stale_after(threshold, Evidence(window=_DAY)) for threshold in asked)
    return {
        "question": list(range(len(rules))),
        "system": [rule.system.name for rule in rules],
        "basis": [rule.system.cost_basis for rule in rules],
        "source": [threshold.source for threshold in asked],
        "model": [threshold.dims.get("model", "") for threshold in asked],
        "service": [threshold.dims.get("service_name", "") for threshold in asked],
        "token_type": [threshold.dims.get("token_type", "") for threshold in asked],
        "now": now,
        "since": now - timedelta(seconds=reach) - max(stale, timedelta(days=70)),
    }
