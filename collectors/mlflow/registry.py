"""Turn registered models and prompts into changes: what is newer than production is pending, production is applied."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from collectors.answers import find, moment, rows, table, text, whole
from collectors.base import Source
from collectors.mlflow.settings import Settings
from collectors.shape import pairs
from store.records import Change, ChangeState, Missing, Parsed, Unrouted

PROMPT: Final = "mlflow.prompt.is_prompt"
_TEXT: Final = "mlflow.prompt.text"
_STATES: Final[Mapping[str, ChangeState]] = {"approved": "approved", "rejected": "rejected"}


def alias_of(model: Mapping[str, object], settings: Settings) -> tuple[str, int] | None:
    """Give the first known production alias and its version; ``None``: nothing is in production."""
    aliases: dict[str, int] = {}
    for entry in rows(model.get("aliases") or [], "aliases"):
        each = table(entry, "aliases[]")
        aliases[text(each.get("alias"), "alias")] = _version(each)
    return next(((name, aliases[name]) for name in settings.production if name in aliases), None)


def production_of(model: Mapping[str, object], settings: Settings) -> int | None:
    """Give the version that is in production; ``None``: none is."""
    found = alias_of(model, settings)
    return None if found is None else found[1]


def content_of(version: Mapping[str, object], *, is_prompt: bool) -> str:
    """Give what people decide on: a prompt's text, or where a model comes from."""
    if is_prompt:
        return pairs(version.get("tags"), "model_versions[].tags").get(_TEXT, "")
    return "\n".join(f"{key}: {_word(version, key)}" for key in ("source", "run_id", "description"))


def hash_of(version: Mapping[str, object], *, is_prompt: bool) -> str:
    """Hash what people decide on, for the guard of a decision."""
    return sha256(content_of(version, is_prompt=is_prompt).encode()).hexdigest()


def newest_of(model: Mapping[str, object]) -> int:
    """Give the newest version that the answer mentions, 0 when there is none."""
    return max(
        (
            _version(table(each, "latest_versions[]"))
            for each in rows(model.get("latest_versions") or [], "latest_versions")
        ),
        default=0,
    )


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the applied version of one model or prompt and every version after it."""
    model = table(body.get("model"), "registered_models[]")
    name = text(model.get("name"), "registered_models[].name")
    tags = pairs(model.get("tags"), "registered_models[].tags")
    production = production_of(model, settings)
    labels = settings.labels(source, name, tags)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    versions = [table(entry, "model_versions[]") for entry in rows(body.get("versions"), "model_versions")]
    if production is None or all(_version(each) < newest_of(model) for each in versions):
        yield Missing(f"the versions of {name}")
        return
    for version in versions:
        if _version(version) >= production:
            yield _change(version, system, name, production, settings, is_prompt=PROMPT in tags)


def _change(
    version: Mapping[str, object], system: str, name: str, production: int, settings: Settings, *, is_prompt: bool
) -> Change:
    number = _version(version)
    tags = pairs(version.get("tags"), "model_versions[].tags")
    about = _word(version, "description")
    place = f"prompts/{quote(name)}" if is_prompt else f"models/{quote(name)}/versions/{number}"
    is_applied = number == production
    return Change(
        system=system,
        external_id=f"{'prompt' if is_prompt else 'model'} {name} {number}",
        change_class="prompt" if is_prompt else "model",
        title=f"{name} version {number}" + (f": {about}" if about else ""),
        state="applied" if is_applied else _STATES.get(tags.get(settings.approval, ""), "pending"),
        author=tags.get("author") or _word(version, "user_id"),
        requested=moment(version.get("creation_timestamp"), "creation_timestamp", unit="ms"),
        from_ref="" if is_applied else str(production),
        to_ref=str(number),
        content_hash=hash_of(version, is_prompt=is_prompt),
        content=content_of(version, is_prompt=is_prompt),
        risk=tags.get("risk", ""),
        url=f"{settings.url.rstrip('/')}/#/{place}",
    )


def _word(version: Mapping[str, object], key: str) -> str:
    found = find(version, key)
    return "" if found is None else text(found, key)


def _version(entry: Mapping[str, object]) -> int:
    return whole(entry.get("version"), "version", text_ok=True, low=0)
