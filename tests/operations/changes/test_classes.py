"""What a class of change needs: the table that holds by default, what is configured over it, patterns of standard changes."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.changes.classes import DEFAULTS, needs, pattern, rule_of
from operations.changes.people import is_same, person_of, roles
from operations.changes.settings import Classes, ClassRule, Quorum, Settings, Standard, Watch
from operations.settings import Person
from store.records import ChangeClass
from store.values import Duration


@dataclass(frozen=True)
class Asked:
    change_class: ChangeClass = "prompt"
    system: str = "bot"
    title: str = "bump footer"
    by: str = "renovate[bot]"


CHANGE = Asked()

# class, evidence, approvers tier 1 / 2 / 3, watch window
TABLE = [
    ("prompt", "diff golden cost", "2 / 1 / owner", "1d"),
    ("model", "golden canary red_team latency cost retirement", "2 with risk / 2 / 1", "3d"),
    ("retrieval", "retrieval freshness access_test", "1 / 1 / owner", "3d"),
    ("guardrail", "red_team benign_canary", "2 with risk / 1 / 1", "3d"),
    ("config", "tests rollback", "1 / 1 / owner", "1d"),
    ("tool", "tests rollback", "1 / 1 / owner", "1d"),
    ("external", "impact", "1 / 1 / 1", "3d"),
    ("emergency", "incident", "1 / 1 / 1", "until closed"),
    ("standard", "", "none / none / none", "1d"),
]


def test_the_defaults_are_the_table() -> None:
    found = [
        (name, " ".join(rule.evidence), " / ".join(str(rule.quorums[tier]) for tier in (1, 2, 3)), str(rule.watch))
        for name, rule in DEFAULTS.items()
    ]
    assert found == TABLE


def test_what_is_configured_counts_and_the_rest_is_as_in_the_table() -> None:
    settings = Settings(classes=Classes(prompt=ClassRule(evidence=(), tier2=Quorum(3))))
    rule = rule_of("prompt", settings)
    assert (rule.evidence, [str(rule.quorums[tier]) for tier in (1, 2, 3)]) == ((), ["2", "3", "owner"])
    assert rule_of("prompt", Settings(classes=Classes(prompt=ClassRule(watch=Watch(None))))).watch == Watch(None)


@pytest.mark.parametrize("text", ["1", "2", "owner", "none", "2 with risk", "3 with data-protection"])
def test_approvers_read_back_as_they_are_written(text: str) -> None:
    assert str(Quorum.from_toml(text)) == text


def test_approvers_may_be_a_number_and_a_watch_window_a_length_of_time() -> None:
    assert Quorum.from_toml(2) == Quorum(2)
    assert (str(Watch.from_toml("24h")), Watch.from_toml("until closed")) == ("1d", Watch(None))
    assert Watch.from_toml("3d").length == Duration(3 * 86_400)


@pytest.mark.parametrize("value", [True, None, -1, 10, "0 with risk", "two", "2 with", "2 with 3", [], "owner "])
def test_approvers_of_another_form_are_refused_in_words(value: object) -> None:
    with pytest.raises(
        ValueError, match=re.escape('expected approvers such as "2", "2 with risk", "owner" or "none", found')
    ):
        Quorum.from_toml(value)


def test_a_watch_window_of_another_form_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=re.escape(', or "until closed"')):
        Watch.from_toml("soon")


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"change_class": "prompt"}, True),
        ({"change_class": "model"}, False),
        ({"system": "b*"}, True),
        ({"system": "desk"}, False),
        ({"title": "bump *"}, True),
        ({"title": "Bump *"}, False),
        ({"author": "renovate*"}, True),
        ({"author": "eve"}, False),
    ],
)
def test_a_standard_change_fits_a_whole_pattern(fields: dict[str, str], *, fits: bool) -> None:
    each = Standard("footer", "seen a hundred times", **fields)  # type: ignore[arg-type]  # of Standard
    assert (pattern(CHANGE, (each,)) is not None) == fits
    needed = needs(CHANGE, 1, Settings(standard=(each,)))
    assert (needed.standard, needed.quorum.count) == (("footer", 0) if fits else ("", 2))


ADA = Person("Ada", "Head", "ada@acme.example", "ada", ("approver", "risk", "owner"), ("ada-l",))


def test_an_account_stands_for_the_person_who_gives_it() -> None:
    assert person_of((Person("Nobody"), ADA), "ada") == ADA
    assert person_of((Person("Nobody"),), "") is None


def test_roles_are_those_that_decide_and_what_the_person_is_for_the_system() -> None:
    assert roles(ADA, "Ada", "Bob", Quorum(1), Settings()) == ("owner", "approver", "risk")
    assert roles(ADA, "Bob", "Ada", Quorum(1), Settings(approver_roles=())) == ("deputy",)
    assert roles(ADA, "Bob", "", Quorum(2, "risk"), Settings(approver_roles=())) == ("risk",)
    assert roles(ADA, "Bob", "", Quorum(1), Settings(approver_roles=())) == ()


@given(
    st.sampled_from(["Ada", "Head", "ada@acme.example", "ada", "ada-l"]),
    st.booleans(),
    st.sampled_from(["{}", "@{}", " {} ", "Carl <{}>", "{} <x@y>", "carl; {}"]),
)
def test_every_name_of_a_person_means_them_in_any_case_and_company(name: str, is_loud: bool, form: str) -> None:  # noqa: FBT001 - drawn
    assert is_same(ADA, form.format(name.upper() if is_loud else name))


@pytest.mark.parametrize("name", ["", " ", "adam", "ada2", "@", "Carl <carl@acme.example>"])
def test_other_names_mean_somebody_else(name: str) -> None:
    assert not is_same(ADA, name)
    assert not is_same(Person("Bob"), "")
