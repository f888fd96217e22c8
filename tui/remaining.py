"""Say what is left to do at the source of a change that is approved: the command for it, or the exact call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.delivery.settings import KINDS

if TYPE_CHECKING:
    from operations.changes.queue import LedgerRow
    from store.change_records import Decision
    from store.viewer import Viewer
    from tui.settings import Config


def remaining(row: LedgerRow) -> str:
    """Give the command that carries an approval out where its source takes decisions, else where it is done by hand."""
    if row.kind in KINDS:
        return f"llmops-tui changes deliver {row.change_id} (--print shows the exact call)"
    if row.url:
        return f"apply it at {row.url}"
    return f"apply content {row.content_hash[:12]}, then say so with 'llmops-tui changes applied'"


def call(config: Config, viewer: Viewer, row: LedgerRow, decision: Decision) -> str:
    """Give the call that carries a decision out, with what must hold before it is sent."""
    from operations.deliveries import Order, deliverable
    from tui.delivering import errand_of  # late: it brings the way to the network

    errands = (
        errand_of(config, change, Order(decision.event_id, "approve", decision.reason))
        for change in deliverable(viewer, row.change_id)
    )
    errand = next(errands, None)
    return remaining(row) if errand is None else errand.outside()
