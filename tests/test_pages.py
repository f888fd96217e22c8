"""What is made from the kinds of source is what they say now."""

from collectors.settings import EXAMPLES, kinds
from scripts import pages

REMEDY = "run: python -m scripts.pages"


def test_every_kind_has_an_example_and_no_other_is_there() -> None:
    assert tuple(sorted(path.stem for path in EXAMPLES.glob("*.toml"))) == kinds()


def test_the_page_of_kinds_is_made_from_the_modules() -> None:
    assert pages.PAGE.read_text(encoding="utf-8") == pages.page(), REMEDY


def test_the_example_configuration_holds_the_example_of_every_kind() -> None:
    text = pages.EXAMPLE.read_text(encoding="utf-8")
    assert text == pages.configuration(text), REMEDY
