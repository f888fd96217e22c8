"""Lead the names and tags of what a source keeps (projects, experiments, prompts) to the labels that route them."""

import re
from collections.abc import Mapping

from collectors.base import Source


def check_system(system: str) -> None:
    """Refuse a pattern for the start of names that is no regular expression."""
    try:
        re.compile(system)
    except re.error as error:
        raise ValueError(f"expected a regular expression as system, found {system!r}: {error}") from error


def labelled(source: Source, system: str, name: str, *tags: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that route: all tags, and under the route's label the start of the name if no tag says it."""
    found = {"name": name}
    for each in tags:
        found.update(each)
    label = source.route.label
    if label and label not in found and (match := re.match(system, name)):
        found[label] = match[0]
    return found


def words(metadata: object) -> dict[str, str]:
    """Take what is text or a whole number in metadata, such as the version of a prompt, and nothing else."""
    found = metadata if isinstance(metadata, dict) else {}
    return {key: str(value) for key, value in found.items() if isinstance(value, str) or type(value) is int}
