"""Say who somebody is: the person behind an account, whether a name means them, and what they are for a change."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from operations.changes.settings import Quorum, Settings
from operations.settings import Person

_PARTS: Final = re.compile(r"[,;<>()]")
OWNER: Final = "owner"
DEPUTY: Final = "deputy"


def person_of(people: Iterable[Person], account: str) -> Person | None:
    """Give the person whose account this is."""
    return next((person for person in people if person.os_user and person.os_user == account), None)


def is_same(person: Person, said: str) -> bool:
    """Say whether a name that a source or an event gives means this person: any of their names, in any case.

    ``Ada Lovelace <ada@example.com>`` means whoever has one of the two; of several authors each counts.
    """
    return not _names(person).isdisjoint(_meant(said))


def roles(person: Person, owner: str, deputy: str, quorum: Quorum, settings: Settings) -> tuple[str, ...]:
    """Give all that a person is for a change of a system; nothing means that they may not decide."""
    asked = {*settings.approver_roles, quorum.role} - {""}
    stands = [word for word, name in ((OWNER, owner), (DEPUTY, deputy)) if name == person.name]
    return (*stands, *(role for role in dict.fromkeys(person.roles) if role in asked and role not in stands))


@lru_cache(256)
def _names(person: Person) -> frozenset[str]:
    """Give all that a person goes by; a queue asks it of every change."""
    names = (person.name, person.title, person.email, person.os_user, *person.logins)
    return frozenset(map(_plain, names)) - {""}


@lru_cache(1_024)
def _meant(said: str) -> frozenset[str]:
    """Give all that a name may mean."""
    return frozenset({_plain(said), *map(_plain, _PARTS.split(said))})


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").strip().casefold()
