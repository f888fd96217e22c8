"""Keep how each case of an evaluation scored; the cases of one score are replaced as a whole where any differs."""

from collections.abc import Sequence

from store.database import Session
from store.records import CaseScores

_SCORE = ("system", "eval_run", "suite", "scorer", "slice")
_NAMES = ", ".join(_SCORE)
_SAME = " and ".join(f"c.{name} = i.{name}" for name in _SCORE)

# A score whose cases are not held exactly as they came; hashes tell that without a row crossing over.
_CHANGED = f"""
create or replace temp table changed_cases as
with came as (
    select {_NAMES}, count(*) as n, sum(hash(case_key, value, seen)) as content from staged_cases group by all
),
held as (
    select {_NAMES}, count(*) as n, sum(hash(case_key, value, seen)) as content
    from cases
    where source = $source and seen >= (select min(seen) from staged_cases)
    group by all
)
select came.*
from came left join held using ({_NAMES})
where held.n is distinct from came.n or held.content is distinct from came.content
"""  # noqa: S608 - names of our own record


def take(session: Session, source: str, run_id: str, found: Sequence[CaseScores]) -> int:
    """Store the cases of scores of one source; give how many scores are new or differ."""
    rows = [(each, key, value) for each in _newest(found) for key, value in sorted(each.scores.items())]
    if not rows:
        return 0
    columns = {name: ("varchar", [getattr(each, name) for each, _, _ in rows]) for name in _SCORE}
    session.stage(
        "staged_cases",
        {
            **columns,
            "case_key": ("varchar", [key for _, key, _ in rows]),
            "seen": ("timestamp", [each.seen for each, _, _ in rows]),
            "value": ("double", [value for _, _, value in rows]),
        },
    )
    session.execute(_CHANGED, {"source": source})
    session.execute(
        f"delete from cases c using changed_cases i where c.source = $source and {_SAME}",  # noqa: S608 - names of our own record
        {"source": source},
    )
    session.execute(
        f"""
        insert into cases by name
        select $source as source, i.*, $run as run_id from staged_cases i semi join changed_cases using ({_NAMES})
        """,  # noqa: S608 - names of our own record
        {"source": source, "run": run_id},
    )
    return int(session.execute("select count(*) from changed_cases")[0][0])


def _newest(found: Sequence[CaseScores]) -> list[CaseScores]:
    """Keep what was said last of each score."""
    return list({tuple(getattr(each, name) for name in _SCORE): each for each in found}.values())
