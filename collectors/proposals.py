"""Turn a proposed change of files (a pull or merge request) into the changes that it means, one a name of the rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.base import Source
from collectors.changes import LISTED, Part, PathRule, Touched, parts
from store.records import Change, ChangeState, Unrouted

_UNSEEN: Final = PathRule("config", ())
"""What a proposal counts as whose files are too many to be looked at."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a pull or merge request says of itself; ``place`` is its repository, ``words`` how it stands."""

    place: str
    reference: str
    title: str
    state: ChangeState
    author: str
    requested: datetime
    target: str
    branch: str
    head: str
    url: str
    risk: str
    files: tuple[Touched, ...]
    is_cut: bool
    labels: Mapping[str, str]
    words: tuple[str, ...]

    def changes(self, rules: tuple[PathRule, ...], source: Source) -> Iterator[Change | Unrouted]:
        """Give a change a name of the rules; one that cannot be ruled out counts too."""
        known = {"author": self.author, "branch": self.branch}
        for part in parts(self.files, rules) or [Part(_UNSEEN, ())]:
            labels = {**self.labels, **known, "class": part.rule.change_class, "rule": part.rule.name}
            system = source.system_of(labels)
            if system is None:
                yield Unrouted(labels.get(source.route.label) or self.place)
            else:
                yield self._change(system, part)

    def _change(self, system: str, part: Part) -> Change:
        rest = [f"only the first {len(self.files)} files were looked at"] if self.is_cut else []
        return Change(
            system=system,
            external_id=" ".join(filter(None, (self.reference, part.rule.name))),
            change_class=part.rule.change_class,
            title=self.title,
            state=self.state,
            author=self.author,
            requested=self.requested,
            from_ref=self.target,
            to_ref=self.branch,
            content_hash=self.head,
            content="\n".join([*_size(self.files, part.files), *rest, *self.words]),
            risk=self.risk or part.rule.risk,
            url=self.url,
        )


def _size(files: tuple[Touched, ...], fitting: tuple[Touched, ...]) -> Iterator[str]:
    """Say how large a change is and which of its files are meant; the lines themselves are not kept."""
    counted = "1 file" if len(files) == 1 else f"{len(files)} files"
    yield f"{counted} changed{_lines(files)}; of declared paths {len(fitting)}:"
    yield from (f"  {each.path}{_lines((each,))}" for each in fitting[:LISTED])
    if len(fitting) > LISTED:
        yield f"  and {len(fitting) - LISTED} more"


def _lines(files: tuple[Touched, ...]) -> str:
    """Say how many lines came and went; nothing when one of the files does not say it."""
    added, removed = [each.added for each in files], [each.removed for each in files]
    if None in added or None in removed:
        return ""
    return f", +{sum(filter(None, added))} -{sum(filter(None, removed))}"
