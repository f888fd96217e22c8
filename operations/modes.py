"""Name the eight ways in which a language model system fails without an error; ids are stable, texts are data."""

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "detector:"
"""What the rule of a detector's breach begins with; the rest is its mode."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One failure mode: what it is, how it is noticed and what operations do about it."""

    mode: str
    title: str
    detection: str
    response: str


MODES: Final = (
    Mode(
        "FM1",
        "vendor model change",
        "The model that answers, its fingerprint or the share served by a fallback moves without a change record; "
        "or the canary's pass rate, answer length, refusals or latency leave their baseline together.",
        "Pin the last known good model or fall back to it, freeze other changes, run the golden set on both, record "
        "an external change and open a ticket with the vendor.",
    ),
    Mode(
        "FM2",
        "query distribution shift",
        "The shares of topics, languages or lengths leave the frozen baseline, or traffic that no golden case covers "
        "passes 5% (10% is critical).",
        "Write golden cases for the new topic and score them first; then accept it, restrict it or send it to people.",
    ),
    Mode(
        "FM3",
        "ungrounded or wrong answers",
        "Groundedness or correctness falls against the baseline of the last approved change, overall or in one slice; "
        "a flat judge beside rising complaints makes the judge itself suspect.",
        "Sample more, pull examples, tighten grounding or refuse, correct what customers were told, add a golden case.",
    ),
    Mode(
        "FM4",
        "retrieval and knowledge decay",
        "The index is older than its freshness objective, searches come back empty, similarity sinks, or index and "
        "query use different embedding models.",
        "Rebuild or roll back the index, restrict the topic, and evaluate retrieval alone before blaming the model.",
    ),
    Mode(
        "FM5",
        "instruction or output contract regression",
        "Valid answers fall or truncated ones rise after a prompt version changed (one point warns, three are "
        "critical when significant).",
        "Move the prompt label back, raise the length cap, run the golden set on both versions, warn whoever consumes "
        "the output.",
    ),
    Mode(
        "FM6",
        "guardrail calibration drift",
        "Blocks or refusals of a category move by half in either direction; any red-team success and any skipped "
        "guardrail is critical at once.",
        "Too little blocked: tighten, disable the tool, start the security playbook. Too much: restore the policy and "
        "sample the refusals.",
    ),
    Mode(
        "FM7",
        "cost and token creep",
        "An hour costs three times what the same hour usually does; the cost of one request creeps up from its anchor; "
        "the month's forecast passes its budget.",
        "Cap the key or route cheaper, stop the job that loops, plan the case again and tell finance.",
    ),
    Mode(
        "FM8",
        "swallowed step or tool errors",
        "Outcomes shift, tools return nothing more often, an expected step is missing, or what was reported differs "
        "from the system of record.",
        "Stop the automated action, verify against the system of record, replay the runs concerned, add a "
        "reconciliation check.",
    ),
)


def mode(name: str) -> Mode | None:
    """Find a failure mode by its id; ``None`` where a rule names none."""
    return next((known for known in MODES if known.mode == name), None)
