"""Note which fields of JSON answers nobody reads: what a source has that is not used, and what a newer version brought.

Only while a source is tried; a collection parses plain tables.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final


class Watched(dict[str, object]):
    """A JSON object that remembers which of its fields were read; whoever looks through all of them has read all."""

    __slots__ = ("seen",)

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Hold the fields, none of them read."""
        super().__init__(pairs)
        self.seen: set[object] = set()

    def __getitem__(self, key: str) -> object:
        """Read one field."""
        self.seen.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Read one field that may be absent."""
        self.seen.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        """Ask for one field."""
        self.seen.add(key)
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        """Go through all names."""
        self.seen.update(super().keys())
        return super().__iter__()

    def items(self) -> Any:
        """Go through all fields."""
        self.seen.update(super().keys())
        return super().items()

    def values(self) -> Any:
        """Go through all values."""
        self.seen.update(super().keys())
        return super().values()


class Watch:
    """The answers that were parsed while it was on, each as often as it was parsed."""

    def __init__(self) -> None:
        """Start with none."""
        self._parsed: dict[bytes, list[object]] = {}

    def add(self, body: bytes, value: object) -> None:
        """Keep an answer; the same body parsed again (to find the next page, say) is the same answer."""
        self._parsed.setdefault(body, []).append(value)

    def unread(self) -> Counter[str]:
        """Count the fields that no reading of any answer asked for, by their path (``data[].name``)."""
        there: Counter[str] = Counter()
        read: set[str] = set()
        for values in self._parsed.values():
            there.update(path for path, _ in _fields(values[0], ""))
            read.update(path for value in values for path, was_read in _fields(value, "") if was_read)
        # of a table that nobody opened its own name says enough
        unread = {path for path in there if path not in read}
        return Counter({path: there[path] for path in unread if not any(above in unread for above in _above(path))})


_WATCH: Final[ContextVar[Watch | None]] = ContextVar("watch", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch every answer that is parsed inside, in threads too."""
    watch = Watch()
    token = _WATCH.set(watch)
    try:
        yield watch
    finally:
        _WATCH.reset(token)


def current() -> Watch | None:
    """Give the watch that is on."""
    return _WATCH.get()


def _fields(value: object, path: str) -> Iterator[tuple[str, bool]]:
    """Give every field below a value with whether it was read."""
    if isinstance(value, Watched):
        for name, entry in dict.items(value):
            place = f"{path}.{name}" if path else name
            yield place, name in value.seen
            yield from _fields(entry, place)
    elif isinstance(value, list):
        for entry in value:
            yield from _fields(entry, f"{path}[]")


def _above(path: str) -> Iterator[str]:
    """Give the paths of the tables and lists that hold a field."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path
        if path.endswith("[]"):
            path = path.rstrip("[]")
            yield path
