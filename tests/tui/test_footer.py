"""The footer says where you are and which keys do what, as far as there is room."""

from tui.spans import Span, fitted, spread
from tui.text import width
from tui.widgets.footer import key_name, key_row
from tui.widgets.position import Position, position_row

PLACES = (("1", "Portfolio"), ("2", "Breaches"), ("4", "Approvals"))


def text(spans: object) -> str:
    return "".join(span[0] for span in spans)  # type: ignore[attr-defined]  # rows of spans


def test_the_screen_in_sight_stands_out_among_the_others() -> None:
    row = list(position_row(Position(PLACES, "Breaches", (), ("sort: worst first", "3")), 80))
    assert (" 2 Breaches ", "chip") in row
    assert text(row).startswith(" 1 Portfolio  2 Breaches  4 Approvals ")
    assert text(row).endswith("sort: worst first   3")


def test_the_names_of_other_screens_are_shortened_before_they_give_way() -> None:
    position = Position(PLACES, "Portfolio", (), ("sort: worst first", "3"))
    assert text(position_row(position, 60)).startswith(" 1 Portfolio  2 Breaches  4 Approvals ")
    assert text(position_row(position, 55)).startswith(" 1 Portfolio  2 Brea  4 Appr ")
    assert text(position_row(position, 40)).split() == ["1", "Portfolio", "sort:", "worst", "first", "3"]


def test_the_way_in_follows_its_screen_and_the_others_give_way() -> None:
    position = Position(PLACES, "Portfolio", ("support-bot", "latency"), ("sort: worst first", "3"))
    assert text(position_row(position, 100)).startswith(" 1 Portfolio > support-bot > latency  2 Breaches")
    assert "Breaches" not in text(position_row(position, 64))
    assert "sort" not in text(position_row(position, 45))


def test_keys_are_offered_whole_or_not_at_all() -> None:
    keys = (("enter", "open"), ("slash", "filter"), ("question_mark", "help"))
    assert text(key_row(keys, 80)) == "Enter open  / filter  ? help"
    assert text(key_row(keys, 24)) == "Enter open  / filter"
    assert text(key_row(keys, 4)) == ""


def test_keys_are_named_as_on_keyboards() -> None:
    assert [key_name(key) for key in ("ctrl+p", "escape", "f2", "R", "down,j")] == ["^p", "Esc", "F2", "R", "Down"]


def test_text_is_cut_at_the_edge_and_says_so() -> None:
    spans: tuple[Span, ...] = (("abc", "plain"), ("defgh", "strong"))
    assert fitted(spans, 8) == list(spans)
    assert fitted(spans, 6) == [("abc", "plain"), ("de…", "strong")]


def test_the_right_group_gives_way() -> None:
    left: list[Span] = [("left", "plain")]
    right: list[Span] = [("right", "muted")]
    assert width(text(spread(left, right, 20))) == 20
    assert text(spread(left, right, 9)) == "left"
