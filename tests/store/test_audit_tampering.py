"""Whoever changes the log, hashes made anew where the kind says so, is found with the place and what was done."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from store import audit, audit_file, commit
from store.audit_check import Kept, Report, check
from store.audit_form import Entry, digest, entry_of, line_of
from store.checkpoints import Checkpoint, checkpoint
from store.database import open_file
from store.folder import Folder

Lines = list[str]
Tampering = Callable[[Lines], Lines]
ENTRIES = 8
HEAD = "audit.jsonl line {0}, entry {1} of 2026-11-23T12:0{1}:00.000000+00:00: "


@pytest.fixture
def log(folder: Folder, now: datetime) -> Folder:
    """Give a store whose log holds eight entries, at both places."""
    with commit.primary(folder, now) as session:
        with session.transaction():
            for number in range(1, ENTRIES + 1):
                when = now + timedelta(minutes=number)
                seen = audit.Evidence(1000 + number, 1000, content_hash="c" * 64)
                audit.append(session, "maria", "approve", f"CHG-{number}", f"n={number} é\u202e\n", when, seen)
        audit_file.write_out(session, folder.audit, folder.file_mode)
        assert audit_file.catch_up(session, folder, now) == ""
    return folder


def read(folder: Folder) -> Lines:
    return folder.audit.read_text().splitlines()


def found(folder: Folder, *against: Checkpoint, alone: bool = False) -> list[str]:
    return [str(fault) for fault in report(folder, *against, alone=alone).faults]


def report(folder: Folder, *against: Checkpoint, alone: bool = False) -> Report:
    if alone:
        return check(Kept(file=folder.audit), against)
    with open_file(folder.primary, read_only=True) as session:
        return check(Kept(session, folder.audit), against)


def edited(line: str, **values: object) -> str:
    """Change values of a line and leave its hash."""
    return line_of(replace(entry_of(line), **values))  # type: ignore[arg-type]  # the test says which


def remade(line: str, **values: object) -> str:
    """Change values of a line and make its hash anew."""
    entry = replace(entry_of(line), **values)  # type: ignore[arg-type]  # the test says which
    return line_of(replace(entry, hash=digest(entry)))


def rechained(lines: Lines, start: int = 0) -> Lines:
    """Make numbers and hashes anew from a place on, as the program itself would."""
    last: Entry | None = entry_of(lines[start - 1]) if start else None
    made = lines[:start]
    for line in lines[start:]:
        entry = entry_of(line)
        last = audit.chained(last, entry, entry.store_id)
        made.append(line_of(last))
    return made


def spelled(line: str, **options: object) -> str:
    return json.dumps(json.loads(line), **options)  # type: ignore[arg-type]  # the test says which


IN_FILE: dict[str, tuple[Tampering, list[str]]] = {
    "a word is edited": (
        lambda a: [*a[:2], edited(a[2], detail="no"), *a[3:]],
        [HEAD.format(3, 3) + "edited: its content does not give its hash"],
    ),
    "the identity is edited": (
        lambda a: [*a[:4], edited(a[4], owner_uid=0), *a[5:]],
        [HEAD.format(5, 5) + "edited: its content does not give its hash"],
    ),
    "an entry is edited and its hash made anew": (
        lambda a: [*a[:2], remade(a[2], detail="no"), *a[3:]],
        [HEAD.format(3, 3) + "edited: its content and its hash were made anew: entry 4 names another hash for it"],
    ),
    "everything from an entry on is made anew": (
        lambda a: rechained([*a[:2], edited(a[2], detail="no"), *a[3:]], 2),
        [
            (
                "audit.jsonl line 3, entries 3 to 8: rewritten: the store has another from here on, and each log is whole in "
                "itself: one was made anew"
            )
        ],
    ),
    "the last entry is made anew": (
        lambda a: [*a[:7], remade(a[7], result="refused")],
        [
            (
                "audit.jsonl line 8, entry 8: rewritten: the store has another from here on, and each log is whole in itself: "
                "one was made anew"
            )
        ],
    ),
    "an entry is inserted": (
        lambda a: [*a[:3], remade(a[3], actor="eve"), *a[3:]],
        [HEAD.format(4, 4) + "inserted: another entry has this number, and those that follow build on that one"],
    ),
    "an entry is inserted behind the one whose number it takes": (
        lambda a: [*a[:4], remade(a[3], actor="eve"), *a[4:]],
        [HEAD.format(5, 4) + "inserted: another entry has this number, and those that follow build on that one"],
    ),
    "an entry is inserted far behind its number": (
        lambda a: [*a[:7], remade(a[3], actor="eve"), a[7]],
        [HEAD.format(8, 4) + "inserted: another entry has this number, and those that follow build on that one"],
    ),
    "two rivals claim one number at the end": (
        lambda a: [*a, remade(a[7], actor="eve")],
        [HEAD.format(9, 8) + "inserted: another entry has this number, and those that follow build on that one"],
    ),
    "two entries are swapped": (
        lambda a: [*a[:2], a[3], a[2], *a[4:]],
        [HEAD.format(4, 3) + "swapped: it stands after entry 4"],
    ),
    "an entry is moved to the end": (
        lambda a: [*a[:2], *a[3:], a[2]],
        [HEAD.format(8, 3) + "swapped: it stands after entry 8"],
    ),
    "an entry is removed": (
        lambda a: [*a[:2], *a[3:]],
        ["audit.jsonl line 3, entry 3: missing: nothing has this number; entry 4 comes next"],
    ),
    "several entries are removed": (
        lambda a: [*a[:2], *a[5:]],
        ["audit.jsonl line 3, entries 3 to 5: missing: nothing has this number; entry 6 comes next"],
    ),
    "the beginning is removed": (
        lambda a: a[3:],
        ["audit.jsonl line 1, entries 1 to 3: missing: nothing has this number; entry 4 comes next"],
    ),
    "the first entry names another before it": (
        lambda a: rechained([remade(a[0], previous_hash="a" * 64), *a[1:]], 1),
        [
            HEAD.format(1, 1) + "wrong first entry: it names an entry before it",
            (
                "audit.jsonl line 2, entries 2 to 8: rewritten: the store has another from here on, and each log is whole in "
                "itself: one was made anew"
            ),
        ],
    ),
    "the tail is cut": (
        lambda a: a[:6],
        [
            (
                "audit.jsonl line 6, entries 7 to 8: cut tail: only the store has it, though the file had been written up to "
                "entry 8"
            )
        ],
    ),
    "all is cut": (
        lambda _: [],
        [
            "audit.jsonl, entries 1 to 8: cut tail: only the store has it, though the file had been written up to entry 8"
        ],
    ),
    "an entry is duplicated": (
        lambda a: [*a[:3], a[2], *a[3:]],
        [HEAD.format(4, 3) + "duplicated: the same entry stands before it already"],
    ),
    "an old entry is replayed at the end": (
        lambda a: [*a, a[2]],
        [HEAD.format(9, 3) + "duplicated: the same entry stands before it already"],
    ),
    "times are reordered": (
        lambda a: rechained([*a[:3], edited(a[3], written=entry_of(a[1]).written), *a[4:]], 3),
        [
            (
                "audit.jsonl line 4, entry 4 of 2026-11-23T12:02:00.000000+00:00: reordered time: it is dated before the entry "
                "before it, of 2026-11-23T12:03:00.000000+00:00"
            ),
            (
                "audit.jsonl line 5, entries 5 to 8: rewritten: the store has another from here on, and each log is whole in "
                "itself: one was made anew"
            ),
        ],
    ),
    "a line is garbage": (
        lambda a: [*a[:2], "x" * 40, *a[3:]],
        ["audit.jsonl line 3, entry 3: unparsable line: it is no line of JSON"],
    ),
    "a line is put between": (
        lambda a: [*a[:2], "[]", "", *a[2:]],
        [
            "audit.jsonl line 3: unparsable line: it is no object of JSON",
            "audit.jsonl line 4: unparsable line: it is no line of JSON",
        ],
    ),
    "a line is nested without end": (
        lambda a: [*a[:2], "[" * 200_000, *a[3:]],
        ["audit.jsonl line 3, entry 3: unparsable line: it is no line of JSON"],
    ),
    "a line has no end": (
        lambda a: [*a[:2], "x" * 3_000_000, *a[3:]],
        ["audit.jsonl line 3, entry 3: unparsable line: it is longer than any entry"],
    ),
    "garbage follows the log": (
        lambda a: [*a, "\x1b[2J", "{"],
        [
            "audit.jsonl line 9: trailing garbage: it is no line of JSON",
            "audit.jsonl line 10: trailing garbage: it is no line of JSON",
        ],
    ),
    "a number is written otherwise": (
        lambda a: [*a[:2], a[2].replace('"login_uid":1000', '"login_uid":1e3'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its login_uid is not written as a whole number"],
    ),
    "keys are in another order": (
        lambda a: [*a[:2], spelled(a[2], sort_keys=True, separators=(",", ":")), *a[3:]],
        [
            HEAD.format(3, 3)
            + "changed form: its values are spelled otherwise than this program does (numbers, order of keys, blanks, "
            "escapes)"
        ],
    ),
    "letters are not escaped": (
        lambda a: [*a[:2], spelled(a[2], ensure_ascii=False, separators=(",", ":")), *a[3:]],
        [
            HEAD.format(3, 3)
            + "changed form: its values are spelled otherwise than this program does (numbers, order of keys, blanks, "
            "escapes)"
        ],
    ),
    "a key stands twice": (
        lambda a: [*a[:2], a[2].replace('"actor"', '"actor":"eve","actor"'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: a key of it stands twice"],
    ),
    "a key is added": (
        lambda a: [*a[:2], a[2].replace('"actor"', '"boss":"eve","actor"'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: it has keys that no entry has"],
    ),
    "a key is gone": (
        lambda a: [*a[:2], a[2].replace('"why":"",', ""), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: it lacks why"],
    ),
    "the form is none": (
        lambda a: [*a[:2], a[2].replace('"form":2', '"form":3'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its form is none that this release knows"],
    ),
    "a time is none": (
        lambda a: [*a[:2], a[2].replace("2026-11-23T", "2026-13-23T"), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its time is no time"],
    ),
    "a hash is none": (
        lambda a: [*a[:2], a[2].replace('"hash":"', '"hash":"x'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its hash is no hash"],
    ),
    "a result is none": (
        lambda a: [*a[:2], a[2].replace("accepted", "perhaps"), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its result is neither accepted nor refused"],
    ),
    "a number is none": (
        lambda a: [*a[:2], a[2].replace('"sequence":3', '"sequence":0'), *a[3:]],
        ["audit.jsonl line 3, entry 3: changed form: its sequence is no number that an entry can have"],
    ),
    "an entry of another store is put in": (
        lambda a: [*a[:2], remade(a[2], store_id="b" * 32), *a[3:]],
        [HEAD.format(3, 3) + "mixed store: it was written for another store"],
    ),
    "an entry is put back into the first form": (
        lambda a: [*a[:2], remade(a[2], form=1), *a[3:]],
        [HEAD.format(3, 3) + "older form: it is in form 1, after entries in form 2"],
    ),
    "an entry is added that the store never had": (
        lambda a: rechained([*a, a[7]], 7),
        ["audit.jsonl line 9, entry 9: file ahead: the store never had it: its log ends with entry 8"],
    ),
}


@pytest.mark.parametrize("kind", IN_FILE)
def test_tampering_with_the_file_is_named_with_its_place(log: Folder, kind: str) -> None:
    tamper, expected = IN_FILE[kind]
    log.audit.write_text("".join(f"{line}\n" for line in tamper(read(log))))
    assert found(log) == expected
    assert report(log).state == "broken"


IN_STORE: dict[str, tuple[str, list[str]]] = {
    "a word is edited": (
        "update audit set detail = 'no' where sequence = 3",
        ["store, entry 3 of 2026-11-23T12:03:00.000000+00:00: edited: its content does not give its hash"],
    ),
    "two texts share what one said": (
        "update audit set subject = subject || chr(31) || detail, detail = '' where sequence = 3",
        ["store, entry 3 of 2026-11-23T12:03:00.000000+00:00: edited: its content does not give its hash"],
    ),
    "a row is removed": (
        "delete from audit where sequence in (3, 4)",
        ["store, entries 3 to 4: missing: nothing has this number; entry 5 comes next"],
    ),
    "two rows are swapped": (
        """
        update audit set sequence = 99 where sequence = 3;
        update audit set sequence = 3 where sequence = 4;
        update audit set sequence = 4 where sequence = 99
        """,
        [
            "store, entries 3 to 4 of 2026-11-23T12:04:00.000000+00:00: edited: its content does not give its hash",
        ],
    ),
    "the tail is removed": (
        "delete from audit where sequence > 6",
        ["audit.jsonl line 7, entries 7 to 8: file ahead: the store never had it: its log ends with entry 6"],
    ),
    "a value is emptied": (
        "update audit set why = null where sequence = 3",
        ["store, entry 3: changed form: its why is not written as text"],
    ),
}


@pytest.mark.parametrize("kind", IN_STORE)
def test_tampering_with_the_store_is_named_with_its_place(log: Folder, kind: str) -> None:
    tamper, expected = IN_STORE[kind]
    with open_file(log.primary) as session:
        session.script(tamper)
    assert found(log) == expected


def test_the_same_tampering_at_both_places_is_named_once(log: Folder) -> None:
    lines = read(log)
    log.audit.write_text("".join(f"{line}\n" for line in [*lines[:2], edited(lines[2], detail="no"), *lines[3:]]))
    with open_file(log.primary) as session:
        session.execute("update audit set detail = 'no' where sequence = 3")
    place = "audit.jsonl and store line 3, entry 3 of 2026-11-23T12:03:00.000000+00:00: "
    assert found(log) == [place + "edited: its content does not give its hash"]


def taken(folder: Folder, now: datetime, last: int = ENTRIES) -> Checkpoint:
    """Take a checkpoint as if the log had ended with an entry."""
    with open_file(folder.primary, read_only=True) as session:
        made = checkpoint(session, now)
    assert made is not None
    return replace(made, sequence=last, hash=entry_of(read(folder)[last - 1]).hash)


def made_anew(folder: Folder, lines: Lines) -> None:
    """Put another log into both places, as who owns both can."""
    folder.audit.write_text("".join(f"{line}\n" for line in lines))
    with open_file(folder.primary) as session:
        session.execute("delete from audit")
        session.append("audit", [entry_of(line) for line in lines])


def test_a_log_made_anew_at_both_places_is_whole_until_a_checkpoint_from_outside_is_there(
    log: Folder, now: datetime
) -> None:
    before, after = taken(log, now, 2), taken(log, now)
    lines = read(log)
    made_anew(log, rechained([*lines[:4], edited(lines[4], detail="no"), *lines[5:]], 4))
    assert report(log).state == "intact"
    assert found(log, after, before) == [
        (
            "audit.jsonl and store, entry 8: rewritten: the checkpoint of 2026-11-23T12:00:00.000000+00:00 names another hash "
            "for it: the log was made anew after entry 2, up to this entry"
        )
    ]
    assert report(log, after, before).agreed == (before,)
    made_anew(log, rechained([edited(lines[0], detail="no"), *lines[1:]]))
    assert "made anew anywhere from the first entry on, up to this entry" in found(log, after)[0]


def test_a_tail_cut_at_both_places_is_found_by_a_checkpoint_from_outside(log: Folder, now: datetime) -> None:
    known = taken(log, now)
    made_anew(log, read(log)[:6])
    assert report(log).state == "intact"
    assert found(log, known) == [
        (
            "audit.jsonl and store line 6, entries 7 to 8: cut tail: the checkpoint of 2026-11-23T12:00:00.000000+00:00 knows "
            "entry 8; the log ends with entry 6"
        )
    ]
    made_anew(log, read(log)[:5])
    assert "line 5, entry 6: cut tail" in found(log, replace(known, sequence=6))[0]


def test_a_checkpoint_of_an_entry_that_is_gone_agrees_with_nothing(log: Folder, now: datetime) -> None:
    known = taken(log, now, 3)
    lines = read(log)
    made_anew(log, [*lines[:2], *lines[3:]])
    assert report(log, known).agreed == ()
    assert [fault.kind for fault in report(log, known).faults] == ["missing"]


def test_a_checkpoint_of_another_log_is_named(log: Folder, now: datetime) -> None:
    other = replace(taken(log, now), store_id="b" * 32)
    assert found(log, other) == [
        (
            "audit.jsonl and store: another log: the checkpoint of 2026-11-23T12:00:00.000000+00:00 for entry 8 was taken of "
            "another store: compare like with like, or this log was put in the place of another"
        )
    ]


def test_a_file_by_itself_is_held_against_itself_and_checkpoints(log: Folder, now: datetime) -> None:
    assert found(log, taken(log, now), alone=True) == []
    lines = read(log)
    log.audit.write_text("".join(f"{line}\n" for line in [*lines[:2], lines[3], lines[2], *lines[4:7]]))
    assert found(log, taken(log, now, 7), replace(taken(log, now, 7), sequence=8), alone=True) == [
        HEAD.format(4, 3) + "swapped: it stands after entry 4",
        (
            "audit.jsonl line 7, entry 8: cut tail: the checkpoint of 2026-11-23T12:00:00.000000+00:00 knows entry 8; the log "
            "ends with entry 7"
        ),
    ]


def test_a_last_line_without_its_end_is_named(log: Folder) -> None:
    whole = log.audit.read_text()
    log.audit.write_text(whole[:-1])
    assert found(log, alone=True) == ["audit.jsonl line 8: truncated last line: it lacks the line's end"]
    log.audit.write_text(whole[:-80])
    assert found(log) == [
        "audit.jsonl line 8, entry 8: cut tail: only the store has it, though the file had been written up to entry 8",
        "audit.jsonl line 8: truncated last line: it is no line of JSON",
    ]


def test_an_entry_made_anew_whose_witness_was_removed_is_held_against_the_store(log: Folder) -> None:
    lines = read(log)
    tampered = [*lines[:2], remade(lines[2], detail="no"), *lines[4:]]
    log.audit.write_text("".join(f"{line}\n" for line in tampered))
    assert found(log) == [
        "audit.jsonl line 3, entry 3: differs: the store has another, and each is whole in itself",
        "audit.jsonl line 4, entry 4: missing: nothing has this number; entry 5 comes next",
    ]


def test_an_entry_moved_from_the_second_gap_is_swapped(log: Folder) -> None:
    lines = read(log)
    log.audit.write_text("".join(f"{line}\n" for line in [lines[0], *lines[2:4], *lines[5:], lines[4]]))
    assert found(log) == [
        "audit.jsonl line 2, entry 2: missing: nothing has this number; entry 3 comes next",
        HEAD.format(7, 5) + "swapped: it stands after entry 8",
    ]


def test_faults_beyond_a_thousand_are_counted(log: Folder) -> None:
    log.audit.write_text(log.audit.read_text() + "[]\n" * 1_200)
    assert (len(report(log).faults), report(log).unsaid) == (1_000, 200)
