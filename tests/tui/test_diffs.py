"""Every line of a content is shown, beside what it replaces, with hidden characters by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.diffs import MOST, MOST_LINES, Pair, sides
from tui.widgets.diff_pane import below, beside

NO_END = "(no line end after the last line)"


def pairs(content: str, before: str | None = None) -> list[tuple[str, str | None, str | None]]:
    return [(each.kind, _plain(each.old), _plain(each.new)) for each in sides(content, before).pairs]


def _plain(text: str | None) -> str | None:
    """Write names of hidden characters in ASCII brackets."""
    return None if text is None else text.replace("\u2039", "<").replace("\u203a", ">")


def test_lines_that_moved_stand_beside_each_other() -> None:
    assert pairs("a\nB\nc\nd\n", "a\nb\nc\n") == [
        ("same", "a", "a"), ("moved", "b", "B"), ("same", "c", "c"), ("moved", None, "d"),
    ]  # fmt: skip


def test_a_content_alone_is_shown_whole_and_says_where_no_line_ends() -> None:
    assert pairs("a\n\nb") == [("same", None, "a"), ("same", None, ""), ("same", None, "b"), ("same", None, NO_END)]
    assert not sides("a\n", None).is_compared
    assert pairs("a", "a\n") == [("same", "a", "a"), ("moved", None, NO_END)]
    assert pairs("") == [("same", None, "")]


def test_a_diff_is_read_as_one_and_loses_no_line() -> None:
    diff = "diff --git a b\n--- a\n+++ b\n@@ -1,3 +1,3 @@ head\n same\n-- gone\n-gone too\n+come\n-x\n+y\n\\ No newline\n@@ -9 +9 @@\n+last\n"
    assert pairs(diff) == [
        ("note", None, "diff --git a b"), ("note", None, "--- a"), ("note", None, "+++ b"),
        ("note", None, "@@ -1,3 +1,3 @@ head"), ("same", "same", "same"), ("moved", "- gone", "come"),
        ("moved", "gone too", None), ("moved", "x", "y"), ("note", None, "\\ No newline"),
        ("note", None, "@@ -9 +9 @@"), ("moved", None, "last"), ("note", None, ""),
    ]  # fmt: skip
    assert pairs("@@ -1 +1 @@\n-a\n+b")[-1] == ("moved", "a", "b")


def test_hidden_characters_and_ends_of_other_systems_are_named() -> None:
    assert pairs("a\u200b\r\n") == [("same", None, "a<ZERO WIDTH SPACE U+200B><CR>")]
    assert pairs("a\n", "a\u202e\n") == [("moved", "a<RIGHT-TO-LEFT OVERRIDE U+202E>", "a")]


@pytest.mark.parametrize(("content", "is_whole"), [("x" * MOST, True), ("x" * MOST + "x", False), ("\n" * MOST_LINES, True), ("\n" * (MOST_LINES + 1), False)])  # fmt: skip
def test_what_is_too_long_for_a_screen_is_cut_and_says_so(content: str, is_whole: bool) -> None:  # noqa: FBT001 - a case
    assert sides(content, None).is_whole is is_whole


def test_long_contents_are_not_compared() -> None:
    assert not sides("a\n" * 1_100, "b\n").is_compared
    assert not sides("a\n", "b\n" * 1_100).is_compared


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_both_contents_can_be_read_off_the_pairs(content: str, before: str) -> None:
    found = sides(content, before).pairs
    assert [each.new for each in found if each.new not in {None, NO_END}] == lines(content)
    assert [each.old for each in found if each.old not in {None, NO_END}] == lines(before)


def lines(content: str) -> list[str]:
    return content.split("\n")[:-1] if content.endswith("\n") else content.split("\n")


def test_a_pair_is_drawn_in_two_columns_or_one_below_the_other() -> None:
    moved = Pair("moved", "a longer line", "new")
    assert list(beside(moved, 8)) == [(("-a longe", "critical"), ("+new", "ok")), (("-r line", "critical"), ("", ""))]
    assert list(below(moved, 40)) == [("-a longer line", "critical"), ("+new", "ok")]
    assert list(beside(Pair("same", "a", "a"), 8)) == [((" a", ""), (" a", ""))]
    assert list(beside(Pair("note", None, "@@"), 8)) == [(("", ""), ("@@", "accent"))]
    assert list(below(Pair("note", None, "@@"), 8)) == [("@@", "accent")]
    assert list(below(Pair("same", None, ""), 8)) == [(" ", "")]
    assert list(below(Pair("moved", None, "x" * 1_001), 2_000)) == [(f"+{'x' * 1_000}", "ok"), ("+x", "ok")]
