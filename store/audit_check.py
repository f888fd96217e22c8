"""Hold the log against itself at both places where it is kept, these against each other, and both against checkpoints.

As long as a line of the file is what the store would write, it is looked at once. Where they part, each is followed by
itself to its end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from store import audit
from store.audit_chain import Chain
from store.audit_faults import NOTES, Fault, Faults, Stood
from store.audit_form import moment
from store.audit_lines import lines_of_file, lines_of_store
from store.checkpoints import Checkpoint
from store.database import Session

_STORE: Final = "store"
WRITTEN_OUT: Final = "audit_written_out"
"""The fact that says which entry the file held for sure before the last transaction."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the log is kept: an open store, a file, or both; ``is_published`` for a copy that may lag behind."""

    session: Session | None = None
    file: Path | None = None
    is_published: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: how far the log goes, what is wrong with it, which checkpoints it agrees with."""

    store_id: str
    entries: int
    last: Stood
    faults: tuple[Fault, ...]
    unsaid: int = 0
    agreed: tuple[Checkpoint, ...] = ()

    @property
    def state(self) -> Literal["intact", "broken", "cannot tell"]:
        """Say what it comes to."""
        kinds = {fault.kind for fault in self.faults}
        if kinds - NOTES:
            return "broken"
        return "cannot tell" if "not yet published" in kinds else "intact"


def check(kept: Kept, checkpoints: Sequence[Checkpoint] = ()) -> Report:
    """Verify the log as far as it is at hand."""
    faults = Faults()
    known = audit.known_id(kept.session) if kept.session else ""
    places = [*([kept.file.name] if kept.file else []), *([_STORE] if kept.session else [])]
    chain = Chain(" and ".join(places), known, faults, kept.file is not None, kept.session is not None)
    chain.wanted = frozenset(each.sequence for each in checkpoints)
    chains = _followed(kept, chain)
    held = [(each, [_agrees(one, each, checkpoints) for one in chains]) for each in checkpoints]
    agreed = [each for each, answers in held if all(answers)]
    longest = max(chains, key=lambda one: one.last.sequence)
    ordered = sorted(faults.found, key=lambda fault: (fault.sequence == 0, fault.sequence, fault.line))
    return Report(chain.store_id, longest.entries, longest.last, tuple(ordered), faults.unsaid, tuple(agreed))


def _followed(kept: Kept, chain: Chain) -> list[Chain]:
    """Follow what there is; give one chain while all places say the same, two where they part."""
    stored = lines_of_store(kept.session) if kept.session else None
    filed = lines_of_file(kept.file) if kept.file else None
    if stored is not None and filed is not None:
        return _side_by_side(kept, chain, stored, filed)
    lines = stored or filed or iter(())
    for odd in iter(lambda: chain.run(lines), None):
        chain.follow(odd)
    chain.end()
    return [chain]


def _side_by_side(kept: Kept, chain: Chain, stored: Iterator[str], filed: Iterator[str]) -> list[Chain]:
    """Follow both as one while they say the same."""
    pair = _Pair(stored, filed)
    for odd in iter(lambda: chain.run(pair), None):
        chain.follow(odd)
    if pair.parted is None:
        chain.end()
        return [chain]
    return _Apart(kept, chain).followed(*pair.parted, stored, filed)


class _Pair:
    """Lines that are alike at both places, up to where they part."""

    def __init__(self, stored: Iterator[str], filed: Iterator[str]) -> None:
        """Take the lines of both."""
        self._stored, self._filed = stored, filed
        self.parted: tuple[str | None, str | None] | None = None

    def __iter__(self) -> Iterator[str]:
        """Give the next that are alike."""
        while self.parted is None:
            one, other = next(self._stored, None), next(self._filed, None)
            if one != other:
                self.parted = one, other
            elif one is None:
                return
            else:
                yield one


class _Apart:
    """Two logs that were one up to here."""

    def __init__(self, kept: Kept, chain: Chain) -> None:
        """Go on from where they part."""
        self._kept = kept
        self._store = chain.split(_STORE, is_file=False)
        self._file = chain.split(kept.file.name if kept.file else "", is_file=True)
        self._faults = chain.faults
        self._waiting: dict[int, tuple[int, int]] = {}
        self._differing: list[tuple[int, int]] = []
        self._torn = ""

    def followed(self, text: str | None, line: str | None, stored: Iterator[str], filed: Iterator[str]) -> list[Chain]:
        """Follow both to their ends and say how they differ."""
        while text is not None or line is not None:
            if text is not None:
                self._met(self._store.follow(text), text, 0)
            if line is not None:
                self._met(self._file.follow(line), line, self._file.line)
                self._torn = "" if line.endswith("\n") else line
            text, line = next(stored, None), next(filed, None)
        self._forgive_torn()
        self._store.end()
        self._file.end()
        self._say_differing()
        self._say_ends()
        return [self._store, self._file]

    def _met(self, sequence: int | None, text: str, line: int) -> None:
        """Hold an entry against the one with its number at the other place."""
        if sequence is None:
            return
        other = self._waiting.get(sequence)
        if other is None or (other[0] > 0) == (line > 0):
            self._waiting[sequence] = (line, hash(text))
            return
        del self._waiting[sequence]
        if other[1] != hash(text):
            self._differing.append((sequence, max(line, other[0])))

    def _forgive_torn(self) -> None:
        """Take a last line without an end for what a crash leaves, when the store holds the whole of it."""
        if not self._torn or self._kept.session is None or self._file.last.sequence < self._written_out():
            return
        whole = next(lines_of_store(self._kept.session, self._file.last.sequence), "")
        if whole.startswith(self._torn):
            self._file.forget_unread()

    def _written_out(self) -> int:
        return written_out(self._kept.session) if self._kept.session else 0

    def _say_differing(self) -> None:
        """Name entries that differ though each is whole in itself; from where on, when it is so to the end."""
        flagged = self._store.flagged | self._file.flagged
        left = sorted(each for each in self._differing if each[0] not in flagged)
        last = min(self._store.last.sequence, self._file.last.sequence)
        runs: list[tuple[int, int, int]] = []
        for sequence, line in left:
            if runs and runs[-1][1] == sequence - 1:
                runs[-1] = (runs[-1][0], sequence, runs[-1][2])
            else:
                runs.append((sequence, sequence, line))
        for low, high, line in runs:
            until = high if high > low else 0
            if high == last:
                words = "the store has another from here on, and each log is whole in itself: one was made anew"
                self._faults.add(Fault("rewritten", self._file.place, line, low, words, until))
            else:
                words = "the store has another, and each is whole in itself"
                self._faults.add(Fault("differs", self._file.place, line, low, words, until))

    def _say_ends(self) -> None:
        """Name what only one of the two has at its end."""
        stored, filed = self._store.last.sequence, self._file.last.sequence
        low, until = min(stored, filed) + 1, max(stored, filed) if abs(stored - filed) > 1 else 0
        if filed < stored:
            known = self._written_out()
            if filed >= known:
                words = "only the store has it: a crash leaves that, and the next collection adds it"
                self._faults.add(Fault("not yet written", self._file.place, self._file.line, low, words, until))
            else:
                words = f"only the store has it, though the file had been written up to entry {known}"
                self._faults.add(Fault("cut tail", self._file.place, self._file.line, low, words, until))
        elif filed > stored:
            line = self._waiting.get(low, (self._file.line, 0))[0]
            if self._kept.is_published:
                words = "the published copy ends before it; look again when it is published"
                self._faults.add(Fault("not yet published", self._file.place, line, low, words, until))
            else:
                words = f"the store never had it: its log ends with entry {stored}"
                self._faults.add(Fault("file ahead", self._file.place, line, low, words, until))


def written_out(session: Session) -> int:
    """Give the number of the entry up to which the file was known to be written before the last transaction."""
    held = session.execute("select content from facts where name = $name", {"name": WRITTEN_OUT})
    return int(held[0][0]) if held else 0


def _agrees(chain: Chain, known: Checkpoint, others: Sequence[Checkpoint]) -> bool:
    """Hold one log against one checkpoint."""
    taken, last = moment(known.taken), chain.last
    line = chain.line if chain.is_file else 0
    if known.store_id != chain.store_id:
        words = f"the checkpoint of {taken} for entry {known.sequence} was taken of another store: compare like with like, or this log was put in the place of another"  # noqa: E501
        chain.faults.add(Fault("another log", chain.place, 0, 0, words))
        return False
    if known.sequence > last.sequence:
        words = f"the checkpoint of {taken} knows entry {known.sequence}; the log ends with entry {last.sequence}"
        until = known.sequence if known.sequence > last.sequence + 1 else 0
        chain.faults.add(Fault("cut tail", chain.place, line, last.sequence + 1, words, until))
        return False
    held = chain.hashes.get(known.sequence)
    if held == known.hash:
        return True
    if held is not None:
        vouched = [each.sequence for each in others if chain.hashes.get(each.sequence) == each.hash]
        after = max((number for number in vouched if number < known.sequence), default=0)
        begin = f"after entry {after}" if after else "anywhere from the first entry on"
        words = f"the checkpoint of {taken} names another hash for it: the log was made anew {begin}, up to this entry"
        chain.faults.add(Fault("rewritten", chain.place, 0, known.sequence, words))
    return False
