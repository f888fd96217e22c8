"""Whether the version that a change names is the one that telemetry shows."""

import pytest

from operations.refs import names


@pytest.mark.parametrize(
    ("ref", "shown", "same"),
    [
        ("13", "13", True),
        ("13", "v13", True),
        ("v13", "13", True),
        ("13", "support-prompt:13", True),
        ("13", "support/13", True),
        ("GPT-5", "gpt-5", True),
        ("gpt-5", "openai/gpt-5", True),
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4", "gpt-4-2024-05-13", True),
        ("gpt-4", "gpt-4o", False),
        ("gpt-4", "gpt-4-32k", False),
        ("1", "13", False),
        ("13", "12", False),
        ("", "12", False),
        ("12", "", False),
        ("", "", False),
    ],
)
def test_a_version_is_known_by_its_word_however_it_is_written(
    ref: str,
    shown: str,
    same: object,
) -> None:
    assert names(ref, shown) is same


def test_the_beginning_of_the_hash_names_a_content_and_six_letters_do_not() -> None:
    content_hash = "ff00354fcdc3" * 5
    assert names("", "ff00354", content_hash)
    assert not names("", "ff0035", content_hash)
    assert not names("", "ff00355", content_hash)
