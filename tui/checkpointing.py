"""Send a checkpoint of the log to the system's log, which this program cannot write anew."""

import syslog
from collections.abc import Callable

from store.checkpoints import Checkpoint


def announce(checkpoint: Checkpoint, send: Callable[[int, str], None] = syslog.syslog) -> None:
    """Write it to the facility of authorisation messages; a host without a system log loses it silently."""
    send(syslog.LOG_AUTH | syslog.LOG_INFO, str(checkpoint))
