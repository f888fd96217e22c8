"""Name the parts of a system that changes move and that telemetry shows: model, prompt, index, guardrail."""

from collections.abc import Mapping, Sequence
from typing import Final

from operations.given import Given
from store.records import ChangeClass

_SHARES: Final = (
    Given("prompt_hash", "llmops.prompt.hash_share", reads="name", dimension="gen_ai.prompt.hash"),
    Given("embedding_model", "llmops.embedding.model_share", reads="name", dimension="gen_ai.embedding.model"),
    Given("guardrail_version", "llmops.guardrail.version_share", reads="name", dimension="guardrail.version"),
    Given("index_id", "llmops.index.id_share", reads="name", dimension="index.id"),
)
PRICE: Final = "price"
TITLES: Final[Mapping[str, str]] = {
    "model_id": "the model that answers",
    "fingerprint": "fingerprint of the model's backend",
    "prompt_version": "version of the prompt in use",
    "prompt_hash": "hash of the prompt in use",
    "embedding_model": "the embedding model",
    "guardrail_version": "version of the guardrail",
    "index_id": "the index that is searched",
    PRICE: "price",
}
CLASSES: Final[Mapping[str, ChangeClass]] = {
    "model_id": "model",
    "fingerprint": "model",
    "prompt_version": "prompt",
    "prompt_hash": "prompt",
    "embedding_model": "retrieval",
    "index_id": "retrieval",
    "guardrail_version": "guardrail",
}
"""The class of the change that each part is moved by; a price is moved by the vendor (external)."""


def named(given: Sequence[Given]) -> tuple[Given, ...]:
    """Give where the names of parts are found, with those that no detector asks for."""
    return (*(each for each in given if each.reads == "name"), *_SHARES)


def speaks_for(signal: str, change_class: ChangeClass) -> bool:
    """Say whether a part may show that a change of this class was applied.

    A version of a prompt and one of a model may have the same number, so that each class has its own parts; one that
    says nothing of what it moves may move any.
    """
    return change_class not in CLASSES.values() or CLASSES[signal] == change_class
