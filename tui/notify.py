"""Tell systemd how a long-running collection is (sd_notify(3)); silent where no manager listens."""

import os
import socket
from collections.abc import Mapping


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send one message such as ``READY=1`` to the manager; say whether one listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(message.encode(), target)
        except OSError:
            return False
    return True


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """Give how often the manager wants to hear ``WATCHDOG=1``, half of what it allows; ``None`` if it does not ask."""
    text = environ.get("WATCHDOG_USEC", "")
    return int(text) / 2_000_000 if text.isdigit() else None
