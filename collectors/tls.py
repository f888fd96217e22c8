"""Choose whom to believe: the host's certificate authorities, or one file that the source's settings name."""

import os
import ssl
from functools import lru_cache
from pathlib import Path

from store.errors import SourceError


def host_context() -> ssl.SSLContext | None:
    """Trust what this host trusts (``SSL_CERT_FILE`` is obeyed); ``None`` when the host has no authorities at all."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return _context(paths.cafile, _changed(Path(paths.cafile)))
    if paths.capath and any(Path(paths.capath).iterdir()):
        return ssl.create_default_context(capath=paths.capath)
    return None


def file_context(ca_file: str) -> ssl.SSLContext:
    """Trust the authorities in this file and no others."""
    try:
        path = os.path.expanduser(ca_file)  # noqa: PTH111 - Path raises where there is no home
        return _context(path, _changed(Path(path)))
    except (OSError, ValueError):  # SSLError of a file without certificates is an OSError
        raise SourceError("file", "the ca_file of the source is missing, unreadable or holds no certificate") from None


@lru_cache(maxsize=16)
def _context(ca_file: str, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - a changed file is another key
    """Read the authorities once, not once a source (it takes 20 ms)."""
    return ssl.create_default_context(cafile=ca_file)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns
