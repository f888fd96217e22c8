"""Name the cause of a fault of the network from what lies beneath it: each has its own word and its own remedy."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.words import plain
from store.errors import Cause


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong on the way, in one word and in a sentence, and whether asking again can help."""

    cause: Cause
    words: str
    retryable: bool


def fault_beneath(error: BaseException) -> Fault:
    """Look under an exception for the fault of TLS, name service or connection that caused it."""
    found = list(_beneath(error))
    for name in (_tls, _dns, _connection):
        for each in found:
            if fault := name(each):
                return fault
    return Fault("network", "the answer was cut off or was not HTTP", retryable=True)


def _beneath(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _beneath(member)
        error = error.__cause__ or error.__context__


def _tls(error: BaseException) -> Fault | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"the certificate is not accepted: {plain(error.verify_message)}; set ca_file if it is your own"
        return Fault("tls", words, retryable=False)
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None)  # set by OpenSSL alone
        return Fault("tls", f"TLS failed: {plain(reason or 'the connection was cut')}", retryable=False)
    return None


def _dns(error: BaseException) -> Fault | None:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        return Fault("dns", "the host has no address" + (" at the moment" if again else ""), retryable=again)
    return None


def _connection(error: BaseException) -> Fault | None:
    if isinstance(error, ConnectionRefusedError):
        return Fault("network", "the connection was refused: nothing listens there", retryable=True)
    if isinstance(error, ConnectionError):
        return Fault("network", "the connection was reset", retryable=True)
    if isinstance(error, OSError) and error.strerror:
        return Fault("network", plain(error.strerror), retryable=True)
    return None
