"""Sign requests to AWS with Signature Version 4, from hmac and hashlib alone.

Each try of a request is signed anew at its own time, because a signature is taken for five minutes only. Host, content
type and everything that starts with ``x-amz-`` are signed, the body by its hash.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote

from collectors.answers import parse_json, table, text
from collectors.secrets import Secret, SecretRef
from store.errors import SourceError

_HOST: Final = re.compile(r"(?:.+\.)?([a-z0-9-]+)\.([a-z0-9-]+-\d+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)")
_SCHEME: Final = "AWS4-HMAC-SHA256"
_SAFE: Final = "-_.~"
_WORD: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Options under ``[sources.options.access.aws]``: two or three references, or ``process`` that gives them at once.

    ``process`` gives what the AWS tools call a ``credential_process``, such as
    ``cmd:["aws", "configure", "export-credentials"]``. Service and region are read from the address (``monitoring`` and
    ``eu-central-1`` of ``monitoring.eu-central-1.amazonaws.com``) unless they are set here.
    """

    key_id: SecretRef | None = None
    secret: SecretRef | None = None
    session_token: SecretRef | None = None
    process: SecretRef | None = None
    region: str = ""
    service: str = ""

    def __post_init__(self) -> None:
        """Refuse half a pair of keys, and two ways at once."""
        if bool(self.key_id) != bool(self.secret):
            raise ValueError("expected key_id and secret, found one of them")
        if bool(self.key_id) == bool(self.process) or (self.process and self.session_token):
            raise ValueError("expected either key_id and secret, or process")


@dataclass(frozen=True, slots=True)
class Signer:
    """Keys of AWS with every reference resolved."""

    key_id: Secret
    secret: Secret
    session_token: Secret | None = None
    region: str = ""
    service: str = ""

    def headers(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes, now: datetime
    ) -> dict[str, str]:
        """Give the headers that a request must carry beside its own; ``target`` is path and query as they are sent."""
        time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        added = {"x-amz-date": time}
        if self.session_token:
            added["x-amz-security-token"] = self.session_token.reveal()
        known = {name.lower(): value for name, value in headers.items()} | added
        names, asked = canonical(method, target, known, content)
        service, region = self._scope(known["host"])
        scope = f"{time[:8]}/{region}/{service}/aws4_request"
        words = "\n".join([_SCHEME, time, scope, hashlib.sha256(asked.encode()).hexdigest()])
        key = signing_key(self.secret, time[:8], region, service)
        credential = f"{_SCHEME} Credential={self.key_id.reveal()}/{scope}"
        return added | {"authorization": f"{credential}, SignedHeaders={names}, Signature={_mac(key, words).hex()}"}

    def _scope(self, host: str) -> tuple[str, str]:
        found = _HOST.fullmatch(host.partition(":")[0])
        service, region = (self.service or (found[1] if found else "")), (self.region or (found[2] if found else ""))
        if not service or not region:
            words = "the address names no service and region of AWS; set access.aws.service and access.aws.region"
            raise SourceError("auth", words)
        return service, region


def signer_of(keys: AwsKeys, fetch: Callable[[SecretRef], Secret], learn: Callable[[Secret], None]) -> Signer:
    """Resolve the keys; each is made known to ``learn`` before anything is done with it."""
    refs = {"key_id": keys.key_id, "secret": keys.secret, "session_token": keys.session_token}
    found = {name: fetch(ref) for name, ref in refs.items() if ref}
    found |= _processed(fetch(keys.process), keys.process) if keys.process else {}
    for each in found.values():
        learn(each)
    if not all(_WORD.fullmatch(each.reveal()) for each in found.values()):
        raise SourceError("secret", "a key of AWS holds a blank or another character that no key has")
    return Signer(found["key_id"], found["secret"], found.get("session_token"), keys.region, keys.service)


def canonical(method: str, target: str, headers: Mapping[str, str], content: bytes) -> tuple[str, str]:
    """Give the names of the headers that are signed, and the request as AWS writes it; header names are lower case."""
    path, _, query = target.partition("?")
    pairs = sorted(
        (quote(name, safe=_SAFE), quote(value, safe=_SAFE)) for name, value in parse_qsl(query, keep_blank_values=True)
    )
    chosen = {
        name: " ".join(value.split())
        for name, value in sorted(headers.items())
        if name in ("host", "content-type") or name.startswith("x-amz-")
    }
    names = ";".join(chosen)
    lines = [
        method,
        quote(path or "/", safe=f"/{_SAFE}"),
        "&".join(f"{name}={value}" for name, value in pairs),
        *(f"{name}:{value}" for name, value in chosen.items()),
        "",
        names,
        hashlib.sha256(content).hexdigest(),
    ]
    return names, "\n".join(lines)


def signing_key(secret: Secret, day: str, region: str, service: str) -> bytes:
    """Derive the key that signs for a day, region and service."""
    key = f"AWS4{secret.reveal()}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, words: str) -> bytes:
    return hmac.new(key, words.encode(), hashlib.sha256).digest()


def _processed(said: Secret, ref: SecretRef) -> dict[str, Secret]:
    """Read what a credential process prints; what it printed is never part of a message."""
    try:
        body = table(parse_json(said.reveal().encode()), "credentials")
        names = {"key_id": "AccessKeyId", "secret": "SecretAccessKey"}
        names |= {"session_token": "SessionToken"} if body.get("SessionToken") else {}
        return {own: Secret(text(body.get(name), name)) for own, name in names.items()}
    except SourceError:
        words = f"secret {ref} gave no JSON with AccessKeyId and SecretAccessKey"
        raise SourceError("secret", words) from None
