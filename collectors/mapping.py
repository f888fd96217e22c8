"""Describe by a small table how any JSON answer becomes records: where its rows are and which field means what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.answers import Doubtful, moment, money, number, whole
from collectors.names import PRIVATE
from collectors.shape import counted, priced
from store.errors import SourceError
from store.records import Basis, Change, ChangeClass, ChangeState, CostLine, Evaluation, Record, Sample, Stat
from store.values import Currency, Duration

_USD: Final = Currency("USD")
_INSTANT: Final = Duration(0)
_RAW: Final = frozenset({"counter", "bucket"})
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sample": ("time", "value"),
    "cost": ("time", "value"),
    "evaluation": ("time", "value", "id"),
    "change": ("id", "title"),
}


@dataclass(frozen=True, slots=True)
class RowMap:
    """Options under ``[sources.options.map]``: the record that a row becomes, and the paths of its fields.

    A path is a chain of keys joined by dots; a step may be the number of a list's entry. ``fields`` says where
    ``time``, ``value``, ``n``, ``id``, ``title``, ``author``, ``from_ref``, ``to_ref``, ``content``, ``risk``,
    ``url``, ``state``, ``model``, ``token_type``, ``quantity``, ``suite``, ``scorer``, ``slice``, ``judge``, ``errors``
    and ``system_version`` stand; ``labels`` names what may route a row, and ``dims`` those of them that a sample keeps.
    ``scale`` turns the source's unit into ours (0.001 for milliseconds, 0.01 for cents). ``period`` is how long a row
    speaks for, from its time on or, with ``time_is`` end, up to it. ``states`` translates the source's words.
    """

    record: Literal["sample", "cost", "evaluation", "change"]
    fields: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    dims: tuple[str, ...] = ()
    metric: str = ""
    stat: Stat = "last"
    unit: str = "1"
    scale: Decimal = Decimal(1)
    period: Duration = _INSTANT
    time_is: Literal["start", "end"] = "start"
    time_unit: Literal["s", "ms", "us", "ns"] | None = None
    timezone: str = ""
    basis: Basis = "provider_usage"
    currency: Currency = _USD
    suite: str = ""
    scorer: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0
    higher_is_better: bool = True
    change_class: ChangeClass = "config"
    states: Mapping[str, ChangeState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a table from which no record can be made."""
        if absent := [name for name in _NEEDS[self.record] if name not in self.fields]:
            raise ValueError(f"expected the paths of {', '.join(absent)} under fields for a {self.record}")
        if unknown := sorted(set(self.fields) - _FIELDS):
            raise ValueError(f"expected fields among {', '.join(sorted(_FIELDS))}; found {', '.join(unknown)}")
        if self.record == "sample" and (not self.metric or self.stat in _RAW):
            raise ValueError("expected metric and a stat other than counter and bucket for a sample")
        if self.record == "cost" and not self.period.seconds:
            raise ValueError('expected the period that a cost is charged for, such as "1d"')
        if self.record == "evaluation" and not (self._has("suite") and self._has("scorer")):
            raise ValueError("expected suite and scorer, as words or under fields, for an evaluation")
        if private := sorted(PRIVATE.intersection(self.dims)):
            raise ValueError(f"expected dims that name no person and no key, found {', '.join(private)}")
        if missing := sorted(set(self.dims) - set(self.labels)):
            raise ValueError(f"expected dims among the labels, found {', '.join(missing)}")
        if self.timezone:
            _zone(self.timezone)

    def _has(self, name: str) -> bool:
        return name in self.fields or bool(getattr(self, name))


_FIELDS: Final = frozenset(
    {
        *("time", "value", "n", "id", "title", "author", "from_ref", "to_ref", "content", "risk", "url", "state"),
        *("model", "token_type", "quantity", "suite", "scorer", "slice", "judge", "errors", "system_version"),
    }
)


def labels_of(row: object, rules: RowMap) -> dict[str, str]:
    """Give the labels of a row; one that is not there is left out."""
    found = {name: at(row, path) for name, path in rules.labels.items()}
    return {name: _shown(value) for name, value in found.items() if value is not None}


