"""Know the logs of Inspect AI, ``.eval`` (a zip with Zstandard or deflate inside) and ``.json``.

A file's presence proves nothing: a run that failed has a log too, and is an error, never a zero. A log of a run that
still goes on has no header yet and is left for later. Samples, which hold prompts and answers, are not read.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from zlib import error as ZlibError  # noqa: N812 - the module names its exception so

from collectors.answers import find, moment, number, parse_json, rows, table, text, whole
from collectors.base import Answer, Source
from collectors.evaluations.rules import Rules, file_labels, unrouted
from collectors.files import unzstd
from collectors.shape import strings
from store.errors import SourceError
from store.records import Evaluation, Parsed

_HEADER: Final = "header.json"
ZIP: Final = b"PK\x03\x04"
"""How an archive begins."""

_ZSTANDARD: Final = 93
_LOCAL_HEADER: Final = 30
_LARGEST: Final = 32 * 1024 * 1024
_NOT_SCORES: Final = frozenset({"stderr", "std", "var"})


def _header(body: bytes) -> bytes | None:
    """Take the header out of the zip; Python 3.11 knows no Zstandard, so its place is looked up and read here."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = next((each for each in archive.infolist() if each.filename == _HEADER), None)
            if member is None:
                return None
            if member.file_size > _LARGEST:
                raise SourceError("too_large", f"{_HEADER} is larger than {_LARGEST} bytes")
            if member.compress_type != _ZSTANDARD:
                return archive.read(member)
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, RuntimeError) as error:
        raise SourceError("encoding", f"the archive cannot be read: {error}") from None
    start = member.header_offset
    lengths = body[start + 26 : start + _LOCAL_HEADER]
    name, extra = (int.from_bytes(lengths[place : place + 2], "little") for place in (0, 2))
    begin = start + _LOCAL_HEADER + name + extra
    return unzstd(body[begin : begin + member.compress_size], _LARGEST)


def decode(body: bytes) -> object:
    """Decode a log of either form; the archive of a run that still goes on has no header yet."""
    if not body.startswith(ZIP):
        return parse_json(body)
    found = _header(body)
    return {"status": "started", "eval": {}} if found is None else parse_json(found)


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
    yield from list(scores.each() if came_about else scores.failed())


@dataclass(frozen=True, slots=True)
class _Scores:
    """One log being turned into evaluations."""

    log: Mapping[str, object]
    run: Mapping[str, object]
    system: str
    rules: Rules

    def each(self) -> Iterator[Evaluation]:
        """Give every metric of every scorer that is a score."""
        results = table(self.log.get("results"), "results")
        done = whole(results.get("completed_samples", 0), "results.completed_samples", low=0)
        total = whole(results.get("total_samples", done), "results.total_samples", low=0)
        scores = [table(entry, "results.scores[]") for entry in rows(results.get("scores"), "results.scores")]
        called = [score.get("name") for score in scores]
        for score in scores:
            metrics = table(score.get("metrics") or {}, "results.scores[].metrics")
            names = [name for name in metrics if name not in _NOT_SCORES]
            stderr = find(metrics, "stderr", "value") if len(names) == 1 else None
            for name in names:
                scorer = text(score.get("name"), "results.scores[].name")
                if called.count(scorer) > 1:  # the same scorer reduced in several ways
                    scorer = f"{scorer} {text(score.get('reducer') or '', 'reducer')}".strip()
                scored = score.get("scored_samples")
                shown = scorer if len(names) == 1 else f"{scorer}/{name}"
                if not self.rules.keeps(shown):
                    continue
                yield self._evaluation(
                    shown,
                    self._value(find(metrics, name, "value"), f"{scorer}.{name}", shown),
                    done if scored is None else whole(scored, "scored_samples", low=0),
                    max(0, total - done),
                    None if stderr is None else number(stderr, "stderr", low=0),
                )

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
        run, stats = self.run, table(self.log.get("stats") or {}, "stats")
        task = text(run.get("task"), "eval.task")
        low, high = self.rules.scale(scorer)
        return Evaluation(
            system=self.system,
            eval_run=text(run.get("eval_id") or run.get("run_id"), "eval.eval_id"),
            suite=self.rules.suite or task,
            scorer=scorer,
            seen=moment(stats.get("completed_at") or run.get("created"), "stats.completed_at"),
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


def _labels(run: Mapping[str, object], name: str) -> dict[str, str]:
    own = strings({"task": run.get("task"), "model": run.get("model")})
    return {**file_labels(name), **own, **strings(run.get("metadata"))}
