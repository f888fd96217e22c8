"""Know the logs of Inspect AI, ``.eval`` (a zip with Zstandard or deflate inside) and ``.json``.

A file's presence proves nothing: a run that failed has a log too, and is an error, never a zero. A log of a run that
still goes on has no header yet and is left for later. Samples, which hold prompts and answers, are not read; how each
case scored stands in the reductions, and a case is known by a hash of its id.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zlib import error as ZlibError  # noqa: N812 - the module names its exception so

from collectors.answers import find, moment, number, parse_json, rows, table, text, whole
from collectors.base import Answer, Source
from collectors.evaluations.rules import Rules, case_key, case_means, file_labels, is_number, unrouted
from collectors.files import unzstd
from collectors.shape import strings
from store.errors import SourceError
from store.records import CaseScores, Evaluation, Parsed

_HEADER: Final = "header.json"
_REDUCTIONS: Final = "reductions.json"
_MEANS: Final = ("accuracy", "mean")  # metrics that are the mean of what the reductions hold
ZIP: Final = b"PK\x03\x04"
"""How an archive begins."""

_ZSTANDARD: Final = 93
_LOCAL_HEADER: Final = 30
_LARGEST: Final = 32 * 1024 * 1024
_NOT_SCORES: Final = frozenset({"stderr", "std", "var"})


def _member(body: bytes, name: str) -> bytes | None:
    """Take a member out of the zip; Python 3.11 knows no Zstandard, so its place is looked up and read here."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = next((each for each in archive.infolist() if each.filename == name), None)
            if member is None:
                return None
            if member.file_size > _LARGEST:
                raise SourceError("too_large", f"{name} is larger than {_LARGEST} bytes")
            if member.compress_type != _ZSTANDARD:
                return archive.read(member)
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, RuntimeError) as error:
        raise SourceError("encoding", f"the archive cannot be read: {error}") from None
    start = member.header_offset
    lengths = body[start + 26 : start + _LOCAL_HEADER]
    called, extra = (int.from_bytes(lengths[place : place + 2], "little") for place in (0, 2))
    begin = start + _LOCAL_HEADER + called + extra
    return unzstd(body[begin : begin + member.compress_size], _LARGEST)


def decode(body: bytes) -> object:
    """Decode a log of either form; the archive of a run that still goes on has no header yet."""
    if not body.startswith(ZIP):
        return parse_json(body)
    found = _member(body, _HEADER)
    if found is None:
        return {"status": "started", "eval": {}}
    header, reductions = parse_json(found), _member(body, _REDUCTIONS)
    return header if reductions is None else {**table(header, _HEADER), "reductions": parse_json(reductions)}