def record_of(row: object, system: str, rules: RowMap, start: datetime, end: datetime) -> Iterator[Record]:
    """Give the record of a row, nothing when it lies outside the window; raise ``Doubtful`` for one not believed."""
    try:
        reading = _Row(row, system, rules)
        if rules.record == "change":
            yield reading.change()
            return
        begin, until = reading.period()
        if begin >= end or (until < start if begin == until else until <= start):
            return
        if rules.record == "cost":
            yield reading.cost(begin, until, is_final=until <= end)
        elif until <= end:
            yield reading.evaluation(until) if rules.record == "evaluation" else reading.sample(until)
    except Doubtful:
        raise
    except SourceError as error:
        raise Doubtful(str(error)) from None


def at(value: object, path: str) -> object:
    """Give what stands at a path, ``None`` when nothing does; an empty path is the value itself."""
    found = value
    for step in path.split(".") if path else ():
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """One row with its rules."""

    row: object
    system: str
    rules: RowMap

    def period(self) -> tuple[datetime, datetime]:
        rules = self.rules
        zone = _zone(rules.timezone) if rules.timezone else None
        when = moment(self._at("time"), "time", zone=zone, unit=rules.time_unit)
        length = rules.period.delta
        return (when, when + length) if rules.time_is == "start" else (when - length, when)

    def sample(self, seen: datetime) -> Sample:
        rules = self.rules
        labels = labels_of(self.row, rules)
        dims = {name: labels[name] for name in rules.dims if name in labels}
        value = float(number(self._at("value"), "value", text_ok=True) * float(rules.scale)) + 0.0
        return Sample(
            self.system, rules.metric, rules.stat, seen, value, rules.unit, self._whole("n"), rules.period.seconds, dims
        )

    def cost(self, start: datetime, end: datetime, *, is_final: bool) -> CostLine:
        rules = self.rules
        labels = labels_of(self.row, rules)
        parts = [*(f"{name}={labels[name]}" for name in sorted(labels) if name not in PRIVATE), self._text("id")]
        quantity = self._at("quantity")
        return CostLine(
            system=self.system,
            basis=rules.basis,
            charge_period_start=start,
            charge_period_end=end,
            line=", ".join(part for part in (*parts, self._text("model"), self._text("token_type")) if part),
            billing_currency=rules.currency,
            effective_cost=priced(money(self._at("value"), "value") * rules.scale, "value"),
            model=self._text("model"),
            token_type=self._text("token_type"),
            consumed_quantity=None if quantity is None else counted(quantity, "quantity"),
            is_final=is_final,
        )

    def evaluation(self, seen: datetime) -> Evaluation:
        rules, found = self.rules, self._at("value")
        low, high, scale = rules.scale_min, rules.scale_max, float(rules.scale)
        value = None if found is None else number(found, "value", text_ok=True) * scale
        return Evaluation(
            system=self.system,
            eval_run=self._needed("id"),
            suite=self._text("suite") or rules.suite,
            scorer=self._text("scorer") or rules.scorer,
            seen=seen,
            value=None if value is None else number(value, "value", low=low, high=high),
            slice=self._text("slice"),
            judge=self._text("judge"),
            system_version=self._text("system_version"),
            n=self._whole("n"),
            errors=self._whole("errors"),
            scale_min=low,
            scale_max=high,
            higher_is_better=rules.higher_is_better,
            status="error" if value is None else "ok",
            url=self._text("url"),
        )

    def change(self) -> Change:
        rules, when = self.rules, self._at("time")
        zone = _zone(rules.timezone) if rules.timezone else None
        said = self._text("state")
        if said and said not in rules.states:
            raise Doubtful(f"state: {said[:40]!r} is not among states")
        return Change(
            system=self.system,
            external_id=self._needed("id"),
            change_class=rules.change_class,
            title=self._needed("title"),
            state=rules.states.get(said, "pending"),
            author=self._text("author"),
            requested=None if when is None else moment(when, "time", zone=zone, unit=rules.time_unit),
            from_ref=self._text("from_ref"),
            to_ref=self._text("to_ref"),
            content=self._text("content"),
            risk=self._text("risk"),
            url=self._text("url"),
        )

    def _at(self, name: str) -> object:
        path = self.rules.fields.get(name)
        return None if path is None else at(self.row, path)

    def _text(self, name: str) -> str:
        found = self._at(name)
        return "" if found is None else _shown(found)

    def _needed(self, name: str) -> str:
        if found := self._text(name):
            return found
        raise Doubtful(f"{name}: nothing there")

    def _whole(self, name: str) -> int | None:
        found = self._at(name)
        return None if found is None else whole(found, name, text_ok=True, low=0)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"expected a time zone such as Europe/Berlin, found {name!r}") from error
