"""The decoder is strict, tells every mistake at once, and each with its line."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

import pytest

from store.decode import Mistakes, decode, decode_all, expected, place, suggestion
from store.errors import ConfigError
from store.locate import Lines
from store.values import Duration


@dataclass(frozen=True)
class Reference:
    """A value that reads itself and never repeats what it refuses."""

    text: str

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Accept env: references alone."""
        if isinstance(value, str) and value.startswith("env:"):
            return cls(value)
        raise ValueError('expected a reference such as "env:NAME", found a literal (not shown)')


@dataclass(frozen=True, slots=True)
class Inner:
    """A table in a table."""

    url: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Every:
    """One field of each shape."""

    text: str = ""
    whole: int = 0
    number: float = 0.0
    truth: bool = False
    amount: Decimal = Decimal(0)
    day: date = date(2000, 1, 1)
    time: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    path: Path = Path()
    choice: Literal["red", "green", 1] = "red"
    only: Literal["one"] = "one"
    names: tuple[str, ...] = ()
    inners: tuple[Inner, ...] = ()
    by_name: Mapping[str, int] = field(default_factory=dict)
    maybe: str | None = None
    either: int | str = 0
    inner: Inner | None = None
    length: Duration | None = None
    secret: Reference | None = None
    anything: Any = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A table that refuses a combination."""

    low: int
    high: int
    computed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Hold low under high."""
        if self.low > self.high:
            raise ValueError(f"expected low to be at most high, found {self.low} and {self.high}")


GOOD: dict[str, tuple[object, object]] = {
    "text": ("a", "a"),
    "whole": (3, 3),
    "number": (3, 3.0),
    "truth": (True, True),
    "amount": ("0.1", Decimal("0.1")),
    "day": (date(2026, 1, 31), date(2026, 1, 31)),
    "time": (datetime.fromisoformat("2026-01-31T08:00:00+01:00"), datetime(2026, 1, 31, 7, tzinfo=UTC)),
    "path": ("/tmp/x", Path("/tmp/x")),
    "choice": (1, 1),
    "only": ("one", "one"),
    "names": (["a", "b"], ("a", "b")),
    "inners": ([{"url": "u"}], (Inner("u"),)),
    "by_name": ({"a b": 1}, {"a b": 1}),
    "maybe": ("x", "x"),
    "either": ("x", "x"),
    "inner": ({"url": "u", "count": 2}, Inner("u", 2)),
    "length": ("5m", Duration(300)),
    "secret": ("env:A", Reference("env:A")),
    "anything": ({"a": [1, Decimal("0.5")]}, {"a": [1, 0.5]}),
}

WRONG: list[tuple[str, object, str]] = [
    ("text", 3, "text: expected text, found 3; put it in quotes"),
    ("text", ["a"], "text: expected text, found a list; remove the [ ]"),
    ("text", {}, "text: expected text, found a table"),
    ("whole", "3", "whole: expected a whole number, found text; remove the quotes"),
    ("whole", "abc", "whole: expected a whole number, found text"),
    ("whole", "", "whole: expected a whole number, found text"),
    ("whole", True, "whole: expected a whole number, found true"),
    ("whole", Decimal("3.5"), "whole: expected a whole number, found 3.5"),
    ("whole", 1 << 63, "whole: expected a whole number, found 9223372036854775808"),
    ("number", True, "number: expected a number, found true"),
    ("number", "1", "number: expected a number, found text; remove the quotes"),
    ("number", Decimal("NaN"), "number: expected a number, found NaN"),
    ("number", Decimal("1e999"), "number: expected a number, found 1E+999"),
    ("truth", "true", "truth: expected true or false, found text; remove the quotes"),
    ("truth", 1, "truth: expected true or false, found 1"),
    ("amount", True, "amount: expected an amount, found true"),
    ("amount", "ten", "amount: expected an amount, found text"),
    ("amount", Decimal("inf"), "amount: expected an amount, found Infinity"),
    ("day", "2026-01-31", "day: expected a day such as 2026-01-31, found text; remove the quotes"),
    ("day", datetime(2026, 1, 31), "day: expected a day such as 2026-01-31, found 2026-01-31 00:00:00"),  # noqa: DTZ001
    ("time", datetime(2026, 1, 31), "time: expected a time with its offset"),  # noqa: DTZ001
    ("path", "", "path: expected a path in quotes, found text"),
    ("path", 5, "path: expected a path in quotes, found 5"),
    ("path", "a\0b", "path: expected a path in quotes, found text"),
    ("path", "~no-such-user-here/x", "path: expected a path in quotes, found text"),
    ("choice", "gren", "choice: expected 'red', 'green' or 1, found 'gren'; did you mean 'green'?"),
    ("choice", True, "choice: expected 'red', 'green' or 1, found true"),
    ("only", 1, "only: expected 'one', found 1"),
    ("names", "a", "names: expected a list [...] of text, found text; put [ ] around it"),
    ("names", ["a", 3, True], "names[1]: expected text, found 3; put it in quotes"),
    ("names", ["a", 3, True], "names[2]: expected text, found true; put it in quotes"),
    ("inners", {"url": "u"}, "inners: expected a list [...] of a table, found a table; write [[...]] for each table"),
    ("inners", ["u"], "inners[0]: expected a table, found text"),
    ("by_name", ["a"], "by_name: expected a table of a whole number by name, found a list"),
    ("by_name", {"a b": "x"}, "by_name.'a b': expected a whole number, found text"),
    ("maybe", 3, "maybe: expected text, found 3; put it in quotes"),
    ("either", True, "either: expected a whole number or text, found true"),
    ("inner", {"url": "u", "cuont": 2}, "inner.cuont: unknown key; did you mean 'count'?"),
    ("inner", {}, "inner.url: missing; expected text"),
    ("length", 5, 'length: expected a length of time such as "90s", "5m", "1h30m" or "90d", found 5'),
    ("secret", "sk-live-1", 'secret: expected a reference such as "env:NAME", found a literal (not shown)'),
]


