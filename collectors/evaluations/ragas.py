"""Know the scores of Ragas as people write them out: rows of a CSV, Parquet, JSON or JSON lines file, or ``scores``.

Ragas writes no file of its own; ``to_pandas()`` gives a row a case, with the case's texts and a column a metric. A cell
without a number is a case whose scoring failed: an error, never a zero. Texts are not kept; a case is known by a hash
of its question.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from collectors.answers import number, rows, table
from collectors.base import Answer, Source
from collectors.evaluations.rules import (
    Rules,
    Run,
    Score,
    content_id,
    file_labels,
    mean_of,
    suite_of,
    unrouted,
    written_at,
)
from store.errors import SourceError
from store.records import Parsed

_CASE: Final = frozenset(
    {
        *("user_input", "response", "reference", "retrieved_contexts", "reference_contexts", "rubrics"),
        *("question", "answer", "contexts", "ground_truth", "ground_truths"),  # before 0.2
    }
)
_COUNTERS: Final = frozenset({"", "Unnamed: 0", "index", "id", "level_0"})
"""Columns that a data frame's own row numbers end up in."""
_KNOWN: Final = frozenset(
    {
        *("faithfulness", "answer_relevancy", "answer_correctness", "answer_similarity", "semantic_similarity"),
        *("context_precision", "context_recall", "context_entity_recall", "context_utilization", "nv_accuracy"),
        *("llm_context_precision_with_reference", "llm_context_precision_without_reference", "factual_correctness"),
        *("noise_sensitivity", "nv_context_relevance", "nv_response_groundedness", "faithfulness_with_hhem"),
    }
)
_LOWER: Final = "noise_sensitivity"
_QUESTION: Final = ("user_input", "question")

Rows = Sequence[Mapping[str, object]]


def is_ragas(document: object) -> bool:
    """Recognise rows by the names of a case's texts or of a metric in the first of them."""
    found = _rows(document)
    names = set(found[0]) if found else set()
    return bool(names & _CASE or {_plain(name) for name in names} & _KNOWN)


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give the mean of every column that holds numbers."""
    found = _rows(document)
    if not found:
        raise SourceError("shape", "expected rows of scores, found none")
    labels = file_labels(answer.name)
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    names = dict.fromkeys(name for row in found for name in row if name not in _CASE | _COUNTERS)
    columns = {name: _column(name, found) for name in names}
    numbers = {name: [value for value in values if value is not None] for name, values in columns.items()}
    identity = content_id(len(found), {name: values for name, values in numbers.items() if values})
    run = Run(answer.name, system, identity, rules.suite or suite_of(answer.name), written_at(answer, rules), rules)
    for name, values in numbers.items():
        if values or _plain(name) in _KNOWN:
            value, stderr = mean_of(values)
            better = _plain(name) != _LOWER
            errors = len(found) - len(values)
            yield from run.give(Score(name, value, len(values), None, errors, stderr, higher_is_better=better))
    for name, cells in columns.items():
        asked = zip(map(_question, found), cells, strict=False)
        yield from run.give_cases(name, ((question, cell) for question, cell in asked if question and cell is not None))


def _rows(document: object) -> Rows:
    if isinstance(document, dict):
        document = document.get("scores")
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        return []
    return [table(row, "a row") for row in rows(document, "scores")]


def _column(name: str, found: Rows) -> list[float | None]:
    """Give the numbers of a column, row by row; nothing where other values stand in it too."""
    cells = [row.get(name) for row in found]
    try:
        return [None if cell in (None, "nan", "NaN") else number(cell, name, text_ok=True) for cell in cells]
    except SourceError:
        return []


def _question(row: Mapping[str, object]) -> object:
    """Give what was asked in a case; nothing where the rows are scores alone."""
    return next((row[name] for name in _QUESTION if row.get(name)), None)


def _plain(name: str) -> str:
    """Give the name of a metric without its mode: ``noise_sensitivity(mode=relevant)``."""
    return name.partition("(")[0]
