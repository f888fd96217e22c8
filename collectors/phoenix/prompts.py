"""Turn prompts into changes: the version tagged production is applied, every newer one is pending."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from collectors.answers import find, moment, need, rows, table, text, whole
from collectors.base import Source
from collectors.phoenix.settings import Settings
from store.records import Change, Missing, Parsed, Unrouted

_CONTENT: Final = (
    "model_provider",
    "model_name",
    "template",
    "template_type",
    "template_format",
    "invocation_parameters",
    "tools",
    "response_format",
)


def production_of(prompt: Mapping[str, object], settings: Settings) -> str:
    """Give the id of the version that the first known production tag is on; empty: nothing is in production."""
    tags: dict[str, str] = {}
    for entry in rows(prompt.get("versionTags"), "versionTags"):
        tag = table(entry, "versionTags[]")
        tags[text(tag.get("name"), "versionTags[].name")] = text(tag.get("promptVersionId"), "promptVersionId")
    return next((tags[name] for name in settings.production if name in tags), "")


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the applied version of one prompt and every version after it; the newest comes first in both answers."""
    prompt = table(body.get("prompt"), "prompts[]")
    name = text(prompt.get("name"), "prompts[].name")
    labels = settings.labels(source, name, prompt.get("metadata"))
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    edges = rows(need(prompt, "promptVersions", "edges"), "promptVersions.edges")
    versions = {
        text(need(edge, "node", "id"), "promptVersions[].id"): table(need(edge, "node"), "node") for edge in edges
    }
    contents = {
        text(need(entry, "id"), "data[].id"): table(entry, "data[]")
        for entry in rows(need(body, "answer", "data"), "data")
    }
    production = production_of(prompt, settings)
    if production not in versions or not versions.keys() <= contents.keys():
        yield Missing(f"the versions of {name}")
        return
    applied = _number(versions[production])
    url = f"{settings.base}/prompts/{quote(text(prompt.get('id'), 'prompts[].id'))}"
    for key, version in versions.items():
        if _number(version) >= applied:
            yield _change(version, contents[key], system, name, applied, url)


def _change(
    version: Mapping[str, object], written: Mapping[str, object], system: str, name: str, applied: int, url: str
) -> Change:
    number = _number(version)
    about = _word(written, "description")
    parts = {key: written[key] for key in _CONTENT if written.get(key) is not None}
    content = json.dumps(parts, indent=1, ensure_ascii=False, default=str)
    return Change(
        system=system,
        external_id=f"prompt {name} {number}",
        change_class="prompt",
        title=f"{name} version {number}" + (f": {about}" if about else ""),
        state="applied" if number == applied else "pending",
        author=_word(version, "user", "username"),
        requested=moment(version.get("createdAt"), "createdAt"),
        from_ref="" if number == applied else str(applied),
        to_ref=str(number),
        content_hash=sha256(content.encode()).hexdigest(),
        content=content,
        url=url,
    )


def _number(version: Mapping[str, object]) -> int:
    return whole(version.get("sequenceNumber"), "sequenceNumber", low=1)


def _word(entry: Mapping[str, object], *path: str) -> str:
    found = find(entry, *path)
    return "" if found is None else text(found, ".".join(path))
