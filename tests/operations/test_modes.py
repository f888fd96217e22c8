"""The eight failure modes: ids that stay, texts that an owner may word."""

from dataclasses import fields
from typing import get_args, get_type_hints

from operations.modes import MODES, Settings, Texts, modes, recorded, worded
from operations.settings import Threshold
from tests.operations.stores import Store


def test_every_mode_that_a_rule_may_name_is_described_once_and_can_be_worded() -> None:
    named = [name for name in get_args(get_type_hints(Threshold)["mode"]) if name]
    assert [known.mode for known in MODES] == named == [each.name for each in fields(Settings)]
    assert all(known.title and known.detection and known.response for known in MODES)


def test_what_the_owner_leaves_out_keeps_the_usual_words() -> None:
    found = recorded(Settings(FM4=Texts(title="stale knowledge")))
    usual = MODES[3]
    assert (found[3].mode, found[3].title, found[3].detection, found[3].response) == (
        "FM4", "stale knowledge", usual.detection, usual.response,
    )  # fmt: skip
    assert [*found[:3], *found[4:]] == [*MODES[:3], *MODES[4:]]
    assert worded(worded(Settings())) == worded(Settings())


def test_the_store_tells_the_modes_as_they_were_worded_at_the_last_collection(store: Store) -> None:
    store.session.execute("delete from modes")
    assert list(modes(store.session).values()) == list(MODES)  # nothing was collected yet
    told = recorded(Settings(FM1=Texts("their model", "we look", "we call them")))
    store.session.append("modes", told)
    assert modes(store.session)["FM1"] == told[0]
    assert list(modes(store.session)) == [each.mode for each in MODES]
