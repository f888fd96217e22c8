"""Know JUnit XML, the form in which test runners report: promptfoo, pytest, DeepEval under pytest and many more.

A failure is an answer that was not good enough, an error a test that could not be run; skipped tests count as neither.
A document type is refused, and with it every entity: no expansion, nothing from outside. Messages are not kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from collectors.answers import moment
from collectors.base import Answer, Source
from collectors.evaluations.rules import (
    PASS_RATE,
    Rules,
    Run,
    Score,
    content_id,
    file_labels,
    suite_of,
    unrouted,
    written_at,
)
from store.errors import SourceError
from store.records import Parsed

_SUITES: Final = ("testsuites", "testsuite")
_OUTCOMES: Final = ("failure", "error", "skipped")


@dataclass(slots=True)
class Suite:
    """One ``testsuite`` that holds tests: how many passed, failed, could not be run."""

    name: str
    timestamp: str
    passes: int = 0
    failures: int = 0
    errors: int = 0
    cases: list[tuple[object, float]] = field(default_factory=list)

    def add(self, test: object, outcome: str) -> None:
        """Count one test."""
        if outcome in ("", "failure"):
            self.cases.append((test, float(outcome == "")))
        self.passes += outcome == ""
        self.failures += outcome == "failure"
        self.errors += outcome == "error"


@dataclass(slots=True)
class Report:
    """What a file reports: its own name, the properties of its suites, the suites by name."""

    name: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    suites: dict[str, Suite] = field(default_factory=dict)


def read(body: bytes) -> Report:
    """Read a report, or raise ``SourceError`` for what is none."""
    walker = _Walker()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = walker.refuse
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the second argument says that this is all
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise SourceError("not_json", f"not XML: {error}") from None
    return walker.report


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give the share of tests that passed: of the whole report, and of each suite where there are several."""
    report = document if isinstance(document, Report) else read(answer.body)
    suites = list(report.suites.values())
    if not suites:
        raise SourceError("shape", "expected tests in a testsuite, found none")
    name = report.name or (suites[0].name if len(suites) == 1 else "")
    labels = {**file_labels(answer.name), **({"suite": name} if name else {}), **report.properties}
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    stamps = [moment(each.timestamp, "testsuite.timestamp", zone=rules.zone) for each in suites if each.timestamp]
    seen = max(stamps) if stamps else written_at(answer, rules)
    run = Run(answer.name, system, content_id(answer.body), rules.suite or name or suite_of(answer.name), seen, rules)
    yield from run.give(_score("", suites))
    yield from run.give_cases(PASS_RATE, [([each.name, test], score) for each in suites for test, score in each.cases])
    if len(suites) > 1:
        for suite in suites:
            place = suite.name or "unnamed"
            yield from run.give(_score(place, [suite]))
            yield from run.give_cases(PASS_RATE, suite.cases, place)


def _score(place: str, suites: list[Suite]) -> Score:
    passes, failures, errors = (sum(getattr(s, k) for s in suites) for k in ("passes", "failures", "errors"))
    n = passes + failures
    return Score(PASS_RATE, passes / n if n else None, n, passes, errors, slice=place)


class _Walker:
    """Walk through the elements; a suite counts the tests that stand directly in it."""

    def __init__(self) -> None:
        self.report = Report()
        self._open: list[str] = []
        self._suites: list[Suite] = []
        self._outcome: str | None = None
        self._test: list[str] = []

    def refuse(self, *_: object) -> None:
        raise SourceError("shape", "the XML declares a document type; a report needs none and none is read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name not in _SUITES:
            raise SourceError("shape", f"expected testsuites or testsuite, found {name[:40]!a}")
        inside = self._open[-1] if self._open else ""
        self._open.append(name)
        if name == "testsuites":
            self.report.name = attributes.get("name", "")
        elif name == "testsuite":
            self._suites.append(Suite(attributes.get("name", ""), attributes.get("timestamp", "")))
        elif name == "testcase":
            self._outcome = ""
            self._test = [attributes.get(key, "") for key in ("classname", "name")]
        elif name in _OUTCOMES and inside == "testcase" and self._outcome != "error":
            self._outcome = name
        elif name == "property" and "testcase" not in self._open:
            self.report.properties[attributes.get("name", "")] = attributes.get("value", "")

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "testcase" and self._suites:
            suite = self._suites[-1]
            self.report.suites.setdefault(suite.name, suite).add(self._test, self._outcome or "")
        elif name == "testsuite":
            self._suites.pop()
