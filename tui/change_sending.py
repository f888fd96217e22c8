"""Write what a person said of a change, signed and checked as at ingestion; commands and screens do the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from operations.changes import acts
from operations.changes.decisions import decide
from store import spool
from store.errors import RefusedError
from store.records import Event
from store.signatures import sign
from store.viewer import Viewer
from tui.changing import changing
from tui.collecting import folder_of
from tui.settings import Config


def signed(config: Config, event: Event, key: Path, environ: Mapping[str, str], *, is_quiet: bool = False) -> Event:
    """Sign an event; ``is_quiet`` where a screen is in the terminal that a passphrase would be asked in."""
    words = acts.message(config.portfolio.name, event)
    return replace(event, signature=sign(words, key.expanduser(), environ, is_quiet=is_quiet))


def sent(config: Config, viewer: Viewer, event: Event, now: datetime) -> Event:
    """Put an event into the spool, unless it would be refused."""
    waiting = (*viewer.pending_events(), event)
    decision = decide(viewer, changing(config, now), now, waiting).decisions[-1]
    if decision.state == "refused":
        raise RefusedError(f"{event.kind} refused: {decision.why}")
    spool.write(folder_of(config), event)
    return event
