"""List the registered prompts and models of the demonstration, version by version, the newest ahead of those in use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Version:
    """One version: how long before the anchor it was registered, by whom, why, and the prompt's text."""

    number: int
    age: timedelta
    author: str
    description: str
    ticket: str
    text: str = ""
    alias: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered model or, with texts, prompt of a system."""

    name: str
    system: str
    versions: tuple[Version, ...]
    is_prompt: bool = True


def _days(days: float) -> timedelta:
    return timedelta(days=days)


_SUMMARY: Final = "Summarise the contract as JSON with parties, term, liability, termination. At most {words} words."
_CLAIM: Final = "You assess insurance claims. Use the documents of the file alone.{rule}"
_SUPPORT: Final = "You answer customers of Acme. {greeting} Never promise refunds."

REGISTERED: Final = (
    Registered("contract-summary-system", "contract-summary", (
        Version(13, _days(24), "jhan", "name the governing law", "CHG-412", _SUMMARY.format(words=350)),
        Version(14, _days(3 + 2 / 24), "jhan", "longer summaries for the board", "CHG-431",
                _SUMMARY.format(words=900), "production"),
        Version(15, _days(5 / 24), "treyes", "back to 350 words, cap raised to 2,000 tokens", "CHG-440",
                _SUMMARY.format(words=350), tags={"risk": "medium"}),
    )),
    Registered("support-bot-system", "support-bot", (
        Version(21, _days(34), "lbrandt", "do not promise refunds", "CHG-388",
                _SUPPORT.format(greeting="Greet them by name."), "production"),
        Version(22, _days(8.2), "lbrandt", "shorter greeting", "CHG-421",
                _SUPPORT.format(greeting="Come to the point."), tags={"risk": "low"}),
    )),
    Registered("claims-triage-system", "claims-triage", (
        Version(10, _days(41), "treyes", "reserve notes in two paragraphs", "CHG-377",
                _CLAIM.format(rule=""), "production"),
        Version(11, _days(1.25), "treyes", "cite the page of every finding", "CHG-438",
                _CLAIM.format(rule=" Cite the page of every finding, or say that there is none."),
                tags={"risk": "high"}),
    )),
    Registered("sales-email-system", "sales-email", (
        Version(6, _days(45), "lbrandt", "no superlatives", "CHG-369", "Write a first draft in a plain tone."),
        Version(7, _days(10), "lbrandt", "one question at the end", "CHG-417",
                "Write a first draft in a plain tone. End with one question.", "production"),
    )),
    Registered("policy-qa-system", "policy-qa", (
        Version(3, _days(52), "treyes", "quote the clause", "CHG-355", "Answer from the policy and quote the clause.",
                "production"),
    )),
    Registered("code-assist", "code-assist", (
        Version(8, _days(25), "pnair", "repair agent with tests in the loop", "CHG-399", alias="production",
                tags={"approval": "approved"}),
        Version(9, _days(3 / 24), "pnair", "stop the repair loop after four rounds", "CHG-441",
                tags={"approval": "pending", "risk": "medium"}),
    ), is_prompt=False),
    Registered("travel-concierge", "travel-concierge", (
        Version(4, _days(30), "lbrandt", "halcyon-swift-4.0 with calendar tool", "CHG-391", alias="production",
                tags={"approval": "approved"}),
        Version(5, _days(6.1), "pnair", "halcyon-swift-4.2 on the same prompt", "CHG-425",
                tags={"approval": "pending", "risk": "high"}),
    ), is_prompt=False),
    Registered("refund-agent", "refund-agent", (
        Version(12, _days(37), "treyes", "order lookup before every refund", "CHG-381", alias="production",
                tags={"approval": "approved"}),
    ), is_prompt=False),
)  # fmt: skip


def version_json(model: Registered, version: Version, anchor: datetime, *, with_alias: bool = False) -> dict[str, Any]:
    """Write a version as the registry's API does; a listing leaves aliases out, a lookup by alias gives them."""
    stamp = round((anchor - version.age).timestamp() * 1000)
    tags = {"author": version.author, "system": model.system, "change_ticket": version.ticket, **version.tags}
    if model.is_prompt:
        tags |= {"mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "text", "mlflow.prompt.text": version.text}
    content: dict[str, Any] = {
        "name": model.name,
        "version": str(version.number),
        "creation_timestamp": stamp,
        "last_updated_timestamp": stamp,
        "current_stage": "None",
        "description": version.description,
        "source": "dummy-source" if model.is_prompt else f"s3://models/{model.name}/{version.number}",
        "run_id": "",
        "status": "READY",
        "tags": _pairs(tags),
        "run_link": "",
    }
    if with_alias:
        content["aliases"] = [version.alias] if version.alias else []
    return content


def model_json(model: Registered, anchor: datetime) -> dict[str, Any]:
    """Write a registered model with its newest version and its aliases."""
    first, newest = model.versions[0], model.versions[-1]
    tags = {"system": model.system} | ({"mlflow.prompt.is_prompt": "true"} if model.is_prompt else {})
    return {
        "name": model.name,
        "creation_timestamp": round((anchor - first.age).timestamp() * 1000),
        "last_updated_timestamp": round((anchor - newest.age).timestamp() * 1000),
        "description": f"{model.system}: {'system prompt' if model.is_prompt else 'prompt, model and tools together'}",
        "latest_versions": [version_json(model, newest, anchor)],
        "tags": _pairs(tags),
        "aliases": [{"alias": v.alias, "version": str(v.number)} for v in model.versions if v.alias],
    }


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Write tags as the API does."""
    return [{"key": key, "value": value} for key, value in tags.items()]
