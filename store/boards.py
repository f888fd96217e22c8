"""Compute at each collection what every screen asks first, so that reading it costs the same whatever the history."""

from typing import Final

from store.database import Session

BOARDS: Final = {
    "portfolio_board": "portfolio",
    "domain_board": "domain_verdicts",
    "evaluation_board": "newest_evaluations",
    "cost_board": "judged_cost_days",
    "source_board": "source_health",
    "trend_board": "drawn_hours",
    "whole_board": "portfolio_whole",
    "queue_board": "change_queue",
}
"""Tables and the views that they are made from; a published copy changes with a collection only, and so do these."""


def refresh(session: Session) -> None:
    """Make the boards anew, inside the caller's transaction and after the judging."""
    for table, view in BOARDS.items():
        session.execute(f"create or replace table {table} as select * from {view}")  # noqa: S608 - constants
