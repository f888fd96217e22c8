"""Hand the configuration to what decides on changes, and have its answers kept."""

from datetime import datetime
from functools import partial

from operations.changes.decisions import Rules, decide
from operations.changes.judging import stand
from operations.gates import Gating
from store import ledger
from store.database import Session
from store.signatures import check
from tui.settings import Config


def changing(config: Config, now: datetime) -> Rules:
    """Say what decisions are held against."""
    signers = config.changes.allowed_signers
    verify = None if signers is None else partial(check, signers=signers, now=now)
    gates = Gating(config.gates)
    return Rules(config.portfolio.name, config.people, config.systems, config.changes, gates, verify)


def judge_changes(session: Session, rules: Rules, now: datetime) -> None:
    """Decide the events that wait and say where every change stands, inside the caller's transaction."""
    ledger.keep(session, decide(session, rules, now), now)
    found = stand(session, rules, now)
    ledger.keep_states(session, found.standings, found.items, now)
