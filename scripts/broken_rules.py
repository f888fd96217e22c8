"""List the rules of this house, how each is broken on purpose, and the gate that must see it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
CONTRACTS = (f"{BIN}/lint-imports", "--no-cache")
CONFORMANCE = "tests/collectors/kinds/test_conformance.py"


@dataclass(frozen=True, slots=True)
class Break:
    """One rule, how it is broken (``old`` becomes ``new``; without ``old`` it is added), and the gate that must see it.

    ``says`` is what the gate's output must name: another failure proves nothing.
    """

    rule: str
    path: str
    new: str
    gate: tuple[str, ...]
    says: str
    old: str = ""


def tests(*arguments: str) -> tuple[str, ...]:
    """Give the command that runs some tests."""
    return (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *arguments)


def of_kinds(test: str) -> tuple[str, ...]:
    """Give the command that runs one conformance test over all kinds."""
    return tests(f"{CONFORMANCE}::{test}")


BREAKS: tuple[Break, ...] = (
    Break(
        "imports go down only",
        "store/values.py",
        "\nfrom operations import modes\n",
        CONTRACTS,
        "Three floors: tui over collectors and operations over store BROKEN",
    ),
    Break(
        "collectors and operations never meet",
        "operations/words.py",
        "\nfrom collectors import words\n",
        CONTRACTS,
        "Three floors: tui over collectors and operations over store BROKEN",
    ),
    Break(
        "only tui knows Textual and Rich",
        "operations/words.py",
        "\nimport rich\n",
        CONTRACTS,
        "Only tui knows Textual and Rich BROKEN",
    ),
    Break(
        "only store.database knows DuckDB",
        "tui/figures.py",
        "\nimport duckdb\n",
        CONTRACTS,
        "Only store.database knows DuckDB; with collectors.files it knows Arrow BROKEN",
    ),
    Break(
        "only collectors.files shares Arrow",
        "collectors/shape.py",
        "\nimport pyarrow\n",
        CONTRACTS,
        "Only store.database knows DuckDB; with collectors.files it knows Arrow BROKEN",
    ),
    Break(
        "only collectors.http knows httpx",
        "collectors/words.py",
        "\nimport httpx\n",
        CONTRACTS,
        "Only collectors.http knows httpx, only collectors.schedule knows croniter BROKEN",
    ),
    Break(
        "only collectors.schedule knows croniter",
        "collectors/words.py",
        "\nimport croniter\n",
        CONTRACTS,
        "Only collectors.http knows httpx, only collectors.schedule knows croniter BROKEN",
    ),
    Break(
        "kinds do not know each other",
        "collectors/kinds/focus.py",
        "\nfrom collectors.kinds import promptfoo\n",
        CONTRACTS,
        "Kinds of source do not know each other BROKEN",
    ),
    Break(
        "screens do not know each other",
        "tui/screens/breaches.py",
        "\nfrom tui.screens import collection\n",
        CONTRACTS,
        "Screens do not know each other BROKEN",
    ),
    Break(
        "everything public has a docstring",
        "store/values.py",
        "\n\ndef undocumented() -> None:\n    return\n",
        (f"{BIN}/ruff", "check", "--no-cache", "store"),
        "D103",
    ),
    Break(
        "types hold",
        "store/values.py",
        '\n\nwrong: int = "text"\n',
        (sys.executable, "-m", "mypy", "--cache-dir", os.devnull, "-p", "store"),
        "Incompatible types in assignment",
    ),
    Break(
        "a kind has a docstring",
        "collectors/kinds/promptfoo.py",
        "",
        of_kinds("test_a_kind_is_a_module_of_the_promised_shape"),
        "test_a_kind_is_a_module_of_the_promised_shape[promptfoo]",
        old='"""Read promptfoo result files',
    ),
    Break(
        "a kind has a recorded answer and a case",
        "collectors/kinds/forgotten.py",
        "COPY collectors/kinds/promptfoo.py",
        of_kinds("test_a_kind_has_a_case_here_and_answers_that_say_where_they_come_from"),
        "[forgotten]",
    ),
    Break(
        "a kind is in the example configuration",
        "collectors/kinds/forgotten.py",
        "COPY collectors/kinds/promptfoo.py",
        of_kinds("test_the_example_configuration_has_its_options"),
        "[forgotten]",
    ),
    Break(
        "times of records are aware and in UTC",
        "collectors/vectors.py",
        "datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)",
        of_kinds("test_records_are_in_the_units_and_the_time_of_the_house"),
        "[prometheus]",
        old="datetime.fromtimestamp(seconds, UTC)",
    ),
    Break(
        "parse reads no clock",
        "collectors/vectors.py",
        "min(datetime.fromtimestamp(seconds, UTC), datetime.now(UTC))",
        of_kinds("test_parsing_reads_no_clock_no_file_and_no_network"),
        "[prometheus]",
        old="datetime.fromtimestamp(seconds, UTC)",
    ),
    Break(
        "unknown systems are counted, not stored",
        "collectors/kinds/focus.py",
        'system = source.system_of(labels) or "stranger"',
        of_kinds("test_what_no_system_of_the_portfolio_claims_is_counted_and_not_stored"),
        "[focus]",
        old="system = source.system_of(labels)",
    ),
    Break(
        "wrong types are a named error",
        "collectors/answers.py",
        "return value  # type: ignore",
        of_kinds("test_wrong_types_are_a_named_error_or_a_row_set_aside"),
        "test_wrong_types_are_a_named_error",
        old='return value if isinstance(value, dict) else refuse(where, "a table", value)',
    ),
    Break(
        "a literal secret is refused",
        "collectors/secrets.py",
        'return cls("env", (value,))',
        tests("tests/collectors/test_secrets.py", "-k", "literal"),
        "test_a_literal_is_refused",
        old=(
            'raise ValueError(f"{_WANTED}, found something else, which is not shown '
            'because it may be the secret itself")'
        ),
    ),
    Break(
        "the text of every cell is made printable",
        "tui/widgets/columns.py",
        "shown = text",
        tests("tests/tui/test_hostile_screens.py", "-k", "every_row"),
        "test_every_row_of_every_screen_is_printable",
        old="shown = printable(text)",
    ),
    Break(
        "sentences are made printable",
        "tui/widgets/lines.py",
        "(text, tone) for text",
        tests("tests/tui/test_hostile_screens.py", "-k", "every_row"),
        "test_every_row_of_every_screen_is_printable",
        old="(printable(text), tone) for text",
    ),
    Break(
        "what a terminal obeys becomes a sign",
        "tui/text.py",
        "if code < 0x08:",
        tests("tests/tui/test_text.py"),
        "test_text.py",
        old="if code < 0x20:",
    ),
    Break(
        "the guard is the second line",
        "tui/cells.py",
        "if text:",
        tests("tests/tui/test_output.py", "-k", "nobody_is_commanded or no_text_of_the_corpora or guard"),
        "test_output.py",
        old="if text.isprintable():",
    ),
    Break(
        "nothing parses markup",
        "tui/widgets/lines.py",
        "\nfrom textual.widgets import Static\n",
        tests("tests/tui/test_markup_lint.py"),
        "test_nothing_in_this_room_parses_markup[widgets/lines.py]",
    ),
    Break(
        "halves of surrogate pairs reach no store",
        "collectors/answers.py",
        "return value\n",
        tests("tests/collectors/test_answers.py", "-k", "surrogate"),
        "encode character",
        old="return _mended(value) if _HALF_PAIR.search(body) else value\n",
    ),
    Break(
        "cells of a CSV are no formulas",
        "tui/spreadsheet.py",
        "return text",
        tests("tests/tui/test_spreadsheet.py"),
        "test_what_could_be_a_formula_becomes_text",
        old='return f"\'{text}"',
    ),
    Break(
        "rejected rows hold no secret",
        "collectors/runner.py",
        "Rejected(row.reason, row.raw)",
        tests("tests/collectors/test_runner.py", "-k", "secrets"),
        "test_rejected_rows_are_kept_without_secrets",
        old="Rejected(self.tools.redact(row.reason), self.tools.redact(row.raw))",
    ),
    Break(
        "a report of a fault holds no value",
        "tui/crash.py",
        "type(fault).__qualname__ + str(fault)",
        tests("tests/tui/test_crash.py"),
        "test_crash.py",
        old="type(fault).__qualname__",
    ),
)
