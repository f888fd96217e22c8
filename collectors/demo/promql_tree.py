"""Build the tree of a PromQL query, as Prometheus does before it evaluates."""

import re
from typing import Final, Literal

from collectors.demo.promql_text import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Node,
    Number,
    PromqlError,
    Selector,
    Text,
    Token,
    is_duration,
    parse_error,
    seconds,
    tokens,
    unquoted,
)
from collectors.demo.promql_types import COMPARISONS, FUNCTIONS, kind_of

AGGREGATIONS: Final = ("sum", "avg", "min", "max", "count", "group")
_PRECEDENCE: Final = {
    "or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "^": 6,
}  # fmt: skip


def parse(query: str) -> Node:
    """Read a whole query or refuse it with line and column."""
    reader = _Reader(list(tokens(query)))
    if reader.next.kind == "end":
        raise parse_error(0, "no expression found in input")
    node = reader.expression(1)
    if reader.next.kind != "end":
        raise reader.unexpected("")
    kind_of(node)
    return node


class _Reader:
    """Walk over the tokens once, by precedence climbing."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._place = 0

    @property
    def next(self) -> Token:
        """Look at the coming token."""
        return self._words[self._place]

    def unexpected(self, context: str) -> PromqlError:
        """Word the usual complaint about the coming token."""
        token = self.next
        found = "end of input" if token.kind == "end" else f'"{token.text}"'
        return parse_error(token.place, f"unexpected {found}{context}")

    def expression(self, least: int) -> Node:
        """Read operands and operators that bind at least so tightly."""
        left = self._operand()
        while (rank := _PRECEDENCE.get(self.next.text, 0) if self.next.kind in ("sign", "word") else 0) >= least:
            operator = self._take().text
            as_bool = operator in COMPARISONS and self._accept("bool")
            labels, ignoring, many, include = self._matching()
            right = self.expression(rank if operator == "^" else rank + 1)
            left = Binary(operator, left, right, labels, ignoring, many, include, as_bool)
        return left

    def _operand(self) -> Node:
        """Read a literal, a call, an aggregation, a selector or something in parentheses."""
        token = self.next
        if token.kind in ("number", "string") or token.text.lower() in ("inf", "nan"):
            text = self._take().text
            return Text(unquoted(text)) if token.kind == "string" else Number(_number(text))
        if self._accept("-"):
            return Binary("*", Number(-1.0), self.expression(5))
        if self._accept("("):
            inner = self.expression(1)
            self._want(")")
            return inner
        return self._named(token)

    def _named(self, token: Token) -> Node:
        """Read what begins with a name or a brace."""
        if token.text in AGGREGATIONS:
            return self._aggregation()
        if token.kind == "word" and self._words[self._place + 1].text == "(":
            return self._call()
        if token.kind == "word" or token.text == "{":
            return self._selector()
        raise self.unexpected("")

    def _aggregation(self) -> Aggregate:
        operator = self._take().text
        labels, without, grouped = self._grouping()
        self._want("(", " in aggregation")
        body = self.expression(1)
        self._want(")", " in aggregation")
        if not grouped:
            labels, without, _ = self._grouping()
        return Aggregate(operator, body, labels, without)

    def _grouping(self) -> tuple[tuple[str, ...], bool, bool]:
        if self.next.text not in ("by", "without"):
            return (), False, False
        without = self._take().text == "without"
        return self._labels(), without, True

    def _call(self) -> Call:
        name = self._take()
        if name.text not in FUNCTIONS:
            raise parse_error(name.place, f'unknown function with name "{name.text}"')
        self._want("(")
        arguments: list[Node] = []
        while self.next.text != ")":
            arguments.append(self.expression(1))
            if not self._accept(","):
                break
        self._want(")")
        return Call(name.text, tuple(arguments))

    def _selector(self) -> Selector:
        matchers: list[Matcher] = []
        if self.next.kind == "word":
            matchers.append(Matcher("__name__", "=", self._take().text))
        if self._accept("{"):
            while self.next.text != "}":
                matchers.append(self._matcher())
                if not self._accept(","):
                    break
            self._want("}")
        if all(matcher.accepts("") for matcher in matchers):
            raise parse_error(0, "vector selector must contain at least one non-empty matcher")
        window = self._duration("[") if self._accept("[") else 0.0
        if window:
            self._want("]")
        return Selector(tuple(matchers), window, self._duration("offset") if self._accept("offset") else 0.0)

    def _matcher(self) -> Matcher:
        if self.next.kind == "string":  # a UTF-8 metric name in quotes, as Prometheus 3 writes it
            return Matcher("__name__", "=", unquoted(self._take().text))
        if self.next.kind != "word":
            raise self.unexpected(" in label matching, expected identifier")
        label = self._take().text
        if self.next.text not in ("=", "!=", "=~", "!~"):
            raise self.unexpected(" in label matching, expected label matching operator")
        operator = self._take().text
        if self.next.kind != "string":
            raise self.unexpected(" in label matching, expected string")
        token = self._take()
        value = unquoted(token.text)
        try:
            return Matcher(label, operator, value, re.compile(value, re.DOTALL) if operator in ("=~", "!~") else None)
        except re.error as error:
            raise parse_error(token.place, f"error parsing regexp: {error}") from error

    def _matching(self) -> tuple[tuple[str, ...] | None, bool, Literal["", "left", "right"], tuple[str, ...]]:
        """Read ``on (a) group_left (b)`` after an operator."""
        if self.next.text not in ("on", "ignoring"):
            return None, True, "", ()
        ignoring = self._take().text == "ignoring"
        labels = self._labels()
        if self.next.text not in ("group_left", "group_right"):
            return labels, ignoring, "", ()
        many: Literal["left", "right"] = "left" if self._take().text == "group_left" else "right"
        first, second = self._words[self._place + 1 : self._place + 3] if self.next.text == "(" else (self.next,) * 2
        listed = first.text == ")" or (first.kind == "word" and second.text in (")", ","))
        return labels, ignoring, many, self._labels() if self.next.text == "(" and listed else ()

    def _labels(self) -> tuple[str, ...]:
        self._want("(", " in grouping opts")
        found: list[str] = []
        while self.next.text != ")":
            if self.next.kind != "word":
                raise self.unexpected(" in grouping opts, expected label")
            found.append(self._take().text)
            if not self._accept(","):
                break
        self._want(")", " in grouping opts")
        return tuple(found)

    def _duration(self, after: str) -> float:
        if not is_duration(self.next.text):
            raise self.unexpected(f" after {after}, expected duration")
        return seconds(self._take().text)

    def _take(self) -> Token:
        self._place += 1
        return self._words[self._place - 1]

    def _accept(self, text: str) -> bool:
        if self.next.text != text or self.next.kind == "string":
            return False
        self._place += 1
        return True

    def _want(self, text: str, context: str = "") -> None:
        if not self._accept(text):
            raise self.unexpected(f"{context}, expected {text!r}".replace("'", '"'))


def _number(text: str) -> float:
    """Read a number, hexadecimal too."""
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
