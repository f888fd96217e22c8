"""Name what a correct configuration leaves out: allowed, but somebody should know."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.settings import SourceSettings
    from tui.settings import Config


def gaps(config: "Config") -> list[str]:
    """Say what is not collected and not judged."""
    notes = []
    if not config.sources:
        notes.append("no [[sources]]: nothing will be collected")
    if not config.thresholds:
        notes.append("no [[thresholds]]: every system will be unknown, because nothing judges it")
    fed = {name for source in config.sources if source.enabled for name in systems_of(source)}
    unfed = [system.name for system in config.systems if system.name not in fed]
    if config.sources and unfed:
        notes.append(f"no enabled source leads to: {', '.join(unfed)}")
    return notes


def systems_of(source: "SourceSettings") -> list[str]:
    """Name the systems that a source feeds."""
    return list(source.route.systems.values()) if source.route else [source.system]
