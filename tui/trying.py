"""Try one source: collect it once without storing anything, and show what it gives, what it ignores and why."""

import asyncio
import os
from datetime import datetime

from collectors import runner
from collectors.connecting import tools
from collectors.drift import watching
from collectors.redaction import Redactor
from collectors.settings import SourceSettings, collector_of
from store.records import Outcome
from tui.describing import described
from tui.settings import Config


async def attempt(
    config: Config, source: SourceSettings, since: datetime | None, now: datetime, stop: asyncio.Event
) -> tuple[Outcome, list[str]]:
    """Collect a source as its first collection would, or from ``since`` on; give the outcome and its description."""
    plan = runner.plan(source, collector_of(source), None, now, since)
    known = Redactor()
    made = tools(config.collection, os.environ, now, config.path.parent, known)
    with watching() as watch:
        (outcome,) = await runner.collect([plan], made, 1, stop)
    return outcome, [known(line) for line in described(outcome, watch.unread())]
