"""Ask every source for a few minutes of data through the collector itself, and say which step of the way fails."""

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from collectors import runner
from collectors.base import Window
from collectors.connecting import tools
from collectors.settings import SourceSettings, collector_of
from store.records import Run
from tui.collecting import target
from tui.doctor.findings import Finding
from tui.settings import Config

_WINDOW: Final = timedelta(minutes=15)
_SKEW: Final = 30.0
_STEPS: Final = ("name", "connection", "TLS", "login", "answer")
_FAILS_AT: Final[Mapping[str, str]] = {
    "dns": "name",
    "network": "connection",
    "proxy": "connection",
    "timeout": "connection",
    "tls": "TLS",
    "auth": "login",
}
_REMEDIES: Final[Mapping[str, str]] = {
    "auth": "give [sources.options.access] a token or password that may read there",
    "dns": "look at the host in the URL and at this machine's name service (getent hosts HOST)",
    "network": "is the server running and reachable from this machine (firewall, VPN, port)?",
    "proxy": "look at [sources.options.access] proxy and at HTTPS_PROXY / NO_PROXY",
    "tls": "give the authority's certificate as ca_file in [sources.options.access]",
    "timeout": "try again; if it stays slow raise [sources.limits] read, total or source",
    "too_large": "ask for less, or raise the limit that is named in [sources.limits]",
    "throttled": "collect less often, or ask the vendor for more",
    "redirect": "set the URL to where the source wants us",
    "secret": "make the secret available to this user, here and in cron",
    "file": "look at the path, its owner and mode",
    "shape": "is this the right kind and URL? the answer is not in its format",
    "not_json": "is this the right kind and URL? the answer is not in its format",
}


async def check(config: Config, environ: Mapping[str, str], now: datetime) -> list[Finding]:
    """Ask every enabled source at once, within its own limits; nothing is stored."""
    enabled = [source for source in config.sources if source.enabled]
    plans = [_short(runner.plan(_once(source), collector_of(source), None, now)) for source in enabled]
    made = tools(config.collection, environ, now, config.path.parent)
    outcomes = await runner.collect(plans, made, config.collection.concurrency, asyncio.Event())
    runs = {outcome.run.source: outcome.run for outcome in outcomes}
    findings = [finding for source in enabled for finding in _findings(source, runs[source.name])]
    resting = [each.name for each in config.sources if not each.enabled]
    if resting:
        findings.append(Finding("source", "ok", f"not enabled, not asked: {', '.join(resting)}"))
    return [*findings, *_limits(config)]


def _once(source: SourceSettings) -> SourceSettings:
    """Do not insist: the person is waiting."""
    return dataclasses.replace(source, limits=dataclasses.replace(source.limits, tries=1))


def _short(plan: runner.Plan) -> runner.Plan:
    """Ask for minutes where a first collection asks for weeks."""
    window = plan.window
    return dataclasses.replace(plan, window=Window(max(window.start, window.end - _WINDOW), window.end, window.now))


def _findings(source: SourceSettings, run: Run) -> Iterator[Finding]:
    where = f"{source.name} ({source.kind}, {target(source)})"
    seconds = (run.finished - run.started).total_seconds()
    if run.state == "failed":
        remedy = _REMEDIES.get(run.cause, 'run "llmops-tui sources try NAME" to see more')
        yield Finding("source", "fail", f"{where}: {_way(source, run)}{run.cause}: {run.detail}", remedy)
    elif run.state == "complete":
        yield Finding("source", "ok", f"{where}: {_way(source, run)}{run.rows} rows in {seconds:.1f} s")
    else:
        words = f"{where}: {_way(source, run)}only part: {run.cause}: {run.detail}"
        yield Finding("source", "warn", words, _REMEDIES.get(run.cause, "look at what is named; the rest came"))
    if run.skew_seconds is not None and abs(run.skew_seconds) > _SKEW:
        side = "ahead of" if run.skew_seconds > 0 else "behind"
        words = f"{source.name}: its clock is {abs(run.skew_seconds):.0f} s {side} ours; windows will not fit"
        yield Finding("source", "warn", words, "set the clock of the one that is wrong (timedatectl, NTP)")


def _way(source: SourceSettings, run: Run) -> str:
    """Say how far it got: ``name ok, connection ok, TLS ok, login refused; ``."""
    url = str(getattr(source.options, "url", ""))
    if not url or run.cause in ("secret", "file", "internal", "interrupted"):
        return ""
    steps = [step for step in _STEPS if step != "TLS" or url.lower().startswith("https:") or run.cause == "tls"]
    failed = _FAILS_AT.get(run.cause, "answer") if run.state == "failed" else ""
    reached = steps[: steps.index(failed)] if failed else steps
    words = [f"{step} ok" for step in reached] + ([f"{failed} failed"] if failed else [])
    return f"{', '.join(words)}; "


def _limits(config: Config) -> Iterator[Finding]:
    """Name the limits in force, sources with the same ones together."""
    groups: dict[str, list[str]] = {}
    for source in config.sources:
        fields = dataclasses.fields(source.limits)
        words = ", ".join(f"{field.name} {getattr(source.limits, field.name)}" for field in fields)
        groups.setdefault(words, []).append(source.name)
    for words, names in groups.items():
        yield Finding("source", "ok", f"limits of {', '.join(names)}: {words}")
