"""Turn prompts into changes: the commit tagged production is applied, every newer one is pending."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from collectors.answers import find, moment, rows, table, text
from collectors.base import Source
from collectors.langsmith.settings import Settings
from store.records import Change, Missing, Parsed, Unrouted

_SHORT = 8


def hash_of(commit: Mapping[str, object]) -> str:
    """Give the hash that names a commit."""
    return text(commit.get("commit_hash"), "commits[].commit_hash")


def changes(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the applied commit of one prompt and every one after it; the newest comes first."""
    repo = table(body.get("repo"), "repos[]")
    name = text(repo.get("repo_handle"), "repos[].repo_handle")
    labels = settings.labels(source, name)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    production = text(body.get("production"), "production")
    commits = [table(entry, "commits[]") for entry in rows(body.get("commits"), "commits")]
    hashes = [hash_of(commit) for commit in commits]
    if production not in hashes:
        yield Missing(f"the commits of {name}")
        return
    for commit in commits[: hashes.index(production) + 1]:
        yield _change(commit, system, name, production, settings)


def _change(commit: Mapping[str, object], system: str, name: str, production: str, settings: Settings) -> Change:
    found = hash_of(commit)
    short = found[:_SHORT]
    about = _word(commit, "description")
    manifest = commit.get("manifest")
    return Change(
        system=system,
        external_id=f"prompt {name} {found}",
        change_class="prompt",
        title=f"{name} commit {short}" + (f": {about}" if about else ""),
        state="applied" if found == production else "pending",
        author=_word(commit, "full_name"),
        requested=moment(commit.get("created_at"), "commits[].created_at"),
        from_ref="" if found == production else production[:_SHORT],
        to_ref=short,
        content_hash=found,
        content="" if manifest is None else json.dumps(manifest, indent=1, ensure_ascii=False, default=str),
        url=f"{settings.site.rstrip('/')}/prompts/{quote(name, safe='')}/{quote(short, safe='')}",
    )


def _word(entry: Mapping[str, object], key: str) -> str:
    found = find(entry, key)
    return "" if found is None else text(found, f"commits[].{key}")
