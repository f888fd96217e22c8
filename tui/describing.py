"""Describe what a collection brought, without storing it: what it would store, what it set aside, what it left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from store.records import (
    CaseScores,
    Change,
    CostLine,
    Evaluation,
    Incident,
    ModelDates,
    Outcome,
    Record,
    Rejected,
    Sample,
)
from tui.text import printable

_EXAMPLES: Final = 3
_LISTED: Final = 20
_WIDEST: Final = 500


def described(outcome: Outcome, unread: Counter[str] | None = None) -> list[str]:
    """Describe an outcome in lines for people; ``unread`` counts the fields of answers that nobody read."""
    return [printable(line, _WIDEST) for line in _lines(outcome, unread)]


def _lines(outcome: Outcome, unread: Counter[str] | None) -> Iterator[str]:
    run = outcome.run
    seconds = (run.finished - run.started).total_seconds()
    asked = f", {run.requests} requests, {run.received_bytes:,} bytes" if run.requests else ""
    window = f"{run.window_start:%Y-%m-%d %H:%MZ} to {run.window_end:%Y-%m-%d %H:%MZ}"
    yield f"{run.source} ({run.kind}) {run.state}: {window} in {seconds:.1f} s{asked}"
    if run.cause or run.detail:
        yield f"  {': '.join(part for part in (run.cause, run.detail) if part)}"
    yield f"would store: {len(outcome.records):,} rows"
    yield from _records(outcome.records)
    yield f"would set aside: {len(outcome.rejected):,} rows that cannot be believed"
    yield from _rejected(outcome.rejected)
    yield f"belong to no system here: {run.unrouted:,} rows"
    if unread is not None:
        yield f"not read by this kind: {len(unread):,} fields"
        yield from (f"  {count:>8} x {path}" for path, count in unread.most_common(_LISTED))
        yield from [f"           and {len(unread) - _LISTED:,} more"] * (len(unread) > _LISTED)


def _records(records: Sequence[Record]) -> Iterator[str]:
    """Count records by what they are, with a few of each."""
    kinds: dict[str, list[Record]] = {}
    for record in records:
        kinds.setdefault(_what(record), []).append(record)
    for what, found in sorted(kinds.items()):
        yield f"  {len(found):>8} x {what}"
        yield from (f"             {_example(record)}" for record in found[:_EXAMPLES])


def _what(record: Record) -> str:
    match record:
        case Sample():
            return f"{record.system}  sample  {record.metric} {record.stat} ({record.unit})"
        case CostLine():
            return f"{record.system}  cost  {record.basis} ({record.billing_currency})"
        case Evaluation() | CaseScores():
            of = "evaluation" if isinstance(record, Evaluation) else "cases"
            return f"{record.system}  {of}  {record.suite} / {record.scorer}"
        case Change():
            return f"{record.system}  change  {record.change_class}, {record.state}"
        case Incident():
            return f"{record.system}  incident  {record.level}, {record.state}"
        case ModelDates():
            return f"model dates  {record.provider}"


def _example(record: Record) -> str:
    match record:
        case Sample():
            dims = "".join(f" {name}={value}" for name, value in sorted(record.dims.items()))
            return f"{record.seen:%Y-%m-%d %H:%MZ}  {record.value:g}{_of(record.n)}{dims}"
        case CostLine():
            amounts = (record.effective_cost, record.billed_cost, record.list_cost, record.contracted_cost)
            amount = next((f"{each:f}" for each in amounts if each is not None), "no amount")
            return f"{record.charge_period_start:%Y-%m-%d %H:%MZ}  {amount}  {record.line}"
        case Evaluation():
            value = record.status if record.value is None else f"{record.value:g}"
            return f"{record.seen:%Y-%m-%d %H:%MZ}  {value}{_of(record.n)}  {record.eval_run}"
        case CaseScores():
            return f"{record.seen:%Y-%m-%d %H:%MZ}  {len(record.scores)} cases  {record.eval_run}"
        case Change() | Incident():
            return f"{record.external_id}  {record.title}"
        case ModelDates():
            return f"{record.model}  deprecated {record.deprecated_on}, retires {record.retires_on}"


def _of(n: int | None) -> str:
    return "" if n is None else f" (n={n})"


def _rejected(rejected: Sequence[Rejected]) -> Iterator[str]:
    """Count what was set aside by its reason, with one row of each."""
    first: dict[str, Rejected] = {}
    counts: Counter[str] = Counter()
    for row in rejected:
        counts[row.reason] += 1
        first.setdefault(row.reason, row)
    for reason, count in counts.most_common(_LISTED):
        yield f"  {count:>8} x {reason}"
        yield f"             {first[reason].raw}"
