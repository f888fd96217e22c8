"""Write the exact call for people who carry a decision out by hand; the token stands in it as a reference."""

import json
import shlex
from collections.abc import Iterator
from typing import Final

from collectors.access import Access
from collectors.delivery.base import Action
from collectors.secrets import SecretRef
from collectors.words import plain

_LONGEST: Final = 1_000
_TOKEN: Final = "TOKEN"  # noqa: S105  # the name of a variable


def command(action: Action, access: Access) -> str:
    """Give a curl command line for bash, every remote word quoted, and what must hold before it is run."""
    words = ["curl", "--fail-with-body", "--request", action.method, *_entry(access)]
    for name, value in {**action.headers, "Content-Type": "application/json"}.items():
        words += ["--header", shlex.quote(f"{name}: {value}")]
    words += ["--data", shlex.quote(json.dumps(action.body)), shlex.quote(action.url)]
    return "\n".join([" ".join(words), *_conditions(action, access)])


def _conditions(action: Action, access: Access) -> Iterator[str]:
    yield plain(f"only while the source shows: {action.guard}", _LONGEST)  # a line of its own would read as a command
    if action.where:
        yield plain(f"what stands between < and > is shown by {action.where}", _LONGEST)
    if not access.password and _variable(access.token) == _TOKEN:
        yield f"${_TOKEN} is {access.token or 'a token of your own'}"


def _entry(access: Access) -> Iterator[str]:
    """Write how one is let in: a variable of the shell, which others on the host cannot see among the processes."""
    if access.password:
        yield from ("--user", shlex.quote(access.username))  # curl asks for the password itself
        return
    scheme = access.token_scheme
    gap = " " if scheme and not scheme.endswith("=") else ""
    header = f"{access.token_header}: {scheme}{gap}${_variable(access.token)}"
    yield f'--header @<(printf %s "{header}")'


def _variable(ref: SecretRef | None) -> str:
    return ref.target[0] if ref is not None and ref.kind == "env" else _TOKEN
