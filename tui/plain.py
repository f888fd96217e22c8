"""Write records as JSON for scripts: fields by name, times in ISO 8601, money and lengths of time as numbers."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal


def as_json(content: object) -> str:
    """Write anything made of records; characters beyond ASCII are escaped, so that a terminal obeys none of them."""
    return json.dumps(flat(content), indent=1, allow_nan=False)


def flat(content: object) -> object:
    """Turn records into what JSON knows."""
    if dataclasses.is_dataclass(content) and not isinstance(content, type):
        return {field.name: flat(getattr(content, field.name)) for field in dataclasses.fields(content)}
    if isinstance(content, Mapping):
        return {str(name): flat(value) for name, value in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [flat(value) for value in content]
    return scalar(content)


def scalar(value: object) -> object:
    """Turn one value into what JSON knows."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, Decimal) else value
