"""Write the exact call for people who carry a decision out by hand; the token stands in it as a reference."""

import json
import shlex
from collections.abc import Iterator

from collectors.access import Access
from collectors.delivery.base import Action


def command(action: Action, access: Access) -> str:
    """Give a curl command line, every remote word quoted, and what must hold before it is run."""
    words = ["curl", "--fail-with-body", "--request", action.method, *_entry(access)]
    for name, value in {**action.headers, "Content-Type": "application/json"}.items():
        words += ["--header", shlex.quote(f"{name}: {value}")]
    words += ["--data", shlex.quote(json.dumps(action.body)), shlex.quote(action.url)]
    lines = [" ".join(words), f"only while the source shows: {action.guard}"]
    return "\n".join([*lines, *([f"what stands between < and > is shown by {action.where}"] if action.where else [])])


def _entry(access: Access) -> Iterator[str]:
    """Write how one is let in: a variable of the shell in place of the secret; curl asks for a password itself."""
    if access.password:
        yield from ("--user", shlex.quote(access.username))
        return
    ref = access.token
    name = ref.target[0] if ref is not None and ref.kind == "env" else "TOKEN"
    scheme = access.token_scheme
    gap = " " if scheme and not scheme.endswith("=") else ""
    yield from ("--header", f'"{access.token_header}: {scheme}{gap}${name}"')
