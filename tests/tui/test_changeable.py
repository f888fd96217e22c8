"""A wrong [changes] section stops at start: the place, what is wrong, what to do."""

from pathlib import Path

import pytest

from operations.changes.settings import Quorum, Settings, Standard
from store.errors import ConfigError
from store.values import Duration
from tests.tui.headless_store import made
from tui.settings import load


def loaded(tmp_path: Path, lines: str) -> Settings:
    path = made(tmp_path).path
    path.write_text(f"{path.read_text()}\n[changes]\n{lines}")
    return load(path, {}).changes


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        ("late = 0", "changes.late", "expected 1 or more, found 0"),
        ("expires = -1", "changes.expires", "expected 1 or more, found -1"),
        ("reviewers = 0", "changes.reviewers", "expected 1 or more"),
        ("review_within = 0", "changes.review_within", "expected 1 or more"),
        ('longest_waiver = "0s"', "changes.longest_waiver", "expected more than 0, found 0s"),
        ("require_signature = true", "changes.allowed_signers", "missing; signatures are required"),
        ('freeze = ["money"]', "changes.freeze[0]", "expected 'budget' or 'breach', found 'money'"),
        ('freeze_exceptions = ["emergncy"]', "changes.freeze_exceptions[0]", "did you mean 'emergency'?"),
        ('freeze_exceptions = ["bit"]', "changes.freeze_exceptions[0]", "did you mean 'bot'?"),
        ('suites = { goldn = ["*"] }', "changes.suites.goldn", "did you mean 'golden'?"),
        ("[changes.classes.prmpt]", "changes.classes.prmpt", "unknown key; did you mean 'prompt'?"),
        ('[changes.classes.prompt]\nevidence = ["golen"]', "changes.classes.prompt.evidence[0]", "did you mean 'golden'?"),
        ('[changes.classes.prompt]\ntier1 = "two"', "changes.classes.prompt.tier1", 'expected approvers such as "2"'),
        ('[changes.classes.prompt]\nwatch = "soon"', "changes.classes.prompt.watch", 'or "until closed"'),
        ('[changes.classes.prompt]\ntier2 = "1 with risk"', "changes.classes.prompt.tier2", "nobody has the role 'risk'"),
        ('[[changes.standard]]\nname = "all"\nreason = "x"', "changes.standard[0].title", "expected a class, or a title or author"),
        ('[[changes.standard]]\nname = "a b"\nreason = "x"\ntitle = "bump*"', "changes.standard[0].name", "expected"),
        ('[[changes.standard]]\nname = "a"\nreason = " "\ntitle = "bump*"', "changes.standard[0].reason", "found none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, lines: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, lines)
    assert any(each.startswith(f"{place} (line ") and words in each for each in caught.value.mistakes)


def test_what_is_right_is_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        'allowed_signers = "signers"\nlongest_waiver = "7d"\nfreeze_exceptions = ["bot", "model"]\n'
        '[changes.classes.tool]\ntier1 = 3\n[[changes.standard]]\nname = "bumps"\nreason = "often"\ntitle = "bump *"\n',
    )
    assert found.allowed_signers == tmp_path / "signers"
    assert (found.longest_waiver, found.classes.tool.tier1) == (Duration(604_800), Quorum(3))
    assert found.standard == (Standard("bumps", "often", title="bump *"),)


def test_without_a_section_the_defaults_hold(tmp_path: Path) -> None:
    assert load(made(tmp_path).path, {}).changes == Settings()
