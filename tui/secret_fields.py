"""Find every reference to a secret in a source's options, with the key it stands at."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from collectors.secrets import SecretRef


def references(value: Any, key: str = "options") -> Iterator[tuple[str, SecretRef]]:
    """Walk through options, lists and tables; give (key, reference) pairs."""
    if isinstance(value, SecretRef):
        yield key, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from references(each, f"{key}.{name}")
    elif isinstance(value, (tuple, list)):
        for index, each in enumerate(value):
            yield from references(each, f"{key}[{index}]")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from references(getattr(value, field.name), f"{key}.{field.name}")
