"""Look at the configuration: can it be read, is it right, who may change it, can its secrets be had."""

import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from collectors.secrets import SecretRef, resolve
from store.errors import ConfigError, SourceError
from tui.doctor.findings import Finding
from tui.gaps import gaps
from tui.secret_fields import references
from tui.settings import Config, find, load


def read(path: Path | None, environ: Mapping[str, str]) -> tuple[Config | None, list[Finding]]:
    """Load the configuration; every mistake is a finding."""
    try:
        config = load(find(path, environ), environ)
    except ConfigError as error:
        remedy = 'correct the file; "llmops-tui config check" lists these lines alone'
        return None, [Finding("config", "fail", mistake, remedy) for mistake in error.mistakes]
    counts = f"{len(config.systems)} systems, {len(config.sources)} sources, {len(config.thresholds)} thresholds"
    return config, [Finding("config", "ok", f"{config.path}: {counts}")]


def check(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at what is allowed in a configuration but should not stay so."""
    mode = config.path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        words = f"others may change {config.path} (mode {stat.S_IMODE(mode):04o}); it can name commands to run"
        yield Finding("config", "warn", words, f"chmod go-w {config.path}")
    for gap in gaps(config):
        yield Finding("config", "warn", gap, "add what is missing, or remove the system")
    for threshold in config.thresholds:
        if threshold.review_by is not None and threshold.review_by < now.date():
            words = f"threshold {threshold.name} was to be reviewed by {threshold.review_by}"
            yield Finding("config", "warn", words, "look at its limits with its owner and set a new review_by")


def secrets(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Fetch every secret once and say whether it came, never what it is."""
    for source in config.sources:
        for key, reference in references(source.options):
            yield _secret(f"{source.name}: {key} from {reference}", reference, environ)
    for key, reference in references(config.watch, "watch"):
        yield _secret(f"{key} from {reference}", reference, environ)


def _secret(place: str, reference: SecretRef, environ: Mapping[str, str]) -> Finding:
    try:
        resolve(reference, environ)
    except SourceError as error:
        return Finding("secrets", "fail", f"{place}: {error}", "make it available to this user, here and in cron")
    return Finding("secrets", "ok", f"{place}: found")
