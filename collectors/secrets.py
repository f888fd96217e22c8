"""Keep secrets out of the configuration and out of sight: a reference says where a value is, ``resolve`` fetches it.

Four kinds of reference: ``env:NAME``, ``file:/path``, ``cmd:["pass", "show", "x"]`` and ``keyring:service/user``.
A literal is refused with words that never repeat it, because it may be the secret itself.
"""

import importlib
import importlib.util
import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, Self

from store.errors import SourceError

_WANTED: Final = 'expected a reference (env:NAME, file:/path, cmd:["program", "argument"] or keyring:service/user)'
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_ENTRY: Final = re.compile(r"[^/\x00-\x20]{1,128}/[^\x00-\x20]{1,128}")
_LONGEST: Final = 64 * 1024
_SHORTEST: Final = 3
_PATIENCE: Final = 10.0


class Secret:
    """A value that must not be seen: it has no text form, no copy and no pickle; ``reveal`` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Hold the value."""
        self._value = value

    def reveal(self) -> str:
        """Give the value to whoever sends it; call this as late as possible."""
        return self._value

    def __repr__(self) -> str:
        """Say that something is hidden, never what."""
        return "<secret>"

    def __format__(self, spec: str) -> str:
        """Refuse to be part of a text."""
        raise TypeError("a secret has no text form")

    def __str__(self) -> str:
        """Refuse to be text."""
        raise TypeError("a secret has no text form")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be copied or written."""
        raise TypeError("a secret can be neither copied nor pickled")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is found; safe to show, because a value never fits the form of a reference."""

    kind: Literal["env", "file", "cmd", "keyring"]
    target: tuple[str, ...]

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read ``env:NAME`` and its siblings; anything else is refused and not repeated."""
        if not isinstance(value, str):
            raise ValueError(f"{_WANTED} in quotes")  # noqa: TRY004 - the decoder's protocol
        kind, _, rest = value.partition(":")
        if kind == "env" and _NAME.fullmatch(rest):
            return cls("env", (rest,))
        if kind == "file" and rest.startswith(("/", "~/")) and rest.isprintable():
            return cls("file", (rest,))
        if kind == "cmd" and (words := _words(rest)):
            return cls("cmd", words)
        if kind == "keyring" and _ENTRY.fullmatch(rest):
            return cls("keyring", tuple(rest.split("/", 1)))
        raise ValueError(f"{_WANTED}, found something else, which is not shown because it may be the secret itself")

    def __str__(self) -> str:
        """Write the reference as people know it; of a command only the program, as arguments may be telling."""
        if self.kind == "cmd":
            return (
                f"cmd:[{json.dumps(self.target[0])}, ...]" if len(self.target) > 1 else f"cmd:{json.dumps(self.target)}"
            )
        return f"{self.kind}:{'/'.join(self.target)}"


def resolve(ref: SecretRef, environ: Mapping[str, str], *, patience: float = _PATIENCE) -> Secret:
    """Fetch the value a reference points at or raise ``SourceError("secret")`` that names the reference alone."""
    fetch: Callable[[], str] = {
        "env": lambda: _from_environment(ref, environ),
        "file": lambda: _from_file(ref),
        "cmd": lambda: _from_command(ref, environ, patience),
        "keyring": lambda: _from_keyring(ref),
    }[ref.kind]
    value = fetch().removesuffix("\n").removesuffix("\r")
    if len(value) < _SHORTEST:
        raise _refused(ref, "is empty" if not value else f"has fewer than {_SHORTEST} characters")
    return Secret(value)


def _words(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text)
    except ValueError:
        return ()
    if not isinstance(words, list) or not all(isinstance(word, str) and word.isprintable() for word in words):
        return ()
    return tuple(words) if words and words[0] else ()


def _from_environment(ref: SecretRef, environ: Mapping[str, str]) -> str:
    value = environ.get(ref.target[0])
    if value is None:
        raise _refused(ref, "is not set in the environment of this process")
    return value


def _from_file(ref: SecretRef) -> str:
    try:
        # O_NONBLOCK: a FIFO in place of the file must not hold the run.
        path = os.path.expanduser(ref.target[0])  # noqa: PTH111 - Path raises where there is no home
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(ref, f"cannot be read: {os.strerror(error.errno or 0)}") from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise _refused(ref, "is not a regular file")
        if found.st_mode & 0o077:
            raise _refused(ref, f"can be read by others (mode {stat.S_IMODE(found.st_mode):04o}); chmod 600 it")
        return _text(ref, file.read(_LONGEST + 1))


def _from_command(ref: SecretRef, environ: Mapping[str, str], patience: float) -> str:
    try:
        child = subprocess.Popen(  # noqa: S603 - argv of the person's own configuration, no shell
            ref.target,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # may repeat the secret
            env=dict(environ),
            start_new_session=True,  # so that its children can be ended too
        )
    except OSError as error:
        raise _refused(ref, f"cannot be started: {os.strerror(error.errno or 0)}") from None
    with child:
        try:
            body, _ = child.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise _refused(ref, f"gave nothing within {patience:g} s") from None
    if child.returncode:
        raise _refused(ref, f"ended with status {child.returncode}")
    return _text(ref, body)


def _from_keyring(ref: SecretRef) -> str:
    if importlib.util.find_spec("keyring") is None:
        raise _refused(ref, "needs the Python library keyring in this environment")
    value: str | None = importlib.import_module("keyring").get_password(*ref.target)
    if value is None:
        raise _refused(ref, "has no such entry in the keyring of this user")
    return value


def _text(ref: SecretRef, body: bytes) -> str:
    if len(body) > _LONGEST:
        raise _refused(ref, f"is longer than {_LONGEST} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _refused(ref, "is not UTF-8 text") from None


def _refused(ref: SecretRef, words: str) -> SourceError:
    return SourceError("secret", f"secret {ref} {words}")
