"""``llmops-tui changes``: request changes, decide on them in your name, say where each stands, answer a pipeline."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_CRITICAL, EXIT_OK, EXIT_UNKNOWN, EXIT_WARNING, StoreError
from tui.change_delivery import add_arguments as add_delivery
from tui.change_delivery import run as deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.settings import Config

_ID: Final = "the beginning of its id, as 'changes list' shows it"
_DECIDES: Final = {
    "approve": "approve exactly the content shown",
    "reject": "reject the content shown; another content opens it again",
    "waive": "say why evidence may be missing, and until when",
    "acknowledge": "acknowledge an external change; the reason is its impact note",
    "review": "review an emergency after it was approved",
}
_ANSWERS: Final = {"approved": EXIT_OK, "pending": EXIT_WARNING, "rejected": EXIT_CRITICAL, "unknown": EXIT_UNKNOWN}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_request(actions.add_parser("request", help="request a change, or revise a request of yours"))
    _add_shown(actions)
    for name, words in _DECIDES.items():
        _add_decision(actions.add_parser(name, help=words), name)
    said = {
        "withdraw": "withdraw a request of yours",
        "ask": "ask for evidence",
        "attach": "give evidence: a link or an id, by item",
        "applied": "say that it was applied",
    }
    for name, words in said.items():
        _add_said(actions.add_parser(name, help=words), name)
    add_delivery(actions.add_parser("deliver", help="carry your decision out at its source with your own token"))
    checked = actions.add_parser(
        "check", help="for pipelines: 0 approved, 1 pending, 2 rejected or void, 3 cannot tell"
    )
    checked.add_argument("--system", required=True, metavar="NAME", help="the system that it would go live on")
    _add_content(checked, "the content that would go live")
    checked.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    if args.action == "deliver":
        return deliver(args)
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    shown: Mapping[str, Callable[[Config, argparse.Namespace, datetime], int]] = {
        "list": _list, "show": _show, "check": _check, "request": _request,
    }  # fmt: skip
    return shown.get(args.action, _say)(config, args, now)


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--class", dest="change_class", required=True, metavar="CLASS", help="prompt, model, retrieval ..."
    )
    parser.add_argument("--system", required=True, metavar="NAME", help="the system that changes")
    parser.add_argument("--title", required=True, metavar="TEXT", help="what changes, in one line")
    _add_content(parser, "exactly what would go live; its bytes are hashed")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, as others will read it")
    parser.add_argument("--from", dest="from_ref", default="", metavar="REF", help="the version that is live")
    parser.add_argument("--to", dest="to_ref", default="", metavar="REF", help="the version that would be")
    parser.add_argument("--rollback", default="", metavar="TEXT", help="what it goes back to, and how")
    parser.add_argument("--author", default="", metavar="NAME", help="who wrote it, where it was not you")
    parser.add_argument("--risk", default="", metavar="WORD", help="low, medium, high or critical")
    parser.add_argument("--url", default="", metavar="URL", help="where it is to be seen")
    parser.add_argument("--incident", default="", metavar="ID", help="the incident of an emergency")
    parser.add_argument(
        "--evidence", action="append", default=[], metavar="ITEM=LINK", help="evidence by item, such as tests=URL"
    )
    parser.add_argument("--revise", default="", metavar="ID", help="move the content of this request of yours")
    _add_writing(parser)


def _add_content(parser: argparse.ArgumentParser, words: str) -> None:
    content = parser.add_mutually_exclusive_group(required=True)
    content.add_argument("--content-file", type=Path, metavar="FILE", help=f"{words}; - is stdin")
    if parser.prog.endswith("check"):
        content.add_argument("--content-hash", metavar="HASH", help="its hash, where the file is not at hand")
    else:
        content.add_argument("--diff-file", type=Path, metavar="FILE", help="a diff instead; the diff is hashed")


def _add_shown(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = actions.add_parser("list", help="list the changes that ask something of somebody")
    listed.add_argument("--system", metavar="NAME", help="only of this system")
    listed.add_argument("--all", action="store_true", help="also those that are settled")
    listed.add_argument("--json", action="store_true", help="as JSON")
    shown = actions.add_parser("show", help="show one change: content, evidence, who decided, who is needed")
    shown.add_argument("id", metavar="ID", help=_ID)
    shown.add_argument("--json", action="store_true", help="as JSON")


def _add_decision(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("id", metavar="ID", help=_ID)
    parser.add_argument("--hash", required=True, metavar="HASH", help="of the content that you saw ('changes show')")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, as others will read it")
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign with this SSH key; a public one asks the agent")
    if name == "waive":
        parser.add_argument("--item", action="append", default=[], metavar="ITEM", help="only this item (repeatable)")
        parser.add_argument("--for", dest="length", required=True, metavar="LENGTH", help="until when: 3d, 2w from now")
    _add_writing(parser)


def _add_said(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("id", metavar="ID", help=_ID)
    if name == "attach":
        parser.add_argument("--item", action="append", required=True, metavar="ITEM", help="what it is evidence for")
        parser.add_argument("--link", dest="reason", required=True, metavar="TEXT", help="a link, or an id")
    elif name == "applied":
        parser.add_argument("--hash", required=True, metavar="HASH", help="of the content that went live")
        parser.add_argument("--reason", default="", metavar="TEXT", help="where and how")
    else:
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why, or what is missing")
    _add_writing(parser)


def _add_writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="wait for a collection under way")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _list(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from tui.change_acts import reading
    from tui.change_words import lines
    from tui.plain import as_json

    with reading(config) as ledger:
        known = ledger.known(now)
    rows = [row for row in known if (args.all or row.is_open) and (args.system is None or row.system == args.system)]
    for line in [as_json(rows)] if args.json else lines(rows, now):
        _print(line)
    return EXIT_OK


def _show(config: "Config", args: argparse.Namespace, _: datetime) -> int:
    from operations.changes.queue import page
    from tui.change_acts import reading
    from tui.change_words import page_lines
    from tui.plain import as_json

    with reading(config) as ledger:
        found = page(ledger.viewer, ledger.chosen(args.id))
    for line in [as_json(found)] if args.json else page_lines(found):
        _print(line)
    return EXIT_OK


def _check(config: "Config", args: argparse.Namespace, _: datetime) -> int:
    """Answer a pipeline; a store that cannot be read is no answer."""
    from operations.changes.acts import hashed
    from operations.changes.permits import Permit, permit
    from tui.change_acts import content_of, reading
    from tui.plain import as_json

    content_hash = args.content_hash or hashed(content_of(args.content_file).encode())
    try:
        with reading(config) as ledger:
            found = permit(ledger.viewer, ledger.rows, args.system, content_hash)
    except StoreError as error:
        found = Permit("unknown", str(error))
    told = f"{found.change_id[:12]}: " if found.change_id else ""
    _print(as_json(found) if args.json else f"{found.answer}: {told}{found.words}")
    return _ANSWERS[found.answer]


def _request(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from tui.change_acts import reading, request

    with reading(config) as ledger:
        event = request(ledger, args, now)
    return _written(config, event.event_id, args)


def _say(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from tui.change_acts import reading, say

    with reading(config) as ledger:
        event = say(ledger, args, now)
    return _written(config, event.event_id, args)


def _written(config: "Config", event_id: str, args: argparse.Namespace) -> int:
    """Have it stored at once where this user may, and say what became of it."""
    from tui.change_acts import outcome
    from tui.change_words import outcome_lines
    from tui.plain import as_json

    found = outcome(config, event_id, args.wait)
    for line in [as_json(found)] if args.json else outcome_lines(found):
        _print(line)
    return found.exit_code


def _print(line: str) -> None:
    from tui.text import printable

    print("\n".join(printable(each, 10_000) for each in line.split("\n")))  # noqa: T201 - stdout is data
