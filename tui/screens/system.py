"""Ask of one system: why is it so, by domain; what was measured, spent, scored, changed, breached and used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType

from operations.rows import DOMAINS, SystemPage
from tui.deciding import Deciding
from tui.figures import SEVERITY, SIGNS, WORDS, money, plural, share
from tui.listings.breaches import BREACHES
from tui.listings.changes import CHANGES
from tui.listings.details import COSTS, EVALUATIONS, METRICS, MetricLine, metric_lines
from tui.listings.incidents import INCIDENTS
from tui.listings.models import MODELS
from tui.listings.rules import RULES
from tui.opening import Open
from tui.outlooks import outlook
from tui.widgets.line_table import LineTable
from tui.widgets.lines import Lines
from tui.widgets.tabs import Names, Tabs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from operations.rows import BasisRow, SystemRow
    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame
    from tui.spans import Span

TABS: Final[tuple[tuple[Names, Listing[Any]], ...]] = (
    (("Metrics",), METRICS),
    (("Rules",), RULES),
    (("Costs",), COSTS),
    (("Evaluations", "Evals"), EVALUATIONS),
    (("Changes", "Changes", "Chg"), CHANGES),
    (("Breaches", "Breaches", "Br"), BREACHES),
    (("Incidents", "Incidents", "Inc"), INCIDENTS),
    (("Models",), MODELS),
)
"""Each table with its name in falling lengths, for terminals of falling width."""
_BASES: Final = 4
_MONTH: Final = "month to date"
_WIDEST: Final = max(len(domain) for domain in DOMAINS)


@dataclass(frozen=True, slots=True)
class Found:
    """What the store knows of the system: its page, or nothing when there is no such system."""

    page: SystemPage | None


class SystemScreen(Deciding[Found]):
    """One system: who answers for it, its health by domain, and a table for each kind of fact."""

    TITLE = "System"
    OPENS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket,tab", "tab(1)", "next tab", id="system.next-tab"),
        Binding("left_square_bracket,shift+tab", "tab(-1)", "Tab before", show=False, id="system.tab-before"),
        Binding("a", "acknowledge", "acknowledge", show=False, id="system.acknowledge"),
        Binding("d", "silence", "silence", show=False, id="system.silence"),
    ]

    def __init__(self, system: str) -> None:
        """Take the system's name."""
        super().__init__()
        self.system = system
        self._tab = 0

    @property
    def listing(self) -> Listing[Any]:
        """The table of the tab in sight."""
        return TABS[self._tab][1]

    def crumbs(self) -> tuple[str, ...]:
        """Name the system."""
        return (self.system,)

    def body(self) -> Iterable[Widget]:
        """Put who and health above the tabs."""
        yield Lines(1, id="who")
        yield Lines(len(DOMAINS), id="domains")
        yield Tabs([names for names, _ in TABS], id="tabs")
        yield Lines(0, id="bases")
        yield from super().body()

    def load(self, db: Reader, now: datetime) -> Found:
        """Ask for everything about the system."""
        from operations.systems import system

        return Found(system(db, self.system, now))

    def records(self, frame: Frame[Found]) -> Sequence[Any]:
        """Give the rows of the tab in sight."""
        page = frame.content.page
        return () if page is None else self._all(page)[self._tab]

    def draw(self, frame: Frame[Found], now: datetime) -> None:
        """Show who and health, the tabs with their counts, and the table."""
        page = frame.content.page
        if page is None:
            self.query_one("#who", Lines).show([[(f"the store knows no system named {self.system!r}", "warning")]])
        else:
            self.query_one("#who", Lines).show([who(page)])
            self.query_one("#domains", Lines).show(strips(page))
            self.query_one(Tabs).tell([len(rows) for rows in self._all(page)], self._tab)
            self.query_one("#bases", Lines).show([*bases(page.bases), end(page.row)] if self.listing is COSTS else ())
        super().draw(frame, now)

    def action_tab(self, by: int) -> None:
        """Go to the tab beside."""

        def change() -> None:
            self._tab = (self._tab + by) % len(TABS)

        self.switch_listing(change)

    @on(LineTable.Selected)
    def opened(self) -> None:
        """Drill into a metric; the other tables end here."""
        line = self.selected
        if isinstance(line, MetricLine):
            self.post_message(Open("metric", self.system, line.key))

    def _all(self, page: SystemPage) -> tuple[Sequence[Any], ...]:
        return (
            metric_lines(page),
            page.verdicts,
            page.costs,
            page.evaluations,
            page.changes,
            self.overlaid(page.breaches),
            page.incidents,
            page.models,
        )


def who(page: SystemPage) -> list[Span]:
    """Say how the system is, what it is and who answers for it."""
    row = page.row
    title = f"; {row.title}" if row.title and row.title != row.system else ""
    deputy = f", deputy {row.deputy}" if row.deputy else ""
    return [
        (f" {SIGNS[row.state]} {WORDS[row.state]}" if row.state != "ok" else " ok", row.state),
        (f"  {row.system}", "strong"),
        (f"  owner {row.owner}{deputy}", "plain"),
        (f"; tier {row.tier}, {row.environment}, {row.stage}{title}", "muted"),
    ]


def strips(page: SystemPage) -> list[list[Span]]:
    """Give one line a domain: its state and the reason; a domain without rules says so."""
    rows: list[list[Span]] = []
    for domain in DOMAINS:
        state = page.row.domains.get(domain, "unknown")
        judged = [verdict for verdict in page.verdicts if verdict.domain == domain]
        worst = max(judged, key=lambda verdict: SEVERITY[verdict.state], default=None)
        reason = page.row.reasons.get(domain, "") or (worst.note if worst is not None else "")
        held = f"  ({plural(len(judged), 'rule')})" if judged and "rule" not in reason else ""
        held = (_elsewhere(page) if domain == "incidents" else "") or held
        sign = "ok" if state == "ok" else f"{SIGNS[state]:<2} {WORDS[state]}"
        rows.append([(f" {domain:<{_WIDEST}}  ", "muted"), (f"{sign:<11} ", state), (reason, "plain"), (held, "muted")])
    return rows


def _elsewhere(page: SystemPage) -> str:
    """Count what other tools have open; it is theirs to judge, so it changes no state here."""
    count = page.row.open_incidents
    return f"  {count} open elsewhere" if count else ""


def bases(rows: Sequence[BasisRow]) -> list[list[Span]]:
    """Give one line a basis of the month's costs: the judged one first, the others with their share of it."""
    shown = [_basis(row, _MONTH if not place else "") for place, row in enumerate(rows[:_BASES])]
    rest = len(rows) - _BASES
    return shown if rest <= 0 else [*shown, [(f" {'':<{len(_MONTH)}}  and {rest} more", "muted")]]


def end(row: SystemRow) -> list[Span]:
    """Say where the month ends by the judged basis."""
    return [(f" {'month end':<{len(_MONTH)}}  ", "muted"), (outlook(row), "plain")]


def _basis(row: BasisRow, head: str) -> list[Span]:
    total = money(row.total, row.currency)
    words = (
        "judged" if row.is_judged else "another currency" if row.ratio is None else f"{share(row.ratio)} of the judged"
    )
    return [
        (f" {head:<{len(_MONTH)}}  {row.basis:<16} ", "muted"),
        (f"{total:>10}", "strong" if row.is_judged else "plain"),
        (f"  {row.provenance}, {words}", "muted"),
    ]
