"""Name the eight ways in which a language model system fails without an error: ids are stable, texts are data."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from store.detection_records import ModeRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.database import Reader

PREFIX: Final = "detector:"
"""What the rule of a detector's breach begins with; the rest is its mode."""


LONGEST: Final = 60
"""Cells that a title may take: it stands in one line with what speaks for the mode."""

MODES: Final = (
    ModeRecord(
        "FM1",
        "vendor model change",
        "The model that answers, its fingerprint or the share served by a fallback moves without a change record; "
        "or the canary's pass rate, answer length, refusals or latency leave their baseline together.",
        "Pin the last known good model or fall back to it, freeze other changes, run the golden set on both, record "
        "an external change and open a ticket with the vendor.",
    ),
    ModeRecord(
        "FM2",
        "query distribution shift",
        "The shares of topics, languages or lengths leave the frozen baseline, or traffic that no golden case covers "
        "passes 5% (10% is critical).",
        "Write golden cases for the new topic and score them first; then accept it, restrict it or send it to people.",
    ),
    ModeRecord(
        "FM3",
        "ungrounded or wrong answers",
        "Groundedness or correctness falls against the baseline of the last approved change, overall or in one slice; "
        "a flat judge beside rising complaints makes the judge itself suspect.",
        "Sample more, pull examples, tighten grounding or refuse, correct what customers were told, add a golden case.",
    ),
    ModeRecord(
        "FM4",
        "retrieval and knowledge decay",
        "The index is older than its freshness objective, searches come back empty, similarity sinks, or index and "
        "query use different embedding models.",
        "Rebuild or roll back the index, restrict the topic, and evaluate retrieval alone before blaming the model.",
    ),
    ModeRecord(
        "FM5",
        "instruction or output contract regression",
        "Valid answers fall or truncated ones rise after a prompt version changed (one point warns, three are "
        "critical when significant).",
        "Move the prompt label back, raise the length cap, run the golden set on both versions, warn whoever consumes "
        "the output.",
    ),
    ModeRecord(
        "FM6",
        "guardrail calibration drift",
        "Blocks or refusals of a category move by half in either direction; any red-team success and any skipped "
        "guardrail is critical at once.",
        "Too little blocked: tighten, disable the tool, start the security playbook. Too much: restore the policy and "
        "sample the refusals.",
    ),
    ModeRecord(
        "FM7",
        "cost and token creep",
        "An hour costs three times what the same hour usually does; the cost of one request creeps up from its anchor; "
        "the month's forecast passes its budget.",
        "Cap the key or route cheaper, stop the job that loops, plan the case again and tell finance.",
    ),
    ModeRecord(
        "FM8",
        "swallowed step or tool errors",
        "Outcomes shift, tools return nothing more often, an expected step is missing, or what was reported differs "
        "from the system of record.",
        "Stop the automated action, verify against the system of record, replay the runs concerned, add a "
        "reconciliation check.",
    ),
)
"""The modes with the words that they have where nobody said others."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Options under ``[modes.FM1]`` and its siblings: an owner's own words; what is left out keeps the usual ones."""

    title: str = ""
    detection: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[modes]``: how the owner words each failure mode."""

    FM1: Texts = field(default_factory=Texts)
    FM2: Texts = field(default_factory=Texts)
    FM3: Texts = field(default_factory=Texts)
    FM4: Texts = field(default_factory=Texts)
    FM5: Texts = field(default_factory=Texts)
    FM6: Texts = field(default_factory=Texts)
    FM7: Texts = field(default_factory=Texts)
    FM8: Texts = field(default_factory=Texts)


def worded(settings: Settings) -> Settings:
    """Give the usual words to whatever the owner left out."""
    return Settings(*(_worded(getattr(settings, known.mode), known) for known in MODES))


def recorded(settings: Settings) -> tuple[ModeRecord, ...]:
    """Write the modes as the store keeps them, so that it can be read without its configuration."""
    return tuple(
        ModeRecord(each.name, texts.title, texts.detection, texts.response)
        for each in fields(settings)
        for texts in [getattr(worded(settings), each.name)]
    )


def modes(reader: Reader) -> Mapping[str, ModeRecord]:
    """Give the modes by their ids as they were worded at the last collection; in the usual words before the first."""
    known = reader.rows(ModeRecord, "select * from modes order by mode") or MODES
    return {each.mode: each for each in known}


def _worded(said: Texts, known: ModeRecord) -> Texts:
    return Texts(said.title or known.title, said.detection or known.detection, said.response or known.response)
