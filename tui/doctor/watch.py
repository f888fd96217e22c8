"""Look at what ``[watch]`` names; no ping is sent, because the watching service would believe it."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from collectors.ping import is_address
from collectors.secrets import SecretRef, resolve
from store.errors import SourceError
from tui.doctor.findings import Finding
from tui.settings import Config


def check(config: Config, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Look at the address of pings and at the place of the metrics file."""
    if config.watch.ping:
        yield from _ping(config.watch.ping, environ)
    if config.watch.textfile:
        yield _textfile(config.watch.textfile, now)


def _ping(reference: SecretRef, environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        address = resolve(reference, environ)
    except SourceError:  # told where all secrets are looked at
        return
    if is_address(address):
        yield Finding("watch", "ok", f"pings go to the address from {reference}; none was sent now")
    else:
        words = f"what {reference} gives is no http or https address; it is not shown because it may be one misspelt"
        yield Finding("watch", "fail", words, "write the whole ping URL of the check there")


def _textfile(path: Path, now: datetime) -> Finding:
    if not path.parent.is_dir():
        remedy = f"mkdir -p {path.parent}, and point the node exporter at it (--collector.textfile.directory)"
        return Finding("watch", "fail", f"{path.parent} is no folder; no metrics are written", remedy)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        words = f"{path.parent} cannot be written by this user; no metrics are written"
        return Finding("watch", "fail", words, "give the collecting user a folder that the node exporter reads")
    if not path.exists():
        return Finding("watch", "warn", f"{path} is not there yet", 'the next "llmops-tui collect" writes it')
    hours = (now - datetime.fromtimestamp(path.stat().st_mtime, UTC)).total_seconds() / 3_600
    return Finding("watch", "ok", f"{path}: written {max(hours, 0.0):.1f} h ago")
