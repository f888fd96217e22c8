"""Read a LiteLLM proxy: its metrics page, spend by day, team and model, budgets, and retirement dates of its models.

``/health`` is never asked: it calls every model and costs money. A proxy without a database tracks no spend; that is
said and the metrics page is read all the same. ``/user/daily/activity`` is asked, one day after the other: of the
endpoints for spend it alone gives days x models x keys to a viewer (``/team/...`` leaves out keys without a team,
``.../aggregated`` all but the largest keys). To a key that is no administrator's it would give that user's own spend
without a word; ``/team/list`` refuses such a key, so it is asked before.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from collectors.access import Access
from collectors.answers import parse_json, table, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.exposition import Page, read
from collectors.litellm.activity import costs
from collectors.litellm.budgets import budgets
from collectors.litellm.models import dates
from collectors.litellm.owners import aliases_of
from collectors.litellm.proxy import Proxy
from collectors.names import MEANINGS, Meaning
from collectors.readings import PLAIN_TEXT, check_kept, readings
from collectors.shape import bundled, written
from store.records import Missing, Parsed

KIND: Final = Kind(
    "metrics, costs, budgets, model dates",
    needs="a key of a user with the role proxy_admin_viewer; without a database the master key",
    limits="spend needs the proxy's database; days are those of UTC, 1,000 rows a page",
    finality="estimates by the proxy's price map; two days after the day, when batches have been priced",
    restate=timedelta(days=2),
)

_KNOWN: Final[Mapping[str, Meaning]] = {
    name: meaning
    for name, meaning in MEANINGS.items()
    if name.startswith("litellm_") and name != "litellm_remaining_team_budget_metric"  # budgets come from the lists
}
_CALLS: Final = "litellm_proxy_"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``read`` names what to read. Requests, errors and tokens come from ``metrics``; without it they are read with
    ``spend``, by finished day. ``dims`` names labels of the metrics page to keep as dimensions.
    """

    url: str
    read: tuple[Literal["metrics", "models", "budgets", "spend"], ...] = ("metrics", "models", "budgets", "spend")
    dims: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse to keep labels of people and keys."""
        check_kept(self.dims)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for what is now, then for the lists and days that need the proxy's database."""
    proxy = Proxy(reach.http, settings.url.rstrip("/"))
    for about, path, headers in (("metrics", "/metrics/", PLAIN_TEXT), ("models", "/model/deprecations", {})):
        if about in settings.read:
            body = await proxy.page_if_any(path, headers)
            yield Answer(body or b"{}", window, about if body else "absent", path)
    if not {"budgets", "spend"}.intersection(settings.read):
        return
    teams = await proxy.teams_if_any()
    if teams is None:
        yield Answer(b"{}", window, "off")
        return
    if "budgets" in settings.read:
        keys = [each async for each in proxy.all_keys()]
        yield Answer(bundled({"teams": written(teams), "keys": written(keys)}), window, "budgets")
    if "spend" in settings.read:
        names = written(aliases_of(teams))
        day = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
        while day < window.end:
            pages = [each async for each in proxy.activity(f"{day:%Y-%m-%d}")]
            body = bundled({"teams": names, "pages": b"[%s]" % b",".join(pages)})
            yield Answer(body, window, "spend")
            day += _DAY


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples, cost lines and dates of models; say what the proxy does not have."""
    if answer.about == "metrics":
        yield from readings(_calls(read(answer.body)), _KNOWN, source, answer.window.now, settings.dims)
        return
    body = table(parse_json(answer.body), "the answer")
    upstream_error(body)
    if answer.about == "off":
        yield Missing("spend tracking: it is off, the proxy has no database")
    elif answer.about == "absent":
        yield Missing(f"{answer.name}: this proxy does not have it; leave it out of `read`")
    elif answer.about == "models":
        yield from dates(body)
    elif answer.about == "budgets":
        yield from budgets(body, source, answer.window.now)
    else:
        yield from costs(body, source, answer.window.now, with_sums="metrics" not in settings.read)


def _calls(page: Page) -> Page:
    """Leave out requests that named no model: the proxy counts wrong keys on its own pages as failed requests."""
    lines = (
        each for each in page.lines if each.labels.get("requested_model") != "" or not each.name.startswith(_CALLS)
    )
    return Page(tuple(lines), page.types)
