"""The eight failure modes as data."""

from typing import get_args, get_type_hints

from operations.modes import MODES, mode
from operations.settings import Threshold


def test_every_mode_that_a_rule_may_name_is_described_once() -> None:
    named = [name for name in get_args(get_type_hints(Threshold)["mode"]) if name]
    assert [known.mode for known in MODES] == named
    assert all(known.title and known.detection and known.response for known in MODES)


def test_a_mode_is_found_by_its_id() -> None:
    found = mode("FM4")
    assert found is not None
    assert found.title == "retrieval and knowledge decay"
    assert mode("FM9") is None
