"""Turn aggregates of a day into cost lines by model and environment: estimates from Langfuse's own price list."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from collectors.answers import money, raw
from collectors.base import Answer, Source
from collectors.langfuse.buckets import Row, answers_of, missing, routed
from collectors.langfuse.settings import Settings
from collectors.shape import counted, priced
from store.errors import SourceError
from store.records import CostLine, Parsed, Rejected

RESTATED: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


def cost_lines(body: Mapping[str, object], answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give what each model cost a day; what has no cost is no line, for its price may just be unknown."""
    answers = answers_of(body)
    yield from missing(answers)
    for row in routed(answers["costs"], answer, source, settings):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            if money(row.values.get("sum_totalCost") or 0, "sum_totalCost", low=money(0, "0")):
                yield _line(row, answer)
        except SourceError as error:
            yield Rejected(str(error), raw(row.values))


def _line(row: Row, answer: Answer) -> CostLine:
    model, environment = row.word("providedModelName"), row.word("environment")
    tokens = row.values.get("sum_totalTokens")
    end = row.bucket + _DAY
    parts = {"place": row.place, "environment": environment, "model": model}
    return CostLine(
        system=row.system,
        basis="trace_estimate",
        charge_period_start=row.bucket,
        charge_period_end=end,
        line=", ".join(f"{name}={value}" for name, value in parts.items() if value),
        effective_cost=priced(row.values.get("sum_totalCost"), "sum_totalCost"),
        service_name=environment,
        model=model,
        consumed_quantity=counted(tokens, "sum_totalTokens") if tokens else None,
        consumed_unit="{token}" if tokens else "",
        # the last time that a day is asked for is a day before the restated stretch has passed it
        is_final=end + RESTATED - _DAY <= answer.window.now,
    )
