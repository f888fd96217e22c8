"""Write what is made from modules: kinds of source in ``config.example.toml`` and their page, and that of detectors.

``python -m scripts.pages`` writes all; a test holds them to the modules.
"""

import inspect
from datetime import timedelta
from pathlib import Path
from typing import Final

from collectors.base import Kind
from collectors.settings import collector, example, kinds
from scripts import detector_page

ROOT: Final = Path(__file__).parents[1]
EXAMPLE: Final = ROOT / "config.example.toml"
PAGE: Final = ROOT / "docs" / "collectors.md"
_FIRST: Final = "# --- "
_AFTER: Final = "# Thresholds: "
_INTRODUCTION: Final = """\
# Kinds of source

What each kind of source gives, what its token must be allowed to do, what limits it, and when its costs are final. This
page is made from the modules by `python -m scripts.pages`; `llmops-tui sources kinds` and `llmops-tui sources example
KIND` say the same on the command line. Every kind also takes `schedule`, `system` or `[sources.route]`, `first`,
`restate`, `lag` and `[sources.limits]`, and every kind that is asked over HTTP takes `[sources.options.access]`:
[`config.example.toml`](../config.example.toml) shows them all. What each cloud needs and what its questions cost is in
[`clouds.md`](clouds.md).

Costs of different bases (`invoice`, `provider_usage`, `gateway_estimate`, `trace_estimate`) are the same money seen
from different places: they are never added. A system says with `cost_basis` which one counts for it.
"""


def main() -> None:
    """Write all."""
    EXAMPLE.write_text(configuration(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    detector_page.PAGE.write_text(detector_page.page(), encoding="utf-8")


def configuration(text: str) -> str:
    """Give the example configuration with every kind's own example between sources and thresholds."""
    before, after = text[: text.index(_FIRST)], text[text.index(_AFTER) :]
    return before + "\n".join(example(kind) for kind in kinds()) + "\n" + after


def page() -> str:
    """Give the page of all kinds."""
    return "\n".join([_INTRODUCTION, *(_section(kind) for kind in kinds())])


def _section(kind: str) -> str:
    module = collector(kind)
    facts = module.KIND
    rows = {
        "gives": facts.gives,
        "its token needs": facts.needs,
        "limits": facts.limits,
        "finality of its costs": facts.finality,
        "asks": _asks(facts),
    }
    lines = [f"| {name} | {words} |" for name, words in rows.items() if words]
    about = inspect.getdoc(module)
    return "\n".join(
        [f"## `{kind}`", "", about or "", "", "| | |", "|---|---|", *lines, "", "```toml", example(kind) + "```", ""]
    )


def _asks(facts: Kind) -> str:
    """Say which window each run asks for."""
    parts = [f"{_spoken(facts.first)} at the first run"]
    parts += [f"the last {_spoken(facts.restate)} again at each run"] if facts.restate else []
    parts += [f"nothing newer than {_spoken(facts.lag)}"] if facts.lag else []
    return ", ".join(parts)


def _spoken(length: timedelta) -> str:
    for unit in ("day", "hour", "minute"):
        count = length / timedelta(**{f"{unit}s": 1})
        if count >= 1:
            return f"{count:g} {unit}{'' if count == 1 else 's'}"
    return f"{length.total_seconds():g} seconds"


if __name__ == "__main__":
    main()
