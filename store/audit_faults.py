"""Name what is wrong with the log: where, and what was done to it as far as the log itself can tell."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from store.audit_form import FIRST

Kind = Literal[
    "edited",  # the content does not give the hash
    "inserted",  # an entry that the others do not know
    "duplicated",  # the same entry once more
    "swapped",  # an entry at another's place
    "missing",  # numbers that no entry has
    "wrong first entry",  # the log does not begin at its beginning
    "reordered time",  # dated before the entry before
    "mixed store",  # an entry of another store's log
    "older form",  # an entry in a form that this log had left behind
    "changed form",  # the same values in another spelling
    "unparsable line",  # not an entry, among entries
    "truncated last line",  # the last line has no end
    "trailing garbage",  # not an entry, after the last one
    "cut tail",  # entries that are known to have been there are gone from the end
    "file ahead",  # the file has entries that the store never had
    "differs",  # file and store say different things, each in itself whole
    "rewritten",  # file and store, or log and checkpoint, are different logs from some entry on
    "another log",  # the checkpoint was taken of another store
    "not yet written",  # a note: a crash left the last entries in the store alone; the next collection adds them
    "not yet published",  # a note: the file is ahead of the published copy, which is all that may be read
]
NOTES: Final = frozenset({"not yet written", "not yet published"})
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stood:
    """The last entry at its place, or another that claims the same one."""

    line: int = 0
    sequence: int = 0
    hash: str = FIRST
    written: str = ""
    form: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at an entry or at a run of them; line 0 for the store, sequence 0 for no entry."""

    kind: Kind
    place: str
    line: int
    sequence: int
    words: str
    until: int = 0
    written: str = ""

    def __str__(self) -> str:
        """Say it in one line: place, line, entry, time, kind, words."""
        line = f" line {self.line}" if self.line else ""
        entry = f", entry {self.sequence}" if self.sequence else ""
        if self.until > self.sequence:
            entry = f", entries {self.sequence} to {self.until}"
        when = f" of {self.written}" if self.written else ""
        return f"{self.place}{line}{entry}{when}: {self.kind}: {self.words}"


@dataclass(slots=True)
class Faults:
    """What was found so far; the same thing said of neighbours is said once, and at most a thousand are kept."""

    found: list[Fault] = field(default_factory=list)
    unsaid: int = 0

    def add(self, fault: Fault) -> None:
        """Keep one more."""
        for place in range(len(self.found) - 1, max(-1, len(self.found) - 4), -1):  # two places and two kinds alternate
            if _goes_on(self.found[place], fault):
                self.found[place] = replace(self.found[place], until=fault.sequence)
                return
        if len(self.found) < _MOST:
            self.found.append(fault)
        else:
            self.unsaid += 1


def _goes_on(last: Fault, fault: Fault) -> bool:
    if fault.until or fault.sequence < 2 or fault.sequence != max(last.sequence, last.until) + 1:
        return False
    return (last.kind, last.place, last.words) == (fault.kind, fault.place, fault.words)
