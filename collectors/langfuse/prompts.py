"""Find prompt versions that wait for production, and turn them and the version in production into changes.

Asked for a label, the list names the one version that carries it, so two lists tell what waits; a version itself is
asked for only when it waits or when its label moved within the window. Author, time and project of a version are in the
server's answers (4.16) but not in its specification: they are taken where they are there.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from hashlib import sha256
from json import dumps
from typing import Final
from urllib.parse import quote

from collectors.answers import moment, parse_json, raw, rows, table, text, upstream_error, whole
from collectors.base import Answer, Http, Source, Window
from collectors.langfuse.settings import Settings
from collectors.numbers import wrong
from collectors.shape import bundled
from store.errors import SourceError
from store.records import Change, ChangeState, Rejected, Unrouted

_PAGE: Final = 100
_Listed = Mapping[str, Mapping[str, object]]


async def asked(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask which versions carry the two labels, and for those of interest."""
    if not settings.prompts:
        return
    production = await _listed(http, settings, settings.production)
    candidates = await _listed(http, settings, settings.candidate)
    for name, entry in production.items():
        current, waiting = _version(entry), _version(candidates.get(name, entry))
        is_waiting = waiting > current
        if not is_waiting and moment(entry.get("lastUpdatedAt"), "lastUpdatedAt") < window.start:
            continue
        bodies = {"production": await _one(http, settings, name, current)}
        if is_waiting:
            bodies["candidate"] = await _one(http, settings, name, waiting)
        yield Answer(bundled(bodies), window, "prompt", name)


def changes(
    body: Mapping[str, object], answer: Answer, source: Source, settings: Settings
) -> Iterator[Change | Rejected | Unrouted]:
    """Give the version in production as applied and the one that waits as pending, both or neither."""
    try:
        yield from list(_changes(body, source, settings))
    except SourceError as error:
        yield Rejected(f"prompt {answer.name}: {error}", raw(sorted(body)))


async def _listed(http: Http, settings: Settings, label: str) -> _Listed:
    """Give the prompts that have a version with a label, page by page until the last or one that brings none."""
    found: dict[str, Mapping[str, object]] = {}
    page = last = 1
    while page <= last:
        params = {"label": label, "page": str(page), "limit": str(_PAGE)}
        body = table(parse_json(await http.get(f"{settings.api}/v2/prompts", params)), "the answer")
        upstream_error(body)
        known = len(found)
        for each in rows(body.get("data"), "data"):
            entry = table(each, "data[]")
            found[text(entry.get("name"), "data[].name")] = entry
        last = whole(table(body.get("meta"), "meta").get("totalPages"), "meta.totalPages", low=0)
        page = page + 1 if len(found) > known else last + 1
    return {name: entry for name, entry in found.items() if settings.has_prompt(name)}


def _changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Change | Unrouted]:
    production = table(body.get("production"), "production")
    system = _system(production, source)
    if system is None:
        yield Unrouted(f"prompt {text(production.get('name'), 'name')}")
        return
    current = whole(production.get("version"), "version", low=0)
    yield _change(production, system, settings, "applied", "")
    if "candidate" in body:
        yield _change(table(body["candidate"], "candidate"), system, settings, "pending", str(current))


def _version(entry: Mapping[str, object]) -> int:
    """Give the version that carries the label; several would mean that the server does not look at labels."""
    versions = [whole(each, "versions[]", low=0) for each in rows(entry.get("versions"), "versions")]
    if len(versions) != 1:
        raise wrong("versions", "the one version with the label", f"{len(versions)}")
    return versions[0]


async def _one(http: Http, settings: Settings, name: str, version: int) -> bytes:
    params = {"version": str(version), "resolve": "false"}
    return await http.get(f"{settings.api}/v2/prompts/{quote(name, safe='')}", params)


def _system(prompt: Mapping[str, object], source: Source) -> str | None:
    """Route a prompt by the first of its tags, its first folder and its name that is a system here."""
    name = text(prompt.get("name"), "name")
    tags = [text(each, "tags[]") for each in rows(prompt.get("tags") or [], "tags")]
    words = (*tags, name.partition("/")[0], name)
    return next((found for word in words if (found := source.system_of({source.route.label: word}))), None)


def _change(prompt: Mapping[str, object], system: str, settings: Settings, state: ChangeState, from_ref: str) -> Change:
    name, version = text(prompt.get("name"), "name"), whole(prompt.get("version"), "version", low=0)
    about = text(prompt.get("commitMessage") or "", "commitMessage")
    content = _content(prompt)
    created = prompt.get("createdAt")
    return Change(
        system=system,
        external_id=f"prompt {name} {version}",
        change_class="prompt",
        title=f"{name} version {version}" + (f": {about}" if about else ""),
        state=state,
        author=text(prompt.get("createdBy") or "", "createdBy"),
        requested=None if created is None else moment(created, "createdAt"),
        from_ref=from_ref,
        to_ref=str(version),
        content_hash=sha256(content.encode()).hexdigest(),
        content=content,
        url=_link(prompt, settings, name, version),
    )


def _content(prompt: Mapping[str, object]) -> str:
    """Write the text or the messages of a prompt, and its configuration, which names model and temperature."""
    body = prompt.get("prompt")
    parts = [body] if isinstance(body, str) else [_message(each) for each in rows(body, "prompt")]
    config = prompt.get("config")
    return "\n".join(parts + ([f"config: {dumps(config, sort_keys=True, default=float)}"] if config else []))


def _message(entry: object) -> str:
    message = table(entry, "prompt[]")
    if message.get("type") == "placeholder":
        return f"placeholder: {text(message.get('name'), 'prompt[].name')}"
    return f"{text(message.get('role'), 'prompt[].role')}: {text(message.get('content'), 'prompt[].content')}"


def _link(prompt: Mapping[str, object], settings: Settings, name: str, version: int) -> str:
    project = text(prompt.get("projectId") or "", "projectId")
    place = f"{settings.url.rstrip('/')}/project/{quote(project, safe='')}/prompts/{quote(name, safe='')}"
    return f"{place}?version={version}" if project else ""
