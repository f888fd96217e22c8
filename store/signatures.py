"""Sign and check decisions with SSH keys, by ``ssh-keygen`` as a child process: offline, and through a forwarded agent.

A signature holds for our namespace alone, so that one made for a file, a commit or a login proves nothing here.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from store.errors import StoreError

NAMESPACE: Final = "llmops-tui-decision@v1"
PROGRAM: Final = "ssh-keygen"
_LONGEST: Final = 16_384
_FINGERPRINT: Final = re.compile(r"\bSHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a signature proves: the fingerprint of the listed key that made it, or why it proves nothing."""

    fingerprint: str = ""
    fault: str = ""


def canonical(content: object) -> str:
    """Write JSON in its one form: sorted keys, no spaces, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sign(
    message: bytes, key: Path, environ: Mapping[str, str], patience: float = 120.0, *, is_quiet: bool = False
) -> str:
    """Sign with a private key, or a public one whose private part an agent holds; raise ``StoreError`` in words.

    ``is_quiet`` takes the terminal and any dialog from the child: a key that needs a passphrase is refused then.
    """
    words = [_program(), "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key)]
    surroundings = {**environ, "SSH_ASKPASS_REQUIRE": "never"} if is_quiet else dict(environ)
    try:
        done = subprocess.run(  # noqa: S603 - argv of our own, no shell
            words, input=message, capture_output=True, timeout=patience, check=False, env=surroundings,
            start_new_session=is_quiet,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise StoreError(f"signing with {key}: {PROGRAM} gave nothing within {patience:g} s") from None
    if done.returncode:
        asked = "; a passphrase cannot be asked for here, so load the key first (ssh-add)" if is_quiet else ""
        remedy = f"is the key there, or in your agent (ssh-add -l)?{asked}"
        raise StoreError(f"signing with {key}: {_said(done.stderr)}; {remedy}")
    return done.stdout.decode("ascii", "replace")


def check(
    message: bytes, signature: str, person: str, *, signers: Path, now: datetime, patience: float = 10.0
) -> Checked:
    """Say whether a key that ``signers`` lists for the person, and that holds now, signed exactly this message."""
    if len(signature) > _LONGEST:
        return Checked(fault="the signature is too long to be one")
    if fault := _unsafe(signers):
        return Checked(fault=fault)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="replace", suffix=".sig") as file:
        file.write(signature)
        file.flush()
        return _checked(message, _command(Path(file.name), person, signers, now), person, patience)


def _command(signature: Path, person: str, signers: Path, now: datetime) -> list[str]:
    moment = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    words = [_program(), "-Y", "verify", "-f", str(signers), "-I", person, "-n", NAMESPACE, "-s", str(signature)]
    return [*words, f"-Overify-time={moment}"]


def _checked(message: bytes, command: list[str], person: str, patience: float) -> Checked:
    environ = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(  # noqa: S603 - argv of our own, no shell
            command, input=message, capture_output=True, timeout=patience, check=False, env=environ
        )
    except subprocess.TimeoutExpired:
        return Checked(fault=f"{PROGRAM} gave nothing within {patience:g} s")
    found = _FINGERPRINT.search(done.stdout.decode("utf-8", "replace"))
    if done.returncode or found is None:
        return Checked(fault=f"the signature does not hold for {person}: {_said(done.stderr)}")
    return Checked(found[0])


def _unsafe(signers: Path) -> str:
    """Say why a list of signers cannot be believed; nothing when it can."""
    try:
        found = signers.stat()
    except OSError as error:
        return f"{signers} cannot be read: {error.strerror}"
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o022:
        return f"{signers} can be written by others; chmod 644 it"
    return ""


def _program() -> str:
    found = shutil.which(PROGRAM)
    if found is None:
        raise StoreError(f"{PROGRAM} is not installed; install the OpenSSH client (openssh-client)")
    return found


def _said(words: bytes) -> str:
    """Give the last line of what the child said."""
    lines = [line.strip() for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Could not verify")]
    return (said or lines or ["no reason given"])[-1][:300]