@pytest.mark.parametrize("name", GOOD)
def test_each_shape_of_field_reads_its_value(name: str) -> None:
    given, wanted = GOOD[name]
    assert getattr(decode_all(Every, {name: given}), name) == wanted


def test_every_shape_of_field_has_a_case() -> None:
    assert {each.name for each in dataclasses.fields(Every)} == set(GOOD)


@pytest.mark.parametrize(
    ("name", "value", "words"), WRONG, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(WRONG)]
)
def test_a_wrong_value_is_told_with_place_expectation_and_remedy(name: str, value: object, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decode_all(Every, {name: value})
    assert any(mistake.startswith(words) for mistake in caught.value.mistakes), caught.value.mistakes


def test_what_should_be_text_of_no_kind_is_not_repeated_for_it_may_be_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        decode_all(
            Every,
            {
                "whole": "canary-1",
                "by_name": "canary-2",
                "inner": "canary-3",
                "api_key": "canary-4",
                "names": "canary-5",
            },
        )
    assert len(caught.value.mistakes) == 5
    assert "canary" not in str(caught.value)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    mistakes = Mistakes({("a",): 1, ("a", "truth"): 5, ("a", "whole"): 3, ("a", "txt"): 4})
    assert decode(Every, {"truth": 1, "whole": "x", "txt": "t"}, ("a",), mistakes) is None
    assert [words.split(":")[0] for words in mistakes.listed()] == [
        "a.whole (line 3)",
        "a.txt (line 4)",
        "a.truth (line 5)",
    ]
    assert len(mistakes) == 3


def test_a_missing_key_is_placed_at_its_table() -> None:
    mistakes = Mistakes({("sources",): 2, ("sources", 0): 2})
    decode(Inner, {}, ("sources", 0), mistakes)
    assert mistakes.listed() == ["sources[0].url (line 2): missing; expected text"]


def test_a_table_may_refuse_a_combination() -> None:
    assert decode_all(Ordered, {"low": 1, "high": 2}) == Ordered(1, 2)
    mistakes = Mistakes({("limits",): 7})
    assert decode(Ordered, {"low": 3, "high": 2}, ("limits",), mistakes) is None
    assert mistakes.listed() == ["limits (line 7): expected low to be at most high, found 3 and 2"]


def test_a_field_that_is_computed_is_no_key() -> None:
    with pytest.raises(ConfigError, match="computed: unknown key"):
        decode_all(Ordered, {"low": 1, "high": 2, "computed": 3})


def test_what_is_no_table_at_all_is_refused() -> None:
    mistakes = Mistakes()
    assert decode(Inner, [], (), mistakes) is None
    assert mistakes.listed() == ["expected a table, found a list"]


def test_places_are_written_as_people_write_them() -> None:
    assert place(("sources", 2, "options", "a key", "x-y")) == "sources[2].options.'a key'.x-y"


def test_a_word_near_nothing_gets_the_list_of_what_there_is() -> None:
    assert suggestion("zzz", ["b", "a"]) == "; known: a, b"
    assert suggestion("zzz", []) == "; there is none"
    assert suggestion("zzz", [f"n{number:02}" for number in range(20)]).endswith("n10, n11 and 8 more")


def test_expectations_are_words() -> None:
    assert expected(Inner) == "a table"
    assert expected(Duration).startswith("a length of time such as")
    assert expected(Reference) == 'a reference such as "env:NAME"'
    assert expected(str | None) == "text"


def test_lines_are_looked_for_at_the_first_mistake_and_once() -> None:
    asked = []

    def found() -> Lines:
        asked.append("lines")
        return {("a",): 7}

    mistakes = Mistakes(found)
    assert asked == []
    mistakes.add(("a",), "wrong")
    mistakes.add(("a",), "also wrong")
    assert mistakes.listed() == ["a (line 7): wrong", "a (line 7): also wrong"]
    assert asked == ["lines"]
