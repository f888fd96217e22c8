"""Say what is left to do at the source of an approved change, exactly: the call, or where to click."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Final, Protocol

_PULL: Final = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)(?: .*)?")
_VERSION: Final = re.compile(r"(prompt|model) (.+) (\d+)", re.DOTALL)
_ALIAS: Final = "production"


class Outside(Protocol):
    """What tells the action: which kind of source, where it is, what the source calls the change."""

    @property
    def kind(self) -> str: ...  # noqa: D102 - as in the record
    @property
    def target(self) -> str: ...  # noqa: D102
    @property
    def external_id(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def content_hash(self) -> str: ...  # noqa: D102


def action(change: Outside) -> str:
    """Give the outside action as one line for people; words of the source are quoted for a shell."""
    made = _KINDS[change.kind](change) if change.kind in _KINDS else ""
    if made:
        return made
    if change.url:
        return f"apply it at {change.url}"
    return f"apply content {change.content_hash[:12]}, then say so with 'llmops-tui changes applied'"


def _mlflow(change: Outside) -> str:
    """Move the alias: the call that both prompts and models of the registry take."""
    found = _VERSION.fullmatch(change.external_id)
    if found is None:
        return ""
    body = json.dumps({"name": found[2], "alias": _ALIAS, "version": found[3]})
    address = f"{change.target.rstrip('/')}/api/2.0/mlflow/registered-models/alias"
    return f"curl -X POST {shlex.quote(address)} -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _github(change: Outside) -> str:
    found = _PULL.fullmatch(change.external_id)
    return f"gh pr review {found[2]} --repo {found[1]} --approve" if found else ""


_KINDS: Final[Mapping[str, Callable[[Outside], str]]] = {"mlflow": _mlflow, "github": _github}
