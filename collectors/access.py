"""Say how a source is entered: token, password, own headers, own certificate authority, proxy."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from collectors.redaction import Redactor
from collectors.secrets import Secret, SecretRef, resolve
from collectors.signing import AwsKeys, Signer, signer_of
from store.errors import SourceError

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}", re.ASCII)
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Access:
    """Options under ``[sources.options.access]``; every secret is a reference.

    ``token`` goes into ``token_header`` after ``token_scheme``; give another header (``x-api-key``) an empty scheme. A
    scheme that ends with ``=`` is followed by the token without a space (PagerDuty: ``Token token=``).
    ``ca_file`` replaces the host's certificate authorities. ``proxy`` is a URL, ``"none"`` for a direct way, or empty
    for what the environment says. ``aws`` holds keys that sign each request.
    """

    token: SecretRef | None = None
    token_header: str = "Authorization"  # noqa: S105 - the name of a header
    token_scheme: str = "Bearer"  # noqa: S105 - the name of a scheme
    username: str = ""
    password: SecretRef | None = None
    headers: Mapping[str, SecretRef] = field(default_factory=dict)
    ca_file: str = ""
    proxy: str = ""
    proxy_username: str = ""
    proxy_password: SecretRef | None = None
    aws: AwsKeys | None = None

    def __post_init__(self) -> None:
        """Refuse what could never be sent, and secrets in places where they would be seen."""
        for name in (self.token_header, *self.headers):
            if not _HEADER.fullmatch(name):
                raise ValueError("expected the name of an HTTP header, found characters that no header may have")
        if self.token and self.password and self.token_header.lower() == "authorization":
            raise ValueError("expected either a token or a password, found both for the Authorization header")
        if self.aws and (self.token or self.password):
            raise ValueError("expected either keys of AWS or a token or password, found both")
        if self.password and not self.username:
            raise ValueError("expected a username beside the password")
        if self.token_scheme and not _VALUE.fullmatch(self.token_scheme):
            raise ValueError("expected a token_scheme of printable characters")
        if ":" in self.username or not self.username.isprintable():
            raise ValueError("expected a username of printable characters without a colon")
        if self.proxy not in ("", "none"):
            _check_proxy(self.proxy)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An ``Access`` with every reference resolved, for as long as one run; ``redact`` knows each secret of it."""

    headers: Mapping[str, Secret] = field(default_factory=dict)
    ca_file: str = ""
    proxy: str = ""
    proxy_login: tuple[str, Secret] | None = None
    aws: Signer | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    redact: Redactor = field(default_factory=Redactor, repr=False)


def credentials_of(access: Access, environ: Mapping[str, str], redact: Redactor | None = None) -> Credentials:
    """Resolve an access; every secret met is made known to the redactor before anything can fail."""
    known = redact or Redactor()

    def learned(ref: SecretRef) -> Secret:
        secret = resolve(ref, environ)
        known.add(secret)
        return secret

    headers = headers_of(access, learned)
    for header in headers.values():
        known.add(header)
    login = (access.proxy_username, learned(access.proxy_password)) if access.proxy_password else None
    aws = signer_of(access.aws, lambda ref: resolve(ref, environ), known.add) if access.aws else None
    return Credentials(headers, access.ca_file, access.proxy, login, aws, environ, known)


def headers_of(access: Access, fetch: Callable[[SecretRef], Secret]) -> dict[str, Secret]:
    """Resolve everything a request must carry to be let in, by header."""
    sent = {name: _sendable(fetch(ref), f"header {name}") for name, ref in access.headers.items()}
    if access.token:
        token = _sendable(fetch(access.token), f"secret {access.token}").reveal()
        scheme = access.token_scheme
        sent[access.token_header] = Secret(scheme + (" " if scheme and not scheme.endswith("=") else "") + token)
    if access.password:
        pair = f"{access.username}:{fetch(access.password).reveal()}"
        sent["Authorization"] = Secret("Basic " + base64.b64encode(pair.encode()).decode())
    return sent


def _check_proxy(proxy: str) -> None:
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError('expected a proxy such as "http://proxy.example:3128", "none" or nothing')
    if "@" in parts.netloc:
        raise ValueError("expected a proxy without a password in it; use proxy_username and proxy_password")


def _sendable(secret: Secret, what: str) -> Secret:
    if not _VALUE.fullmatch(secret.reveal()):
        raise SourceError("secret", f"{what} holds a line break or another character that no HTTP header may carry")
    return secret
