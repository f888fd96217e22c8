"""Name the accounts of the host: who runs this, and who logged in before; nothing that the environment says counts."""

import os
import pwd
from pathlib import Path


def user_name(uid: int) -> str:
    """Name a user by id; the id itself where the host knows no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def own_name() -> str:
    """Name the user that this process runs as."""
    return user_name(os.geteuid())


def login_uid(path: Path = Path("/proc/self/loginuid")) -> int:
    """Give who logged in before any su or sudo; -1 where the system does not tell."""
    try:
        found = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return -1
    return -1 if found == 2**32 - 1 else found
