"""Recognise a result file by what is in it, never by its ending, and read it with the module that knows its format."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from collectors.answers import parse_json
from collectors.base import Answer, Source
from collectors.evaluations import deepeval, inspect_ai, junit, lm_eval, openai_evals, promptfoo, ragas
from collectors.evaluations.rules import Rules
from collectors.files import rows_of_table
from store.errors import SourceError
from store.records import Parsed

Name = Literal["promptfoo", "inspect_ai", "lm_eval", "deepeval", "ragas", "openai_evals", "junit"]

_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how its files are recognised once decoded, and how they are read."""

    recognises: Callable[[object], bool]
    read: Callable[[object, Answer, Source, Rules], Iterator[Parsed]]


FORMATS: Final[Mapping[Name, Format]] = {
    "promptfoo": Format(promptfoo.is_promptfoo, promptfoo.evaluations),
    "inspect_ai": Format(inspect_ai.is_inspect, inspect_ai.evaluations),
    "lm_eval": Format(lm_eval.is_lm_eval, lm_eval.evaluations),
    "deepeval": Format(deepeval.is_deepeval, deepeval.evaluations),
    "openai_evals": Format(openai_evals.is_openai_evals, openai_evals.evaluations),
    "junit": Format(lambda document: isinstance(document, junit.Report), junit.evaluations),
    "ragas": Format(ragas.is_ragas, ragas.evaluations),
}
"""The formats by name, in the order in which they are tried."""


def read(answer: Answer, source: Source, rules: Rules, forced: Name | None) -> Iterator[Parsed]:
    """Give the evaluations of a file of any known format, or raise ``SourceError`` that lists what is known."""
    name: Name | None
    body = answer.body.removeprefix(_BOM).lstrip()
    if body.startswith(inspect_ai.ZIP):
        document, name = inspect_ai.decode(body), forced or "inspect_ai"
    else:
        document = _document(body, answer.name)
        name = forced or next((name for name, each in FORMATS.items() if each.recognises(document)), None)
    if name is None:
        raise SourceError(
            "shape", f"of no format that is known here ({', '.join(FORMATS)}); narrow path, or set format"
        )
    yield from FORMATS[name].read(document, answer, source, rules)


def _document(body: bytes, name: str) -> object:
    """Decode a file: XML, a table, JSON, or a list of JSON lines."""
    if body.startswith(b"<"):
        return junit.read(body)
    if not body.startswith((b"{", b"[")):
        is_table = body.startswith((b"PAR1", _GZIP)) or b"," in body.partition(b"\n")[0]
        return list(rows_of_table(body, name)) if is_table else None
    try:
        return parse_json(body, undefined_ok=True)
    except SourceError:
        if b"\n" not in body or not body.startswith(b"{"):
            raise
    return _lines(body)


def _lines(body: bytes) -> list[object]:
    """Decode JSON lines; a last one that was not written to its end is left out."""
    *lines, last = body.rstrip().split(b"\n")
    found = [parse_json(line, undefined_ok=True) for line in lines if line.strip()]
    try:
        return [*found, parse_json(last, undefined_ok=True)]
    except SourceError:
        return found
