"""``llmops-tui changes deliver``: carry your decision out at its source with your own token, or say how by hand."""

import argparse
import asyncio
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_CRITICAL, EXIT_OK, EXIT_UNKNOWN, EXIT_WARNING, ConfigError
from tui.text import printable

if TYPE_CHECKING:
    from collectors.delivery.base import Delivery
    from operations.deliveries import Deliverable, DeliveryRow, Order
    from store.records import DeliveryState
    from store.viewer import Viewer
    from tui.settings import Config

_LONGEST: Final = 64 * 1024  # a call that was cut would be another call
_PATIENCE: Final = 10.0  # seconds for a collection under way; the spool keeps what could not be stored at once
_EXITS: "Final[dict[DeliveryState, int]]" = {
    "delivered": EXIT_OK,
    "recorded": EXIT_WARNING,
    "refused": EXIT_CRITICAL,
    "moved": EXIT_CRITICAL,
    "unconfirmed": EXIT_UNKNOWN,
}
_WORDS: "Final[dict[DeliveryState, str]]" = {
    "delivered": "delivered",
    "recorded": "recorded, not delivered",
    "refused": "refused",
    "moved": "not delivered: it is not what was shown any more",
    "unconfirmed": "unknown: not confirmed; look there before you try again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    parser.add_argument("id", metavar="ID", help="the change, by the beginning of its id")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--print", action="store_true", dest="shown", help="send nothing; print the exact call")
    what.add_argument("--roll-back", action="store_true", help="undo what was delivered, where one call can")
    what.add_argument("--list", action="store_true", help="list what was tried")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 0 delivered, 1 recorded and not delivered, 2 refused or moved, 3 not confirmed."""
    from store.viewer import Viewer
    from tui.change_acts import take_in
    from tui.settings import load

    config = load(args.config, os.environ)
    viewer = Viewer(config.store.folder)
    try:
        change = _one(viewer, args.id)
        if args.list:
            return _list(viewer, change, as_json=args.json)
        found = _delivery(config, viewer, change, args)
    finally:
        viewer.close()
    _tell(change, found, as_json=args.json)
    if not args.shown:
        take_in(config, datetime.now(UTC), _PATIENCE)
    return _EXITS[found.state]


def _tell(change: "Deliverable", found: "Delivery", *, as_json: bool) -> None:
    if as_json:
        _print(json.dumps({"change": change.change_id, **asdict(found)}))
    else:
        _print(f"{change.change_id}: {_WORDS[found.state]}")
        for line in found.detail.split("\n"):
            _print(f"  {printable(line, _LONGEST)}")


def _delivery(config: "Config", viewer: "Viewer", change: "Deliverable", args: argparse.Namespace) -> "Delivery":
    from collectors.delivery.base import Delivery
    from operations.deliveries import beside
    from tui.collecting import folder_of
    from tui.delivering import carry_out, check_parts, errand_of

    errand = errand_of(config, change, _order(viewer, change, args))
    if errand is None:
        return Delivery("recorded", f"its source takes no decisions; carry it out at {change.url or change.source}")
    check_parts(errand, change, beside(viewer, change))
    if args.shown:
        return Delivery("recorded", errand.outside())
    return asyncio.run(carry_out(errand, config, folder_of(config), os.environ, lambda: datetime.now(UTC)))


def _order(viewer: "Viewer", change: "Deliverable", args: argparse.Namespace) -> "Order":
    from operations.deliveries import order_of, rollback_of

    return (rollback_of if args.roll_back else order_of)(viewer, change, os.geteuid())


def _one(viewer: "Viewer", beginning: str) -> "Deliverable":
    from operations.deliveries import deliverable

    found = deliverable(viewer, beginning) if beginning else ()
    if len(found) != 1:
        words = f"{len(found)} changes begin so; write more of it" if found else "no change has this id"
        raise ConfigError([f"{beginning}: {words}; 'llmops-tui changes list' lists them"])
    return found[0]


def _list(viewer: "Viewer", change: "Deliverable", *, as_json: bool) -> int:
    from operations.deliveries import attempts
    from tui.plain import as_json as written

    rows = attempts(viewer, change.change_id)
    if as_json:
        _print(written(rows))
        return EXIT_OK
    for line in lines(rows):
        _print(line)
    return EXIT_OK


def lines(rows: "tuple[DeliveryRow, ...]") -> list[str]:
    """Write one line an attempt, the newest first: when, what, where, by whom, how it ended."""
    from tui.figures import clock

    return [
        f"{clock(row.tried)}  {row.verdict:<9}  {printable(row.target, 30)}  {printable(row.actor, 30)}"
        f"  {row.state}: {printable(row.detail, 300)}"
        for row in rows
    ] or ["nothing was tried"]


def _print(line: str) -> None:
    print(line)  # noqa: T201 - stdout is data
