"""The table of what limits would have done: each breach that would have been, when, for how long and how bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.backtesting import fired_words
from tui.figures import SEVERITY, SHORT, clock, length, quantity
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from datetime import timedelta

    from operations.backtest import Fired, Replay


@dataclass(frozen=True, slots=True)
class FiredLine:
    """One breach that would have been, of the replay that it belongs to."""

    fired: Fired
    replay: Replay

    @property
    def lasted(self) -> timedelta:
        """How long it would have been open, until the end of the replay where it still would be."""
        return (self.fired.ended or self.replay.ends or self.fired.fired) - self.fired.fired


def fired_lines(replay: Replay) -> tuple[FiredLine, ...]:
    """Give what would have fired, newest first."""
    return tuple(FiredLine(each, replay) for each in reversed(replay.fired))


FIRED: Final[Listing[FiredLine]] = Listing(
    name="fired",
    natural="newest first",
    fields=(
        Field(
            Column("STATE", 7),
            lambda line, _: (SHORT[line.fired.severity], line.fired.severity),
            lambda line: -SEVERITY[line.fired.severity],
        ),
        Field(Column("FIRES", 13), lambda line, _: (clock(line.fired.fired), ""), lambda line: line.fired.fired),
        Field(
            Column("ENDS", 13),
            lambda line, _: (clock(line.fired.ended) if line.fired.ended else "still open", ""),
            lambda line: line.fired.ended,
        ),
        Field(Column("LASTS", 5, "right"), lambda line, _: (length(line.lasted), ""), lambda line: line.lasted),
        Field(
            Column("WORST", 7, "right"),
            lambda line, _: (quantity(line.fired.worst, line.replay.unit), ""),
            lambda line: line.fired.worst,
        ),
        Field(
            Column("FAILS SINCE", 13), lambda line, _: (clock(line.fired.since), "muted"), lambda line: line.fired.since
        ),
    ),
    key=lambda line: line.fired.fired.isoformat(),
    sentence=lambda line, _: [("would have fired: ", "strong"), (fired_words(line.fired, line.replay), "plain")],
    is_problem=lambda _: True,
    empty="with these limits it would never have fired",
)
