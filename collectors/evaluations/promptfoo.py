"""Know the results of promptfoo (``promptfoo eval --output x.json``, result versions 2 and 3).

A case that could not be run (an error) is kept apart from one that failed: the pass rate counts passes among cases that
ran, and a run in which none did is an error, not a zero. Summed scores are divided by what they sum over. Of prompts,
variables and outputs of the file nothing is kept: a case is known by a hash of its variables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from collectors.answers import find, moment, number, rows, table, text, whole
from collectors.base import Answer, Source
from collectors.evaluations.rules import (
    PASS_RATE,
    Rules,
    case_key,
    case_means,
    content_id,
    file_labels,
    is_number,
    unrouted,
)
from collectors.shape import strings
from store.records import CaseScores, Evaluation, Parsed

_SCORE: Final = "score"
_LABEL: Final = 60
_ERROR: Final = 2  # the failure reason of a case that could not be run
_OF_THE_RUN: Final = ("_", "sessionId")  # variables that promptfoo adds to those of the case


@dataclass(frozen=True, slots=True)
class _Tally:
    """What came of the cases of a run or of one of its prompts."""

    passes: int
    failures: int
    errors: int

    @property
    def n(self) -> int:
        return self.passes + self.failures

    @property
    def rate(self) -> float | None:
        return self.passes / self.n if self.n else None


def is_promptfoo(document: object) -> bool:
    """Recognise a result by its statistics beside prompts or a table."""
    found = find(document, "results")
    return isinstance(found, dict) and "stats" in found and ("prompts" in found or "table" in found)


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give the evaluations of one file: all of it or nothing."""
    body = table(document, "the file")
    labels = _labels(body, answer.name)
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    results = table(body.get("results"), "results")
    run = _Run(
        system=system,
        eval_run=text(body.get("evalId") or content_id(answer.body), "evalId"),
        suite=rules.suite or labels.get("description") or labels["file"],
        results=results,
        url=text(body.get("shareableUrl") or "", "shareableUrl"),
    )
    scores, cases = list(run.scores()), list(run.cases())
    yield from (each for each in scores if rules.keeps(each.scorer))
    yield from (each for each in cases if rules.keeps(each.scorer))


@dataclass(frozen=True, slots=True)
class _Run:
    """One file being turned into evaluations."""

    system: str
    eval_run: str
    suite: str
    results: Mapping[str, object]
    url: str

    def scores(self) -> Iterator[Evaluation]:
        """Give the pass rate of the whole run, then what is known of each prompt."""
        stats = table(self.results.get("stats"), "results.stats")
        total = _Tally(*(whole(stats.get(key, 0), key, low=0) for key in ("successes", "failures", "errors")))
        prompts = [table(each, "prompts[]") for each in rows(self._prompts(), "results.prompts")]
        yield self._evaluation(PASS_RATE, total.rate, total, "", _version(prompts[0]) if len(prompts) == 1 else "")
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt.get("metrics"), dict):
                continue
            place = "" if len(prompts) == 1 else _slice(prompt, index)
            yield from self._prompt(prompt, table(prompt["metrics"], "metrics"), place)

    def cases(self) -> Iterator[CaseScores]:
        """Give how each case came out, where the file lists them: passed or not, and its named scores."""
        found: dict[tuple[str, str], list[tuple[str, float]]] = {}
        prompts = [table(each, "prompts[]") for each in rows(self._prompts(), "results.prompts")]
        for each in rows(self.results.get("results") or [], "results.results"):
            row = table(each, "results.results[]")
            place = whole(row.get("promptIdx", 0), "promptIdx", low=0)
            if row.get("failureReason") == _ERROR or place >= len(prompts):
                continue
            shown = "" if len(prompts) == 1 else _slice(prompts[place], place)
            for scorer, score in _case_scores(row):
                found.setdefault((scorer, shown), []).append((_case(row), score))
        for (scorer, shown), scores in found.items():
            yield CaseScores(
                self.system, self.eval_run, self.suite, scorer, self._seen(), case_means(scores), slice=shown
            )

    def _seen(self) -> datetime:
        return moment(self.results.get("timestamp"), "results.timestamp")

    def _prompts(self) -> object:
        found = self.results.get("prompts")
        return find(self.results, "table", "head", "prompts") or [] if found is None else found

    def _prompt(self, prompt: Mapping[str, object], metrics: Mapping[str, object], place: str) -> Iterator[Evaluation]:
        keys = ("testPassCount", "testFailCount", "testErrorCount")
        tally = _Tally(*(whole(metrics.get(key, 0), key, low=0) for key in keys))
        version = _version(prompt)
        if place:
            yield self._evaluation(PASS_RATE, tally.rate, tally, place, version)
        if "score" in metrics:
            score = number(metrics["score"], "score")
            yield self._evaluation(_SCORE, score / tally.n if tally.n else None, tally, place, version)
        counts = table(metrics.get("namedScoresCount") or {}, "namedScoresCount")
        for name, summed in table(metrics.get("namedScores") or {}, "namedScores").items():
            n = whole(counts.get(name, tally.n), f"namedScoresCount.{name}", low=0)
            value = number(summed, f"namedScores.{name}") / n if n else None
            yield self._evaluation(_named(name), value, _Tally(0, n, tally.errors), place, version)

    def _evaluation(self, scorer: str, value: float | None, tally: _Tally, place: str, version: str) -> Evaluation:
        status: Literal["ok", "error"] = "error" if value is None else "ok"
        return Evaluation(
            system=self.system,
            eval_run=self.eval_run,
            suite=self.suite,
            scorer=scorer,
            seen=self._seen(),
            value=value,
            slice=place,
            system_version=version,
            n=tally.n,
            passes=tally.passes if scorer == PASS_RATE else None,
            errors=tally.errors,
            status=status,
            url=self.url,
        )


def _labels(body: Mapping[str, object], name: str) -> dict[str, str]:
    config = table(body.get("config") or {}, "config")
    own = strings({"description": config.get("description")})
    return {
        **file_labels(name),
        **own,
        **strings(config.get("metadata")),
        **strings(config.get("tags")),
    }


def _named(name: str) -> str:
    return f"named {name}" if name in (PASS_RATE, _SCORE) else name


def _case_scores(row: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """Give what one case says of each scorer; a named score that is no number is none."""
    if isinstance(row.get("success"), bool):
        yield PASS_RATE, float(row["success"] is True)
    named = table(row.get("namedScores") or {}, "namedScores")
    for name, score in ((_SCORE, row.get("score")), *((_named(name), score) for name, score in named.items())):
        if is_number(score):
            yield name, number(score, name)


def _case(row: Mapping[str, object]) -> str:
    """Name a case by its variables and its description, without what promptfoo adds while it runs."""
    given = table(row.get("vars") or {}, "vars")
    own = {name: value for name, value in given.items() if not name.startswith(_OF_THE_RUN)}
    return case_key([own, find(row, "testCase", "description")])


def _slice(prompt: Mapping[str, object], index: int) -> str:
    """Name a prompt beside others: a label may be the whole prompt, so it is cut and its place is added."""
    label = " ".join(text(prompt.get("label") or "", "label").split())
    shown = label if len(label) <= _LABEL else f"{label[:_LABEL]}..."
    return f"{index + 1}: {_version(prompt)} {shown}".strip()


def _version(prompt: Mapping[str, object]) -> str:
    return text(prompt.get("provider") or "", "provider")
