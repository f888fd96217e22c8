"""Files with the dates of models, of two forms."""

import json

from collectors.kinds.model_calendar import Settings
from tests.collectors.kinds.case import Case, recorded


def _hostile(name: str) -> tuple[bytes, str]:
    return json.dumps({name: {"litellm_provider": "openai", "deprecation_date": "2027-01-15"}}).encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("model_calendar", "price_map.json", "api.json"),
    hostile=_hostile,
    routes=False,
)
