"""Keep what was judged: verdicts and forecasts are replaced as a whole, breaches live on until they close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.database import Session
from store.detection_records import Cell, EpisodeState, FrozenBaseline, Spoken
from store.records import Breach, Forecast, Verdict


@dataclass(frozen=True, slots=True)
class Detected:
    """What the detectors found: cells and episodes as a whole, baselines that are new, breaches that moved.

    ``limit`` is the score in nats at which a series alarms, derived from how many ``series`` there are.
    """

    cells: Sequence[Cell] = ()
    episodes: Sequence[EpisodeState] = ()
    baselines: Sequence[FrozenBaseline] = ()
    breaches: Sequence[Breach] = ()
    evidence: Sequence[Spoken] = ()
    limit: float = 0.0
    series: int = 0


def keep(session: Session, verdicts: Sequence[Verdict], breaches: Sequence[Breach]) -> None:
    """Store the verdicts of one judging and the breaches that it opened or moved on."""
    session.execute("delete from verdicts")
    session.append(Verdict.TABLE, verdicts)
    _replace(session, breaches)


def keep_detected(session: Session, found: Detected) -> None:
    """Store what detectors found; the evidence of a breach is replaced with it."""
    for table, rows in ((Cell.TABLE, found.cells), (EpisodeState.TABLE, found.episodes)):
        session.execute(f"delete from {table}")  # noqa: S608 - constants
        session.append(table, rows)
    for each in found.baselines:
        session.execute(
            "delete from baselines where system = $system and signal = $signal and dim = $dim",
            {"system": each.system, "signal": each.signal, "dim": each.dim},
        )
    session.append(FrozenBaseline.TABLE, found.baselines)
    _replace(session, found.breaches)
    told = sorted({each.breach_id for each in found.evidence})
    session.execute("delete from evidence where breach_id in (select unnest($ids::varchar[]))", {"ids": told})
    session.append(Spoken.TABLE, found.evidence)
    for name, figure in (("detection_limit", found.limit), ("detection_series", found.series)):
        session.execute("insert or replace into facts values ($name, $content)", {"name": name, "content": str(figure)})


def _replace(session: Session, breaches: Sequence[Breach]) -> None:
    """Store breaches over what was known of them."""
    if breaches:
        session.execute(
            "delete from breaches where breach_id in (select unnest($ids))", {"ids": [b.breach_id for b in breaches]}
        )
        session.append(Breach.TABLE, breaches)


def keep_forecasts(session: Session, forecasts: Iterable[Forecast]) -> None:
    """Store where every system's month ends."""
    session.execute("delete from forecasts")
    session.append("forecasts", tuple(forecasts))
