"""Write what the vendors charged as FOCUS 1.2 files: Meridian as CSV, Halcyon as Parquet, a rented GPU as CSV.

One file a vendor and month, as billing exports come; one line a system, day and type of token. The running day is
charged so far. Amounts are 1.5% over the gateway's own estimate, as caching is never counted alike.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from collectors.demo.portfolio import ANSWERED, PRICES, SYSTEMS, DemoSystem
from collectors.demo.world import World
from collectors.files import parquet_of

FOLDER: Final = "costs"
_GAP: Final = Decimal("1.015")
_MICRO: Final = Decimal("0.000001")
_GPU_A_DAY: Final = Decimal("31.20")
_TYPES: Final = (("input", "tokens_in", 0), ("output", "tokens_out", 1))

Line = dict[str, object]


def write(world: World, folder: Path, now: datetime) -> list[Path]:
    """Write every vendor's files for the whole history and say which."""
    months: dict[tuple[str, str], list[Line]] = {}
    for line in _lines(world, now):
        start = line["ChargePeriodStart"]
        month = f"{start:%Y-%m}" if isinstance(start, datetime) else ""
        months.setdefault((str(line["ProviderName"]).lower(), month), []).append(line)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for (vendor, month), lines in months.items():
        suffix = "parquet" if vendor == "halcyon" else "csv"
        path = folder / f"focus-{vendor}-{month}.{suffix}"
        path.write_bytes(_parquet(lines) if suffix == "parquet" else _csv(lines))
        written.append(path)
    return written


def _lines(world: World, now: datetime) -> Iterator[Line]:
    """Give every charge, day by day."""
    day = world.start.replace(hour=0) + timedelta(days=1)
    while day < now:
        hours = range(world.hour_of(day), min(world.hour_of(day + timedelta(days=1)), world.hour_of(now)))
        for system in SYSTEMS:
            if system.provider != "self-hosted":
                yield from _tokens(world, system, day, hours)
        yield _gpu(day, len(hours))
        day += timedelta(days=1)


def _tokens(world: World, system: DemoSystem, day: datetime, hours: range) -> Iterator[Line]:
    """Charge a system's tokens of one day."""
    requests = world.column(system.name, "requests")
    for token_type, signal, place in _TYPES:
        sizes = world.column(system.name, signal)
        quantity = Decimal(int(sum(requests[hour] * sizes[hour] for hour in hours)))
        price = Decimal(str(PRICES[system.model][place])) / 1_000_000
        amount = (quantity * price * _GAP).quantize(_MICRO)
        sku = f"{system.model}-{token_type}"
        words = f"{system.model} {token_type} tokens"
        yield _line(system.name, system.provider.capitalize(), day, amount) | {
            "ChargeDescription": words,
            "ConsumedQuantity": quantity,
            "ConsumedUnit": "tokens",
            "ListUnitPrice": price,
            "PricingQuantity": quantity / 1_000_000,
            "PricingUnit": "1M tokens",
            "SkuId": sku,
            "SkuMeter": f"{token_type} tokens",
            "x_Model": ANSWERED[system.model],
            "x_TokenType": token_type,
        }


def _gpu(day: datetime, hours: int) -> Line:
    """Charge the rented accelerator that carries the self-hosted model."""
    return _line("code-assist", "Northgrid", day, (_GPU_A_DAY * hours / 24).quantize(_MICRO)) | {
        "ChargeDescription": "accelerator, 48 GB, per hour",
        "ConsumedQuantity": Decimal(hours),
        "ConsumedUnit": "hours",
        "ListUnitPrice": _GPU_A_DAY / 24,
        "PricingQuantity": Decimal(hours),
        "PricingUnit": "hours",
        "ServiceCategory": "Compute",
        "ServiceName": "Accelerators",
        "ServiceSubcategory": "Virtual Machines",
        "SkuId": "gpu-48",
        "SkuMeter": "instance hours",
        "x_Model": ANSWERED["coder-33b"],
        "x_TokenType": "",
    }


def _line(system: str, vendor: str, day: datetime, amount: Decimal) -> Line:
    """Fill the columns that every charge has."""
    month = day.replace(day=1)
    return {
        "BilledCost": amount,
        "BillingAccountId": "acme-0042",
        "BillingAccountName": "Acme Insurance",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
        "BillingPeriodStart": month,
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": "",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": day + timedelta(days=1),
        "ChargePeriodStart": day,
        "ConsumedQuantity": Decimal(0),
        "ConsumedUnit": "",
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "InvoiceIssuerName": vendor,
        "ListCost": amount,
        "ListUnitPrice": Decimal(0),
        "PricingQuantity": Decimal(0),
        "PricingUnit": "",
        "ProviderName": vendor,
        "PublisherName": vendor,
        "RegionId": "eu-central",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": f"{vendor} API",
        "ServiceSubcategory": "Generative AI",
        "SkuId": "",
        "SkuMeter": "",
        "SubAccountId": f"proj-{system}",
        "SubAccountName": system,
        "Tags": json.dumps({"system": system, "team": "llmops"}),
        "x_Model": "",
        "x_System": system,
        "x_TokenType": "",
    }


def _csv(lines: list[Line]) -> bytes:
    """Write lines as CSV; nothing is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(lines[0])
    writer.writerows([_cell(value) for value in line.values()] for line in lines)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _parquet(lines: list[Line]) -> bytes:
    """Write lines as Parquet."""
    return parquet_of({name: [line[name] for line in lines] for name in lines[0]})
