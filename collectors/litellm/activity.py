"""Turn the proxy's daily activity into cost lines and, where they are wanted, sums of requests, errors and tokens.

A day comes in pages that cut through it, so all its pages are read together. Below each model stands what each key
spent; keys are added up by team, and what a key spent below no model (calls of tools) is a line without one.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Self
from zoneinfo import ZoneInfo

from collectors.answers import Doubtful, find, moment, money, need, raw, rows, table, whole
from collectors.base import Source
from collectors.litellm.owners import labels_of
from collectors.names import ERRORS, REQUESTS, TOKEN_TYPE
from collectors.shape import counted, priced, strings
from store.records import CostLine, Missing, Parsed, Rejected, Sample, Unrouted

ASKED_MODEL: Final = "requested_model"
_UTC: Final = ZoneInfo("UTC")
_DAY: Final = timedelta(days=1)
_FINAL: Final = timedelta(days=2)  # batches are priced when they are polled, at most a day after they were sent
_NOISE: Final = Decimal("5e-10")  # the proxy adds floats
_TOKENS: Final = {"prompt_tokens": "input", "completion_tokens": "output", "cache_read_input_tokens": "cache_read"}
_COUNTS: Final = ("api_requests", "failed_requests", *_TOKENS)


@dataclass(slots=True)
class _Spent:
    """What was spent and used, added up over keys and pages."""

    spend: Decimal = Decimal(0)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))

    @classmethod
    def of(cls, row: object) -> Self:
        """Read one row; a count that a row does not have is none."""
        metrics = need(row, "metrics")
        counts = {name: whole(find(metrics, name) or 0, name, low=0) for name in _COUNTS}
        return cls(money(need(metrics, "spend"), "spend", low=Decimal(0)), counts)

    def add(self, other: "_Spent", sign: int = 1) -> Self:
        """Add another, or take it away."""
        self.spend += sign * other.spend
        for name, count in other.counts.items():
            self.counts[name] += sign * count
        return self

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return self.spend > _NOISE or any(count > 0 for count in self.counts.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where spend belongs: a day, a system, a team of the proxy and a model."""

    day: datetime
    system: str
    team: str
    model: str


_Found = defaultdict[_Place, _Spent]


def costs(body: Mapping[str, object], source: Source, now: datetime, *, with_sums: bool) -> Iterator[Parsed]:
    """Give the cost lines of the pages of a day, and ``with_sums`` of requests and tokens once the day is over."""
    aliases = strings(body.get("teams"))
    found: _Found = defaultdict(_Spent)
    for page in rows(body.get("pages"), "pages"):
        for entry in rows(need(page, "results"), "results"):
            yield from _added(table(entry, "results[]"), source, aliases, found)
    for place, spent in found.items():
        yield _line(place, spent, aliases, now)
    if with_sums:
        yield from _sums(found, now)


def _added(
    entry: Mapping[str, object], source: Source, aliases: Mapping[str, str], found: _Found
) -> Iterator[Unrouted | Rejected | Missing]:
    """Add one day of one page to what was found."""
    day = moment(entry.get("date"), "results[].date", zone=_UTC)
    breakdown = table(entry.get("breakdown"), "breakdown")
    label, part = (ASKED_MODEL, "model_groups") if source.route.label == ASKED_MODEL else ("model", "models")
    if _is_without_owners(breakdown):
        yield Missing("the teams of keys: the proxy could not look them up")
    below: defaultdict[str, _Spent] = defaultdict(_Spent)
    doubtful = set()
    for model, key, row in _keyed(breakdown, part):
        try:
            spent = _Spent.of(row)
        except Doubtful as error:
            doubtful.add(key)
            yield Rejected(str(error), raw({"date": entry["date"], "model": model, "metrics": find(row, "metrics")}))
            continue
        if model is not None:
            below[key].add(spent)
        elif key in doubtful or not spent.add(below[key], -1):
            continue
        owner = labels_of(table(find(row, "metadata") or {}, "metadata"), aliases)
        labels = owner | ({label: model} if model else {})
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        found[_Place(day, system, owner.get("team", ""), model or "")].add(spent)


def _keyed(breakdown: Mapping[str, object], part: str) -> Iterator[tuple[str | None, str, object]]:
    """Give what each key spent below each model, then what each key spent in all (its model is ``None``)."""
    for model, each in table(breakdown.get(part), part).items():
        for key, row in table(find(each, "api_key_breakdown") or {}, "api_key_breakdown").items():
            yield model, key, row
    for key, row in table(breakdown.get("api_keys") or {}, "api_keys").items():
        yield None, key, row


def _is_without_owners(breakdown: Mapping[str, object]) -> bool:
    """Tell a proxy whose database failed at this question: ``key_exists`` is neither true nor false."""
    keys = table(breakdown.get("api_keys") or {}, "api_keys").values()
    found = [table(find(each, "metadata") or {}, "metadata") for each in keys]
    return any("key_exists" in each and each["key_exists"] is None for each in found)


def _line(place: _Place, spent: _Spent, aliases: Mapping[str, str], now: datetime) -> CostLine:
    tokens = spent.counts["prompt_tokens"] + spent.counts["completion_tokens"]
    return CostLine(
        system=place.system,
        basis="gateway_estimate",
        charge_period_start=place.day,
        charge_period_end=place.day + _DAY,
        line=f"team={place.team}, model={place.model}",
        effective_cost=priced(spent.spend, "spend"),
        service_name=aliases.get(place.team) or place.team,
        model=place.model,
        consumed_quantity=counted(tokens, "tokens"),
        consumed_unit="{token}",
        is_final=place.day + _DAY + _FINAL <= now,
    )


def _sums(found: _Found, now: datetime) -> Iterator[Sample]:
    days: defaultdict[tuple[datetime, str], _Spent] = defaultdict(_Spent)
    for place, spent in found.items():
        if place.day + _DAY <= now:
            days[place.day, place.system].add(spent)
    for (day, system), spent in days.items():
        seen, period, counts = day + _DAY, int(_DAY.total_seconds()), spent.counts
        calls, failed = counts["api_requests"], counts["failed_requests"]
        yield Sample(system, REQUESTS, "sum", seen, calls, "{request}", period=period)
        yield Sample(system, ERRORS, "sum", seen, failed, "{request}", period=period)
        if calls:
            share = min(failed / calls, 1.0)
            yield Sample(system, "llmops.error_ratio", "ratio", seen, share, "1", calls, period)
        for name, kind in _TOKENS.items():
            dims = {TOKEN_TYPE: kind}
            yield Sample(system, "gen_ai.client.token.usage", "sum", seen, counts[name], "{token}", None, period, dims)
