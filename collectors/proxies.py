"""Find the proxy of a URL, in the source's settings or in the environment, whose NO_PROXY may hold networks."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from store.errors import SourceError


def proxy_for(url: str, configured: str, environ: Mapping[str, str]) -> str:
    """Give the URL of the proxy; empty for the direct way."""
    if configured:
        return "" if configured == "none" else configured
    parts = urlsplit(url)
    proxy = _variable(environ, f"{parts.scheme}_proxy") or _variable(environ, "all_proxy")
    if not proxy or _is_exempt(parts.hostname or "", parts.port, _variable(environ, "no_proxy")):
        return ""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):
        raise SourceError("proxy", "the proxy of the environment is neither http nor https; only those are spoken")
    return proxy


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _is_exempt(host: str, port: int | None, no_proxy: str) -> bool:
    return any(_matches(host.rstrip(".").lower(), port, entry.strip().lower()) for entry in no_proxy.split(","))


def _matches(host: str, port: int | None, entry: str) -> bool:
    if entry == "*":
        return True
    try:
        network = ipaddress.ip_network(entry.strip("[]"), strict=False)
        return ipaddress.ip_address(host) in network
    except ValueError:
        pass  # the entry or the host is a name
    name, _, wanted = entry.rpartition(":")
    if name and wanted.isdecimal():
        return port == int(wanted) and _matches(host, None, name)
    name = entry.removeprefix("*").removeprefix(".").rstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
