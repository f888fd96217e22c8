"""Keep what was charged: a restated line replaces the row and leaves a revision, so that no figure changes silently."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from store.database import Session
from store.records import CostLine

_KINDS = {
    "charge_period_start": "timestamp",
    "charge_period_end": "timestamp",
    "effective_cost": "decimal(24, 9)",
    "billed_cost": "decimal(24, 9)",
    "list_cost": "decimal(24, 9)",
    "contracted_cost": "decimal(24, 9)",
    "consumed_quantity": "decimal(24, 6)",
    "is_final": "boolean",
}

_SAME_LINE = """
    c.source = $source and c.system = i.system and c.basis = i.basis and c.line = i.line
    and c.charge_period_start = i.charge_period_start and c.charge_period_end = i.charge_period_end
"""

_SAME_VALUES = """
    c.effective_cost is not distinct from i.effective_cost and c.billed_cost is not distinct from i.billed_cost
    and c.list_cost is not distinct from i.list_cost and c.contracted_cost is not distinct from i.contracted_cost
    and c.consumed_quantity is not distinct from i.consumed_quantity and c.is_final = i.is_final
"""

_REVISION = """
    insert into cost_revisions
    select c.source, c.system, c.basis, c.charge_period_start, c.charge_period_end, c.line,
        c.effective_cost, c.billed_cost, c.list_cost, $now, c.run_id
"""


def take(session: Session, source: str, run_id: str, lines: Sequence[CostLine], now: datetime, *, whole: bool) -> int:
    """Store cost lines of one source; give how many were new or restated.

    ``whole`` says that the run is complete: then the lines of a charged period are all there are, and one that the
    source no longer states is removed with a revision.
    """
    if not lines:
        return 0
    names = [field.name for field in fields(CostLine)]
    columns = {n: (_KINDS.get(n, "varchar"), [getattr(line, n) for line in lines]) for n in names}
    session.stage("staged_costs", columns)
    session.execute("""
        create or replace temp table incoming_costs as
        select * from staged_costs i
        qualify row_number() over (
            partition by system, basis, charge_period_start, charge_period_end, line order by i.rowid desc) = 1
    """)
    values = {"source": source, "now": now}
    session.execute(
        f"{_REVISION} from costs c join incoming_costs i on {_SAME_LINE} where not ({_SAME_VALUES})", values
    )
    session.execute(
        f"delete from costs c using incoming_costs i where {_SAME_LINE} and not ({_SAME_VALUES})",  # noqa: S608 - constants only
        {"source": source},
    )
    if whole:
        _withdraw(session, source, now)
    added = session.execute(
        f"""
        insert into costs by name
        select $source as source, i.*, $run as run_id
        from incoming_costs i where not exists (select 1 from costs c where {_SAME_LINE})
        """,  # noqa: S608 - constants only
        {"source": source, "run": run_id},
    )
    return int(added[0][0])


def _withdraw(session: Session, source: str, now: datetime) -> None:
    """Remove lines of the restated periods that the source no longer states."""
    gone = f"""
        c.source = $source
        and (c.system, c.basis, c.charge_period_start) in (
            select (system, basis, charge_period_start) from incoming_costs)
        and not exists (select 1 from incoming_costs i where {_SAME_LINE})
    """  # noqa: S608 - constants only
    session.execute(f"{_REVISION} from costs c where {gone}", {"source": source, "now": now})
    session.execute(f"delete from costs c where {gone}", {"source": source})  # noqa: S608 - constants only
