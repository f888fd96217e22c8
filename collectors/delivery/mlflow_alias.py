"""Move the production alias of a prompt or a registered model at MLflow to the version that was shown, or back again.

MLflow has no approval: moving the alias is the decision, at once and without history. So the alias must still be where
the change started from, and what it pointed to is kept: with it a rollback is one call. A rejection is a tag of the
version, which the collector reads as rejected.
"""

import re
from collections.abc import Mapping
from typing import Final

from collectors.answers import need, parse_json, table
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.mlflow.registry import PROMPT, alias_of, hash_of
from collectors.mlflow.settings import Settings, base
from collectors.shape import pairs

WHOLE: Final = False

_TARGET: Final = "mlflow alias"
_VERSION: Final = re.compile(r"(?:prompt|model) .+ [0-9]+", re.DOTALL)


def fits(subject: Subject) -> re.Match[str] | None:
    """Read ``prompt name version`` or ``model name version``."""
    return _VERSION.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Point the alias to the version, back to the one before, or mark the version as rejected."""
    name, version = _parts(subject)
    place, guard = base(options, "2.0"), f"version {version} with sha256 {subject.content_hash}"
    if decision.verdict == "reject":
        body = {"name": name, "version": version, "key": options.approval, "value": "rejected"}
        return Action(_TARGET, "POST", f"{place}/model-versions/set-tag", body, guard)
    to = version if decision.verdict == "approve" else subject.from_ref
    since = subject.from_ref if decision.verdict == "approve" else version
    if not to:
        return Outside(_TARGET, f"which version was in production before {version} is not known; choose one in MLflow")
    where = f"{place}/registered-models/get"
    body = {"name": name, "alias": f"<{' or '.join(options.production)}>", "version": to}
    url = f"{place}/registered-models/alias"
    return Action(_TARGET, "POST", url, body, f"alias at {since or 'nothing'}, {guard}", where=where)


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:
    """Look where the alias points and whether the version still has the content that was shown."""
    name, version = _parts(subject)
    place = base(options, "2.0")
    found = parse_json(await door.get(f"{place}/registered-models/get", {"name": name}))
    model = table(need(found, "registered_model"), "registered_model")
    kept = parse_json(await door.get(f"{place}/model-versions/get", {"name": name, "version": version}))
    held = table(need(kept, "model_version"), "model_version")
    is_prompt = PROMPT in pairs(model.get("tags"), "registered_model.tags")
    mark = hash_of(held, is_prompt=is_prompt)
    if mark != subject.content_hash:
        return Seen("moved", f"version {version} has sha256 {mark}, shown was {subject.content_hash}")
    if decision.verdict == "reject":
        return _tagged(held, options)
    return _pointed(alias_of(model, options), subject, decision, version)


def _pointed(alias: tuple[str, int] | None, subject: Subject, decision: Decision, version: str) -> Seen:
    to, since = (version, subject.from_ref) if decision.verdict == "approve" else (subject.from_ref, version)
    if alias is None:
        return Seen("moved", "no version is in production")
    name, at = alias[0], str(alias[1])
    if at == to:
        return Seen("done", f"the alias {name} is at version {at}", before=since)
    if at != since:
        return Seen("moved", f"the alias {name} is at version {at}, shown was {since or 'nothing'}")
    return Seen("waiting", f"the alias {name} is at version {at}", adds={"alias": name}, before=at)


def _tagged(held: Mapping[str, object], options: Settings) -> Seen:
    tags = pairs(held.get("tags"), "model_version.tags")
    state = tags.get(options.approval, "")
    return Seen("done" if state == "rejected" else "waiting", f"the tag {options.approval} is {state or 'not there'}")


def _parts(subject: Subject) -> tuple[str, str]:
    name, _, version = subject.external_id.partition(" ")[2].rpartition(" ")
    return name, version
