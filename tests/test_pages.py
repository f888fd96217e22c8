"""What is made from the modules, kinds of source and detectors, is what they say now."""

from collectors.settings import EXAMPLES, kinds
from operations.detection import DETECTORS
from operations.signals import SIGNALS
from scripts import detector_page, pages

REMEDY = "run: python -m scripts.pages"


def test_every_kind_has_an_example_and_no_other_is_there() -> None:
    assert tuple(sorted(path.stem for path in EXAMPLES.glob("*.toml"))) == kinds()


def test_the_page_of_kinds_is_made_from_the_modules() -> None:
    assert pages.PAGE.read_text(encoding="utf-8") == pages.page(), REMEDY


def test_the_example_configuration_holds_the_example_of_every_kind() -> None:
    text = pages.EXAMPLE.read_text(encoding="utf-8")
    assert text == pages.configuration(text), REMEDY


def test_the_page_of_detectors_is_made_from_the_modules() -> None:
    assert detector_page.PAGE.read_text(encoding="utf-8") == detector_page.page(), REMEDY


def test_every_signal_is_watched_by_a_detector_and_what_arms_one_is_watched_by_it() -> None:
    watched = {detector.MODE: set(detector_page.watched(detector)) for detector in DETECTORS}
    assert set().union(*watched.values()) == set(SIGNALS)
    for detector in DETECTORS:
        assert {signal for need in detector.NEEDS for signal in need} - watched[detector.MODE] == set()
