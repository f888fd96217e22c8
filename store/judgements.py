"""Keep what was judged: verdicts and forecasts are replaced as a whole, breaches live on until they close."""

from collections.abc import Iterable, Sequence

from store.database import Session
from store.records import Breach, Forecast, Verdict


def keep(session: Session, verdicts: Sequence[Verdict], breaches: Sequence[Breach]) -> None:
    """Store the verdicts of one judging and the breaches that it opened or moved on."""
    session.execute("delete from verdicts")
    session.append("verdicts", verdicts)
    if breaches:
        session.execute(
            "delete from breaches where breach_id in (select unnest($ids))", {"ids": [b.breach_id for b in breaches]}
        )
        session.append("breaches", breaches)


def keep_forecasts(session: Session, forecasts: Iterable[Forecast]) -> None:
    """Store where every system's month ends."""
    session.execute("delete from forecasts")
    session.append("forecasts", tuple(forecasts))