def is_inspect(document: object) -> bool:
    """Recognise a log by its status beside what was evaluated."""
    return isinstance(document, dict) and isinstance(document.get("eval"), dict) and "status" in document


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give the evaluations of one log, none of a run that still goes on: all of it or nothing."""
    log = table(document, "the log")
    run = table(log.get("eval"), "eval")
    status = text(log.get("status"), "status")
    if status == "started":
        return
    labels = _labels(run, answer.name)
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    scores = _Scores(log, run, system, rules)
    came_about = status == "success" or find(log, "results", "scores")
    found = list(scores.each() if came_about else scores.failed())
    cases = list(scores.cases()) if came_about else []
    yield from found
    yield from cases


@dataclass(frozen=True, slots=True)
class _Scores:
    """One log being turned into evaluations."""

    log: Mapping[str, object]
    run: Mapping[str, object]
    system: str
    rules: Rules

    def each(self) -> Iterator[Evaluation]:
        """Give every metric of every scorer that is a score."""
        results = self._results()
        done = whole(results.get("completed_samples", 0), "results.completed_samples", low=0)
        total = whole(results.get("total_samples", done), "results.total_samples", low=0)
        for score, name, shown, is_only in self._metrics():
            scored, metrics = score.get("scored_samples"), score["metrics"]
            stderr = find(metrics, "stderr", "value") if is_only else None
            yield self._evaluation(
                shown,
                self._value(find(metrics, name, "value"), f"{shown}.{name}", shown),
                done if scored is None else whole(scored, "scored_samples", low=0),
                max(0, total - done),
                None if stderr is None else number(stderr, "stderr", low=0),
            )

    def cases(self) -> Iterator[CaseScores]:
        """Give how each case scored by every scorer whose metric is their mean."""
        reduced = [table(each, "reductions[]") for each in rows(self.log.get("reductions") or [], "reductions")]
        for score, name, shown, _ in self._metrics():
            samples = next((each.get("samples") for each in reduced if _is_of(each, score)), None)
            low, high = self.rules.scale(shown)
            scores = case_means(
                (case_key(sample.get("sample_id")), number(sample["value"], "reductions[].samples[].value"))
                for sample in (table(each, "samples[]") for each in rows(samples or [], "reductions[].samples"))
                if is_number(sample.get("value"))
            )
            if name in _MEANS and scores and all(low <= each <= high for each in scores.values()):
                yield CaseScores(self.system, self._run_id(), self._suite(), shown, self._seen(), scores)

    def _results(self) -> Mapping[str, object]:
        return table(self.log.get("results"), "results")

    def _metrics(self) -> Iterator[tuple[Mapping[str, object], str, str, bool]]:
        """Give each wanted score: what it stands in, its metric, what it is called, whether it is alone there."""
        scores = [table(entry, "results.scores[]") for entry in rows(self._results().get("scores"), "results.scores")]
        called = [score.get("name") for score in scores]
        for score in scores:
            metrics = table(score.get("metrics") or {}, "results.scores[].metrics")
            names = [name for name in metrics if name not in _NOT_SCORES]
            for name in names:
                scorer = text(score.get("name"), "results.scores[].name")
                if called.count(scorer) > 1:  # the same scorer reduced in several ways
                    scorer = f"{scorer} {text(score.get('reducer') or '', 'reducer')}".strip()
                shown = scorer if len(names) == 1 else f"{scorer}/{name}"
                if self.rules.keeps(shown):
                    yield {**score, "metrics": metrics}, name, shown, len(names) == 1

    def _run_id(self) -> str:
        return text(self.run.get("eval_id") or self.run.get("run_id"), "eval.eval_id")

    def _suite(self) -> str:
        return self.rules.suite or text(self.run.get("task"), "eval.task")

    def _seen(self) -> datetime:
        stats = table(self.log.get("stats") or {}, "stats")
        return moment(stats.get("completed_at") or self.run.get("created"), "stats.completed_at")

    def failed(self) -> Iterator[Evaluation]:
        """Give the evaluation that did not come about, for each scorer that would have scored."""
        samples = find(self.run, "dataset", "samples")
        errors = 1 if samples is None else whole(samples, "eval.dataset.samples", low=0)
        scorers = [table(each, "eval.scorers[]") for each in rows(self.run.get("scorers") or [], "eval.scorers")]
        for name in dict.fromkeys(text(each.get("name"), "eval.scorers[].name") for each in scorers) or ("run",):
            if self.rules.keeps(name):
                yield self._evaluation(name, None, 0, errors, None)

    def _value(self, found: object, where: str, scorer: str) -> float | None:
        low, high = self.rules.scale(scorer)
        return None if found is None else number(found, where, low=low, high=high)

    def _evaluation(self, scorer: str, value: float | None, n: int, errors: int, stderr: float | None) -> Evaluation:
        run = self.run
        low, high = self.rules.scale(scorer)
        return Evaluation(
            system=self.system,
            eval_run=self._run_id(),
            suite=self._suite(),
            scorer=scorer,
            seen=self._seen(),
            value=value,
            suite_version=str(run.get("task_version", "")),
            system_version=text(run.get("model") or "", "eval.model"),
            n=n,
            errors=errors,
            stderr=stderr,
            scale_min=low,
            scale_max=high,
            status=self._status(value),
        )

    def _status(self, value: float | None) -> Literal["ok", "error", "partial", "invalidated"]:
        if self.log.get("invalidated") is True:
            return "invalidated"
        if value is None:
            return "error"
        return "ok" if self.log.get("status") == "success" else "partial"


def _is_of(reduced: Mapping[str, object], score: Mapping[str, object]) -> bool:
    """Say whether reduced cases are those of a score: of the same scorer, reduced in the same way."""
    return reduced.get("scorer") == score.get("name") and (reduced.get("reducer") or None) == (
        score.get("reducer") or None
    )


def _labels(run: Mapping[str, object], name: str) -> dict[str, str]:
    own = strings({"task": run.get("task"), "model": run.get("model")})
    return {**file_labels(name), **own, **strings(run.get("metadata"))}
