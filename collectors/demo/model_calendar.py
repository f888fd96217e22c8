"""Write the model calendar of the demonstration: a few entries in the form of LiteLLM's price map."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from collectors.demo.portfolio import PRICES
from collectors.demo.world import World

FILE: Final = "model_prices.json"
ENDS: Final[Mapping[str, timedelta]] = {
    "meridian-large-2026-02": timedelta(days=47),
    "meridian-large-2026-08": timedelta(days=420),
    "meridian-mini-2026-04": timedelta(days=160),
    "halcyon-pro-4.1": timedelta(days=210),
    "halcyon-swift-4.0": timedelta(days=19),
}
"""How long after the anchor models are retired; of the names without a release nothing is announced."""


def write(world: World, path: Path) -> None:
    """Write the file; a day of retirement is that of the folder's story, whenever it is told."""
    models = {name: _entry(name) for name in PRICES}
    dated = {name: _entry(name) | {"deprecation_date": f"{world.anchor + end:%Y-%m-%d}"} for name, end in ENDS.items()}
    path.write_text(json.dumps(models | dated, indent=1), encoding="utf-8")


def _entry(name: str) -> dict[str, object]:
    """Price a model as the one that its name begins with."""
    vendor = name.partition("-")[0]
    price_in, price_out = next(price for model, price in PRICES.items() if name.startswith(model))
    return {
        "litellm_provider": vendor,
        "mode": "chat",
        "input_cost_per_token": price_in / 1e6,
        "output_cost_per_token": price_out / 1e6,
    }
