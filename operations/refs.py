"""Say whether the version that a change names is the one that telemetry shows, however each writes it."""

import re
from typing import Final

_LEAST_HASH: Final = 7
_RELEASE: Final = re.compile(r"[-@_:]\d[\d-]*")


def names(ref: str, shown: str, content_hash: str = "") -> bool:
    """Say whether a change to ``ref`` names what is shown.

    The same word in any case, also behind the name of its prompt or provider (``support:22``, ``openai/gpt-5``); a name
    without a release for one of its releases (``gpt-4`` for ``gpt-4-0613``); or the beginning of the content's hash.
    """
    wanted, found = ref.strip().casefold(), shown.strip().casefold()
    if not found:
        return False
    if len(found) >= _LEAST_HASH and content_hash.startswith(found):
        return True
    if not wanted:
        return False
    last = re.split(r"[:/@]", found)[-1]
    if wanted in {found, last} or last == f"v{wanted}" or wanted == f"v{last}":
        return True
    return found.startswith(wanted) and _RELEASE.fullmatch(found[len(wanted) :]) is not None
