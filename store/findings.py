"""Keep evaluations: rows with an identity of their own, replaced when the source corrects them; a revision stays."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import datetime

from store.database import Session, aware
from store.records import Evaluation

_EVALUATION_KEY = ("eval_run", "suite", "scorer", "slice", "system")
_EVALUATION_KINDS = {
    "seen": "timestamp",
    "value": "double",
    "n": "bigint",
    "passes": "bigint",
    "errors": "bigint",
    "stderr": "double",
    "scale_min": "double",
    "scale_max": "double",
    "higher_is_better": "boolean",
}


def take_evaluations(session: Session, source: str, run_id: str, found: Sequence[Evaluation], now: datetime) -> int:
    """Store scores of one source; the same run, suite, scorer and slice is the same score, corrected."""
    if not found:
        return 0
    names = [field.name for field in fields(Evaluation)]
    chosen = ", ".join(names)
    held = {
        tuple(row[names.index(name)] for name in _EVALUATION_KEY): row
        for row in session.execute(
            f"select {chosen} from evaluations where source = $source and seen >= $since",  # noqa: S608 - names of our own record
            {"source": source, "since": min(score.seen for score in found)},
        )
    }
    seen_at = names.index("seen")
    changed = []
    for score in {tuple(getattr(s, name) for name in _EVALUATION_KEY): s for s in found}.values():
        row = held.get(tuple(getattr(score, name) for name in _EVALUATION_KEY))
        if row is None or (*row[:seen_at], aware(row[seen_at]), *row[seen_at + 1 :]) != astuple(score):
            changed.append(score)
    if not changed:
        return 0
    columns = {n: (_EVALUATION_KINDS.get(n, "varchar"), [getattr(score, n) for score in changed]) for n in names}
    session.stage("staged_evaluations", columns)
    same = " and ".join(f"e.{name} = i.{name}" for name in _EVALUATION_KEY)
    session.execute(
        f"""
        insert into evaluation_revisions by name
        select e.*, $now as replaced from evaluations e join staged_evaluations i on e.source = $source and {same}
        """,  # noqa: S608 - names of our own record
        {"source": source, "now": now},
    )
    session.execute(
        f"delete from evaluations e using staged_evaluations i where e.source = $source and {same}",  # noqa: S608 - names of our own record
        {"source": source},
    )
    session.execute(
        "insert into evaluations by name select $source as source, i.*, $run as run_id from staged_evaluations i",
        {"source": source, "run": run_id},
    )
    return len(changed)
