"""Let people name things by the beginning of their ids."""

from collections.abc import Sequence

from store.errors import ConfigError


def one(beginning: str, known: Sequence[str], what: str, remedy: str) -> str:
    """Give the only id that begins so, or raise ``ConfigError`` in words."""
    found = [each for each in known if beginning and each.startswith(beginning)]
    if len(found) != 1:
        words = f"{len(found)} ids begin so; write more of it" if found else f"no {what} has this id; {remedy}"
        raise ConfigError([f"{beginning}: {words}"])
    return found[0]
