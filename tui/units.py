"""Write systemd user units and crontab lines that collect regularly, with every path quoted as its reader wants it."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.errors import ConfigError

_WAIT: Final = "600"
_FIELD: Final = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", re.ASCII)
_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_NAMES: Final[Mapping[str, str]] = {
    **{name.lower(): str(number) for number, name in enumerate(_DAYS)},
    **{
        name: str(number)
        for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905  # reads better
    },
}


_ALIASES: Final[Mapping[str, str]] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Slots:
    """The sources that share a schedule and a zone; together they are one unit or one line."""

    schedule: str
    timezone: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """The installed program, the configuration it reads, and the environment variables that hold its secrets."""

    program: Path
    config: Path
    secrets: tuple[str, ...] = ()

    def words(self, *arguments: str) -> list[str]:
        """Give the command line word by word."""
        return [str(self.program), "--config", str(self.config), *arguments]


def service(command: Command, group: str = "") -> Iterator[str]:
    """Write the unit that keeps running and collects each source on its own schedule."""
    yield "# ~/.config/systemd/user/llmops-tui.service"
    yield "# 1. save this under the name above (mkdir -p ~/.config/systemd/user)"
    yield "# 2. systemctl --user daemon-reload && systemctl --user enable --now llmops-tui.service"
    yield "# 3. loginctl enable-linger, so that it also runs while nobody is logged in"
    yield "# look at it: systemctl --user status llmops-tui; journalctl --user -u llmops-tui"
    yield from _secrets_note(command)
    yield from _unit("Collect from the sources of llmops-tui on their schedules")
    yield "[Service]"
    yield "Type=notify"
    yield "NotifyAccess=main"
    yield f"ExecStart={_exec(command.words('collect', '--follow'))}"
    yield "Restart=on-failure"
    yield "RestartSec=30"
    yield "RestartPreventExitStatus=65"
    yield "WatchdogSec=300"
    yield "TimeoutStopSec=20"
    yield from _hardening(group)
    yield ""
    yield "[Install]"
    yield "WantedBy=default.target"


def timers(command: Command, slots: Sequence[Slots], group: str = "") -> Iterator[str]:
    """Write one oneshot service and one timer for each schedule."""
    for number, each in enumerate(slots, 1):
        name = f"llmops-tui-{number}" if len(slots) > 1 else "llmops-tui"
        arguments = [word for source in each.sources for word in ("--source", source)]
        yield f"# ~/.config/systemd/user/{name}.service"
        yield from _secrets_note(command)
        yield from _unit(f"Collect from {', '.join(each.sources)}")
        yield "[Service]"
        yield "Type=oneshot"
        yield f"ExecStart={_exec(command.words('collect', '--wait', _WAIT, *arguments))}"
        yield "SuccessExitStatus=1"
        yield "TimeoutStopSec=20"
        yield from _hardening(group)
        yield ""
        yield f"# ~/.config/systemd/user/{name}.timer"
        yield f"# systemctl --user daemon-reload && systemctl --user enable --now {name}.timer"
        yield f"# cron: {each.schedule} ({each.timezone})"
        yield from _unit(f"When to collect from {', '.join(each.sources)}")
        yield "[Timer]"
        yield from (f"OnCalendar={when}" for when in calendar(each.schedule, each.timezone))
        yield "Persistent=true"
        yield "RandomizedDelaySec=5"
        yield ""
        yield "[Install]"
        yield "WantedBy=timers.target"
        yield ""


def crontab(command: Command, slots: Sequence[Slots]) -> Iterator[str]:
    """Write one line for each schedule, to be appended to ``crontab -e``."""
    yield "# append this to what crontab -e shows; mail comes when a source fails"
    for name in command.secrets:
        yield f"# cron gives no environment: write {name}=... above these lines, or use file:/path references"
    for each in slots:
        if each.timezone != "UTC" or len({slot.timezone for slot in slots}) > 1:
            yield f"# this schedule is meant in {each.timezone}; Debian's cron reads it in the machine's own zone"
        arguments = [word for source in each.sources for word in ("--source", source)]
        line = shlex.join(command.words("collect", "--wait", _WAIT, *arguments))
        _single_line(line)
        yield f"{each.schedule} {line}".replace("%", "\\%")


def calendar(schedule: str, timezone: str) -> list[str]:
    """Say a cron schedule as systemd does; two lines where cron means "this day of the month or that weekday"."""
    fields = _ALIASES.get(schedule, schedule).split()
    if len(fields) != 5:
        raise _no_equal(schedule)
    minute, hour, day, month = (
        _calendar_field(text, first, schedule) for text, first in zip(fields, (0, 0, 1, 1), strict=False)
    )
    time = f"{hour}:{minute}:00 {timezone}"
    on_day = f"*-{month}-{day} {time}"
    if fields[4] == "*":
        return [on_day]
    on_weekday = f"{_weekdays(fields[4], schedule)} *-{month}-* {time}"
    return [on_weekday] if fields[2] == "*" else [on_day, on_weekday]


def _calendar_field(text: str, first: int, schedule: str) -> str:
    parts = []
    for part in _numbers(text).split(","):
        found = _FIELD.fullmatch(part)
        if not found:
            raise _no_equal(schedule)
        low, high, step = found.groups()
        span = f"{low}..{high}" if high else low
        if span is None:
            parts.append(f"{first}/{step}" if step else "*")
        else:
            parts.append(f"{span}/{step}" if step else span)
    return ",".join(parts)


def _weekdays(text: str, schedule: str) -> str:
    days: list[str] = []
    for part in _numbers(text).split(","):
        found = _FIELD.fullmatch(part)
        if not found:
            raise _no_equal(schedule)
        low, high, step = (int(each) if each else None for each in found.groups())
        start = 0 if low is None else low
        end = 6 if low is None or (step and high is None) else start if high is None else high
        days += [_DAYS[day % 7] for day in range(start, end + 1, step or 1)]
    return ",".join(dict.fromkeys(days))


def _no_equal(schedule: str) -> ConfigError:
    return ConfigError([f"schedule {schedule!r} has no equal in a systemd timer; use the service (without --timer)"])


def _numbers(text: str) -> str:
    return re.sub(r"[a-z]{3}", lambda found: _NAMES.get(found[0], found[0]), text.lower())


def _unit(description: str) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={description.replace('%', '%%')[:200]}"
    yield ""


def _hardening(group: str) -> Iterator[str]:
    yield f"UMask={'0007' if group else '0077'}"
    yield "NoNewPrivileges=yes"
    yield "EnvironmentFile=-%h/.config/llmops-tui/environment"


def _secrets_note(command: Command) -> Iterator[str]:
    if command.secrets:
        yield f"# secrets: put {', '.join(f'{name}=...' for name in command.secrets)} into"
        yield "#   ~/.config/llmops-tui/environment (chmod 600), one a line"


def _exec(words: Iterable[str]) -> str:
    return " ".join(_exec_word(word) for word in words)


def _exec_word(word: str) -> str:
    _single_line(word)
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[\w./:=@%+-]+", text, re.ASCII) else f'"{text}"'


def _single_line(text: str) -> None:
    if any(character in text for character in "\n\r\0"):
        raise ConfigError(["the path of the program or configuration has a line break in it; move the file"])
