"""Follow the log line by line and name each place at which one does not follow from the one before.

A line that follows is known by its text alone, without being read: it begins with the number and the hash that must
come next, and it states the hash that its content has.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from store.audit import CLOCK_SET_BACK
from store.audit_faults import Fault, Faults, Kind, Stood
from store.audit_form import (
    Entry,
    FormError,
    digest,
    entry_of,
    hash_of,
    head,
    is_spelled,
    line_of,
    moment,
    states,
)
from store.audit_lines import TOO_LONG

_TIME: Final = len("2026-11-23T12:00:00.000000+00:00")
_MARK: Final = 8


_NOTHING: Final = Stood()


@dataclass(slots=True)
class Chain:
    """How far the log was followed at one place; ``wanted`` are the numbers whose hashes it must remember.

    Lines that this program has just written from rows (``is_rendered``) cannot be spelled otherwise.
    """

    place: str
    store_id: str
    faults: Faults
    is_file: bool = True
    is_rendered: bool = False
    wanted: Collection[int] = frozenset()
    line: int = 0
    last: Stood = _NOTHING
    entries: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    flagged: set[int] = field(default_factory=set)
    _marks: bytearray = field(default_factory=bytearray)
    _gaps: list[tuple[int, int, int]] = field(default_factory=list)
    _unread: list[Fault] = field(default_factory=list)
    _rival: Stood | None = None

    def run(self, lines: Iterable[str]) -> str | None:
        """Go on as long as each line is exactly the one that must come; give the first that is not."""
        if self._unread or self._rival is not None:
            return next(iter(lines), None)
        last, number, sequence = self.last, self.line, self.last.sequence
        previous, written = last.hash, last.written
        odd = None
        for line in lines:
            text = line[:-1]
            beginning = head(self.store_id, sequence + 1, previous)
            start = len(beginning)
            when, stated = text[start : start + _TIME], hash_of(text)
            is_next = text.startswith(beginning) and when >= written and states(text, stated) and line[-1] == "\n"
            if not is_next or not (self.is_rendered or is_spelled(text, start)):
                odd = line
                break
            number, sequence, previous, written = number + 1, sequence + 1, stated, when
            self._remember(sequence, stated)
        if sequence > last.sequence:
            self.entries += sequence - last.sequence
            self.line, self.last = number, Stood(number, sequence, previous, written, 2)
        return odd

    def follow(self, line: str) -> int | None:
        """Take the next line; give the number of its entry, or ``None`` where it is none."""
        if self.run((line,)) is None:
            return self.last.sequence
        self.line += 1
        entry = self._read(line)
        if entry is None:
            return None
        self._look_at(entry)
        self._place(entry)
        return entry.sequence

    def end(self) -> None:
        """Say what only the end can tell: which numbers never came, and what stands after the last entry."""
        for fault in self._unread:
            kind: Kind = "trailing garbage" if fault.kind == "unparsable line" else fault.kind
            self.faults.add(replace(fault, kind=kind))
        if self._rival is not None:
            self._insert(self._rival)
        for low, high, line in self._gaps:
            self._miss(low, high, line)
        self._unread, self._rival, self._gaps = [], None, []

    def forget_unread(self) -> None:
        """Say nothing of the lines at the end that could not be read: they are known to be what a crash left."""
        self._unread = []

    def split(self, place: str, *, is_file: bool) -> "Chain":
        """Go on from here at one of two places that were alike so far."""
        return replace(
            self,
            place=place,
            is_file=is_file,
            is_rendered=not is_file,
            hashes=dict(self.hashes),
            flagged=set(self.flagged),
            _marks=bytearray(self._marks),
            _gaps=list(self._gaps),
            _unread=list(self._unread),
        )

    def _remember(self, sequence: int, stated: str) -> None:
        if sequence * _MARK == len(self._marks) + _MARK:  # up to the first gap
            self._marks += bytes.fromhex(stated[: 2 * _MARK])
        if sequence in self.wanted:
            self.hashes[sequence] = stated

    def _go_on(self, now: Stood) -> None:
        self.last = now
        self.entries += 1
        self._remember(now.sequence, now.hash)

    def _read(self, line: str) -> Entry | None:
        """Read a line that is not simply the next one."""
        if line == TOO_LONG:
            self._cannot_read("unparsable line", "it is longer than any entry")
            return None
        is_whole = line.endswith("\n")
        kind: Kind = "unparsable line" if is_whole else "truncated last line"
        try:
            entry = entry_of(line)
        except FormError as fault:
            self._cannot_read("changed form" if fault.is_json and is_whole else kind, str(fault))
            return None
        if not is_whole:
            self._cannot_read(kind, "it lacks the line's end")
            return None
        if line_of(entry) != line[:-1]:
            words = "its values are spelled otherwise than this program does (numbers, order of keys, blanks, escapes)"
            self._add("changed form", self._stood(entry), words)
        return entry

    def _cannot_read(self, kind: Kind, words: str) -> None:
        """Keep it until the next entry tells whether it stands in the place of one."""
        self._unread.append(Fault(kind, self.place, self._shown(self.line), 0, words))

    def _look_at(self, entry: Entry) -> None:
        """Look at what an entry says of itself."""
        stood = self._stood(entry)
        self.store_id = self.store_id or entry.store_id
        if digest(entry) != entry.hash:
            self._add("edited", stood, "its content does not give its hash")
        if entry.form < self.last.form:
            self._add("older form", stood, f"it is in form {entry.form}, after entries in form {self.last.form}")
        elif entry.form > 1 and entry.store_id != self.store_id:
            self._add("mixed store", stood, "it was written for another store")

    def _place(self, entry: Entry) -> None:
        """Look at where an entry stands."""
        stood, expected = self._stood(entry), self.last.sequence + 1
        stands_in = bool(self._unread) and entry.sequence == expected + len(self._unread)
        self._settle_unread(expected if stands_in else 0)
        if entry.sequence < expected:
            self._out_of_order(stood)
            return
        if entry.sequence == expected:
            self._link(entry)
        elif not stands_in:
            self._gaps.append((expected, entry.sequence - 1, self.line))
        is_back = stood.written < self.last.written and entry.action != CLOCK_SET_BACK and entry.form > 1
        if is_back and self.last.sequence not in self.flagged:
            self._add("reordered time", stood, f"it is dated before the entry before it, of {self.last.written}")
        self._go_on(stood)

    def _settle_unread(self, first: int) -> None:
        for number, fault in enumerate(self._unread):
            self.faults.add(replace(fault, sequence=first + number if first else 0))
            self.flagged.add(first + number)
        self._unread = []

    def _link(self, entry: Entry) -> None:
        """Hold the hash that an entry names against the one before; where two claim that place, it chooses."""
        rival, self._rival = self._rival, None
        if rival is not None:
            self._insert(self.last if entry.previous_hash == rival.hash else rival)
        elif entry.previous_hash == self.last.hash:
            return
        elif self.last.sequence == 0:
            self._add("wrong first entry", self._stood(entry), "it names an entry before it")
        elif self.last.sequence not in self.flagged and digest(entry) == entry.hash:
            words = f"its content and its hash were made anew: entry {entry.sequence} names another hash for it"
            self._add("edited", self.last, words)

    def _out_of_order(self, stood: Stood) -> None:
        """Name what stands behind an entry with the same number or a later one."""
        if self._fills_gap(stood.sequence):
            self.entries += 1
            self._add("swapped", stood, f"it stands after entry {self.last.sequence}")
        elif stood.hash == self.last.hash or self._mark(stood.sequence) == stood.hash[: 2 * _MARK]:
            self._add("duplicated", stood, "the same entry stands before it already")
        elif stood.sequence == self.last.sequence and self._rival is None:
            self._rival = stood
        else:
            self._insert(stood)

    def _fills_gap(self, sequence: int) -> bool:
        for number, (low, high, line) in enumerate(self._gaps):
            if low <= sequence <= high:
                parts = ((low, sequence - 1, line), (sequence + 1, high, line))
                self._gaps[number : number + 1] = [part for part in parts if part[0] <= part[1]]
                return True
        return False

    def _mark(self, sequence: int) -> str:
        return self._marks[(sequence - 1) * _MARK : sequence * _MARK].hex()

    def _insert(self, stood: Stood) -> None:
        self._add("inserted", stood, "another entry has this number, and those that follow build on that one")

    def _miss(self, low: int, high: int, line: int) -> None:
        words = f"nothing has this number; entry {high + 1} comes next"
        until = high if high > low else 0
        self.faults.add(Fault("missing", self.place, self._shown(line), low, words, until))

    def _add(self, kind: Kind, stood: Stood, words: str) -> None:
        self.flagged.add(stood.sequence)
        self.faults.add(Fault(kind, self.place, self._shown(stood.line), stood.sequence, words, written=stood.written))

    def _stood(self, entry: Entry) -> Stood:
        return Stood(self.line, entry.sequence, entry.hash, moment(entry.written), entry.form)

    def _shown(self, line: int) -> int:
        """Give a line's number where there are lines."""
        return line if self.is_file else 0
