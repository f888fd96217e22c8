"""Name every way in which the program gives up, each with its exit code (sysexits.h where one fits)."""

from typing import Final, Literal

EXIT_OK: Final = 0
EXIT_WARNING: Final = 1
EXIT_CRITICAL: Final = 2
EXIT_UNKNOWN: Final = 3
EXIT_CONFIG: Final = 65
EXIT_UNREACHABLE: Final = 69
EXIT_INTERNAL: Final = 70
EXIT_STORE: Final = 73
EXIT_BUSY: Final = 75
EXIT_REFUSED: Final = 77

Cause = Literal[
    "auth",  # 401, 403: the token is missing, wrong or too weak
    "dns",  # the host has no address
    "network",  # refused, reset, cut, malformed HTTP
    "tls",  # certificate or protocol
    "proxy",  # the proxy refused
    "timeout",  # a limit of time was reached
    "too_large",  # a limit of size, rows or pages was reached
    "encoding",  # the body could not be decompressed
    "redirect",  # the source wants us elsewhere
    "status",  # any other HTTP status
    "throttled",  # 429 past the budget
    "not_json",  # the body is not what its format says
    "shape",  # a required field is missing or of the wrong type
    "upstream",  # the source reports an error of its own inside a 200
    "file",  # a file is missing, unreadable or still being written
    "secret",  # a secret could not be resolved
    "plugin",  # a kind of another package is broken, or refuses its options
    "circuit",  # not asked: the source failed repeatedly and is given a rest
    "interrupted",  # the run was stopped from outside
    "internal",  # a fault of this program
]


class LlmopsError(Exception):
    """Stop the program with a message for people and an exit code for scripts."""

    exit_code = EXIT_INTERNAL


class ConfigError(LlmopsError):
    """Report every mistake of the configuration at once."""

    exit_code = EXIT_CONFIG

    def __init__(self, mistakes: list[str], file: str = "") -> None:
        """Take one line a mistake (``path (line N): what was expected, what was found``) and the file they are in."""
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{file}: {count}", *mistakes] if file else mistakes))
        self.mistakes = mistakes


class InputError(LlmopsError):
    """Say what is wrong with a file that was handed over, and what to do."""

    exit_code = EXIT_CONFIG


class RefusedError(LlmopsError):
    """Say why what somebody asked for does not count: a right, a quorum or a piece of evidence is missing."""

    exit_code = EXIT_REFUSED


class StoreError(LlmopsError):
    """Say that the store cannot be read or written, and what to do."""

    exit_code = EXIT_STORE


class StoreBusyError(StoreError):
    """Say that another collection holds the store."""

    exit_code = EXIT_BUSY


class SourceError(LlmopsError):
    """Say why one source gave nothing; the other sources go on."""

    exit_code = EXIT_UNREACHABLE

    def __init__(
        self,
        cause: Cause,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        """Name the cause, the words for people, whether asking again can help and the source's own hint in seconds.

        ``status`` is the HTTP status, where there was one: a kind may know another address for a 404.
        """
        super().__init__(message)
        self.cause: Cause = cause
        self.retryable = retryable
        self.retry_after = retry_after
        self.status = status
