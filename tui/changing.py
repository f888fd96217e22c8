"""Hand the configuration to what decides on changes, and have its answers kept."""

from datetime import datetime
from functools import partial

from operations.changes.decisions import Rules, decide
from operations.changes.judging import stand
from operations.changes.retirements import retirements
from operations.changes.unrecorded import unrecorded
from operations.changes.watching import watch
from operations.gates import Gating
from operations.given import KNOWN
from store import ledger
from store.database import Session
from store.signatures import check
from tui.settings import Config


def changing(config: Config, now: datetime) -> Rules:
    """Say what decisions are held against."""
    signers = config.changes.allowed_signers
    verify = None if signers is None else partial(check, signers=signers, now=now)
    gates, given = Gating(config.gates), (*config.signals, *KNOWN)
    return Rules(config.portfolio.name, config.people, config.systems, config.changes, gates, verify, given)


def judge_changes(session: Session, rules: Rules, now: datetime) -> None:
    """Decide the events that wait, watch what is applied, say where all stands; inside the caller's transaction."""
    ledger.keep(session, decide(session, rules, now), now)
    ledger.keep_announced(session, retirements(session, rules.systems, now), now)
    ledger.keep_watches(session, watch(session, rules, now), now)
    ledger.keep_unrecorded(session, unrecorded(session, rules, now))
    ledger.keep_states(session, stand(session, rules, now), now)
