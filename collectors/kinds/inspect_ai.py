"""Read Inspect AI logs, ``.eval`` (a zip with Zstandard or deflate inside) and ``.json``.

A file's presence proves nothing: a run that failed has a log too, and is an error, never a zero. A log of a run that
still goes on has no header yet and is left for later. Samples, which hold prompts and answers, are not read.
"""

import io
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Final, Literal
from zlib import error as ZlibError  # noqa: N812 - the module names its exception so

from collectors.answers import Doubtful, find, moment, number, parse_json, rows, table, text, whole
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.files import unzstd
from collectors.shape import strings
from store.errors import SourceError
from store.records import Evaluation, Parsed, Rejected, Unrouted

KIND: Final = Kind(
    "evaluations",
    needs="to read the files",
    limits="of a .eval archive only the header is read; logs still being written are left to the next run",
    first=timedelta(days=365),
    restate=timedelta(days=7),
)

_HEADER: Final = "header.json"
_ZIP: Final = b"PK\x03\x04"
_ZSTANDARD: Final = 93
_LOCAL_HEADER: Final = 30
_LARGEST: Final = 32 * 1024 * 1024
_NOT_SCORES: Final = frozenset({"stderr", "std", "var"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the logs (``*`` and ``**`` allowed) and the name of their suite.

    A log is routed by the metadata of its task, or by the labels ``task``, ``model``, ``file`` and ``folder``. Scores
    lie between ``scale_min`` and ``scale_max``.
    """

    path: str
    suite: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the logs that changed since the window began."""
    async for name, body in reach.files.read(settings.path, window.start):
        yield Answer(body, window, name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the evaluations of one log; a log that cannot be read is set aside and the others are not."""
    try:
        header = _header(answer.body) if answer.body.startswith(_ZIP) else answer.body
        if header is not None:
            yield from list(_evaluations(table(parse_json(header), "the log"), answer, source, settings))
    except Doubtful as error:
        yield Rejected(f"{answer.name}: {error}", answer.name)
    except SourceError as error:
        yield Rejected(f"{answer.name}: not an Inspect log: {error}", answer.name)


def _header(body: bytes) -> bytes | None:
    """Take the header out of the zip; Python 3.11 knows no Zstandard, so its place is looked up and read here.

    A run that still goes on has none yet.
    """
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


def _evaluations(
    log: Mapping[str, object], answer: Answer, source: Source, settings: Settings
) -> Iterator[Evaluation | Unrouted]:
    run = table(log.get("eval"), "eval")
    status = text(log.get("status"), "status")
    if status == "started":
        return
    labels = _labels(run, answer.name)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
        return
    scores = _Scores(log, run, system, settings)
    if status == "success" or find(log, "results", "scores"):
        yield from scores.each()
    else:
        yield from scores.failed()


@dataclass(frozen=True, slots=True)
class _Scores:
    """One log being turned into evaluations."""

    log: Mapping[str, object]
    run: Mapping[str, object]
    system: str
    settings: Settings

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
                yield self._evaluation(
                    scorer if len(names) == 1 else f"{scorer}/{name}",
                    self._value(find(metrics, name, "value"), f"{scorer}.{name}"),
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
            yield self._evaluation(name, None, 0, errors, None)

    def _value(self, found: object, where: str) -> float | None:
        return (
            None if found is None else number(found, where, low=self.settings.scale_min, high=self.settings.scale_max)
        )

    def _evaluation(self, scorer: str, value: float | None, n: int, errors: int, stderr: float | None) -> Evaluation:
        run, stats = self.run, table(self.log.get("stats") or {}, "stats")
        task = text(run.get("task"), "eval.task")
        return Evaluation(
            system=self.system,
            eval_run=text(run.get("eval_id") or run.get("run_id"), "eval.eval_id"),
            suite=self.settings.suite or task,
            scorer=scorer,
            seen=moment(stats.get("completed_at") or run.get("created"), "stats.completed_at"),
            value=value,
            suite_version=str(run.get("task_version", "")),
            system_version=text(run.get("model") or "", "eval.model"),
            n=n,
            errors=errors,
            stderr=stderr,
            scale_min=self.settings.scale_min,
            scale_max=self.settings.scale_max,
            status=self._status(value),
        )

    def _status(self, value: float | None) -> Literal["ok", "error", "partial", "invalidated"]:
        if self.log.get("invalidated") is True:
            return "invalidated"
        if value is None:
            return "error"
        return "ok" if self.log.get("status") == "success" else "partial"


def _labels(run: Mapping[str, object], name: str) -> dict[str, str]:
    path = PurePath(name)
    own = strings({"task": run.get("task"), "model": run.get("model")})
    return {"file": path.stem, "folder": path.parent.name, **own, **strings(run.get("metadata"))}
