"""Give a server a network of its own that has a loopback and nothing else; needs root and Debian's iproute2.

For servers that listen on every interface with no setting to change it, as Phoenix does for gRPC. Whoever wants to talk
to such a server must be inside as well: ``inside`` gives the command line for it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

_ASK = """
import sys, urllib.request
place, *sent = sys.argv[1:]
headers = {"Content-Type": "application/json"}
request = urllib.request.Request(place, data=sent[0].encode() if sent else None, headers=headers)
with urllib.request.urlopen(request, timeout=5) as answer:
    sys.stdout.write(answer.read().decode())
"""


def is_possible() -> bool:
    """Say whether this user and machine can make a namespace."""
    return (
        os.geteuid() == 0
        and shutil.which("ip") is not None
        and subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode == 0
    )


def create(name: str) -> None:
    """Make the namespace and bring its loopback up."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(inside(name, "ip", "link", "set", "lo", "up"), check=True)


def delete(name: str) -> None:
    """Take the namespace away; what still runs inside keeps it until it ends."""
    subprocess.run(["ip", "netns", "delete", name], check=False)


def inside(name: str, *argv: str) -> list[str]:
    """Give the command line that runs a command inside; it has the same process id."""
    return ["ip", "netns", "exec", name, *argv]


def answers(name: str, page: str) -> Callable[[], bool]:
    """Be ready when the page answers 200 to somebody inside."""
    argv: Sequence[str] = inside(name, sys.executable, "-c", _ASK, page)
    return lambda: subprocess.run(argv, capture_output=True, check=False).returncode == 0


def asked(name: str, page: str, sent: object = None) -> Any:
    """Give the JSON that a page answers to somebody inside; with something to send it is posted."""
    argv = inside(name, sys.executable, "-c", _ASK, page, *([] if sent is None else [json.dumps(sent)]))
    return json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
