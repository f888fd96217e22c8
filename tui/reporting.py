"""Say on stderr how each source went: a line for people, or a JSON line for a log."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.redaction import Redactor
from store.errors import EXIT_OK, EXIT_UNREACHABLE, EXIT_WARNING
from store.records import Outcome, Run
from tui.text import printable

_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Voice:
    """How a collection speaks: one report a source on stderr, and what takes secrets out of everything it says."""

    as_json: bool
    redact: Redactor = field(default_factory=Redactor)

    def report(self, outcome: Outcome) -> None:
        """Report one finished source."""
        print(json_line(outcome.run) if self.as_json else line(outcome.run), file=sys.stderr, flush=True)  # noqa: T201 - words to people


def line(run: Run) -> str:
    """Describe a run in one line for people."""
    seconds = (run.finished - run.started).total_seconds()
    words = f": {run.cause}: {run.detail}" if run.cause else f" ({run.detail})" if run.detail else ""
    rejected = f", {run.rejected} rejected" if run.rejected else ""
    return printable(f"{run.source:<24} {run.state:<11} {run.rows:>8} rows{rejected} in {seconds:.1f} s{words}", 1_000)


def json_line(run: Run) -> str:
    """Describe a run in one line of JSON (ASCII, so that no control character survives)."""
    return json.dumps(
        {
            "time": run.finished.isoformat(),
            "event": "source collected",
            "source": run.source,
            "kind": run.kind,
            "state": run.state,
            "cause": run.cause,
            "detail": run.detail,
            "rows": run.rows,
            "rejected": run.rejected,
            "unrouted": run.unrouted,
            "requests": run.requests,
            "bytes": run.received_bytes,
            "seconds": round((run.finished - run.started).total_seconds(), 3),
            "window_start": run.window_start.isoformat(),
            "window_end": run.window_end.isoformat(),
        }
    )


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Say in one number how the sources went."""
    states = [outcome.run.state for outcome in outcomes]
    if all(state == "complete" for state in states):
        return EXIT_OK
    return EXIT_UNREACHABLE if all(state == "failed" for state in states) else EXIT_WARNING


def summed(outcomes: Sequence[Outcome]) -> str:
    """Say in one line how the sources went, those named that were not complete; no words of theirs."""
    short = [outcome.run for outcome in outcomes if outcome.run.state != "complete"]
    named = [f"{run.source} {run.state}" + f" ({run.cause})" * (run.cause != run.state) for run in short[:_NAMED]]
    more = [f"{len(short) - _NAMED} more"] if len(short) > _NAMED else []
    return "; ".join([f"{len(outcomes) - len(short)} of {len(outcomes)} sources complete", *named, *more])
