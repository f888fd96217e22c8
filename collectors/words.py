"""Write what came from outside into messages: one line, printable, short, and never more of a URL than its place."""

from typing import Final
from urllib.parse import urlsplit

_LIMIT: Final = 200
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


def plain(text: str, limit: int = _LIMIT) -> str:
    """Give the text on one line without control, format or unassigned characters, cut to a limit."""
    cut = " ".join(text[: 4 * limit].split())
    seen = "".join(letter if letter.isprintable() else _UNKNOWN for letter in cut)
    return seen if len(seen) <= limit else f"{seen[: limit - 3]}..."


def place(url: str) -> str:
    """Name where a URL points: scheme, host, port and path; no user, password, query or fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that is no URL"
    if parts.scheme not in ("http", "https") or not host:
        return plain(f"{parts.scheme}:..." if parts.scheme else "an address without a scheme")
    shown = f"[{host}]" if ":" in host else host
    return plain(f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}")


def origin(url: str) -> tuple[str, str, int]:
    """Give what makes two URLs the same server: scheme, host and port (``ValueError`` when the URL is none)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
