"""Make accounts of this host for the people of a story, run commands as each of them, and take all away; needs root.

Where the program lies below a folder that only root may enter, each command gets a view of the file system of its own
in which others may enter it too: nobody's permissions change, and nobody gets a capability.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.real.environments import ROOT

_SHELL = "/bin/sh"
_WHERE = Path("/var/tmp")  # noqa: S108 -- a folder of its own is made in it, which others must be able to enter


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts of one group, each with a home under ``place``; ``mark`` keeps their names apart from any others."""

    place: Path
    mark: str
    people: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Name the group that all are in."""
        return f"life{self.mark}"

    def name(self, who: str) -> str:
        """Name somebody's account."""
        return f"{who}{self.mark}"

    def home(self, who: str) -> Path:
        """Give somebody's home."""
        return self.place / who

    def argv(self, who: str, *command: str, more: Mapping[str, str] | None = None) -> list[str]:
        """Give the command line that runs a command as somebody, in an environment that holds what is given alone."""
        known = {"HOME": str(self.home(who)), "USER": self.name(who), "PATH": _path(), "TERM": "xterm-256color"}
        environ = {**known, "LANG": "C.UTF-8", **self.environ, **(more or {})}
        words = [f"{name}={value}" for name, value in environ.items()]
        return [*self._reach(), "runuser", "-u", self.name(who), "--", "env", "-i", *words, *command]

    def run(self, who: str, *command: str) -> str:
        """Run a command of somebody's to its good end and give what it printed."""
        done = subprocess.run(
            self.argv(who, *command), check=True, capture_output=True, text=True, cwd=self.home(who), timeout=60
        )
        return done.stdout

    def write(self, who: str, name: str, content: str) -> Path:
        """Put a file of somebody's into their home."""
        path = self.home(who) / name
        path.write_text(content)
        shutil.chown(path, self.name(who), self.group)
        return path

    def _reach(self) -> list[str]:
        script = _opening(self.place / "stage")
        return ["unshare", "--mount", "--propagation", "private", _SHELL, "-c", script, _SHELL] if script else []


@contextmanager
def accounts(people: Sequence[str], environ: Mapping[str, str]) -> Iterator[Accounts]:
    """Give accounts while the block runs."""
    place = Path(tempfile.mkdtemp(prefix="llmops-life-", dir=_WHERE))
    place.chmod(0o755)
    made = Accounts(place, f"-{os.getpid()}", people, environ)
    try:
        _root("groupadd", made.group)
        for who in people:
            home = str(made.home(who))
            _root("useradd", "-m", "-K", "UMASK=022", "-d", home, "-g", made.group, "-s", _SHELL, made.name(who))
        yield made
    finally:
        for who in people:
            _root("userdel", made.name(who), is_sure=False)
        _root("groupdel", made.group, is_sure=False)
        shutil.rmtree(place)


def is_possible() -> bool:
    """Say whether accounts can be made here."""
    return os.geteuid() == 0 and all(map(shutil.which, ("useradd", "groupadd", "runuser", "unshare")))


def _root(*argv: str, is_sure: bool = True) -> None:
    subprocess.run(argv, check=is_sure, capture_output=True, timeout=60)


def _path() -> str:
    return f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def _opening(stage: Path) -> str:
    """Write the script that lets others reach the program, then becomes the command; nothing where they can."""
    wanted = dict.fromkeys(Path(each).resolve() for each in (ROOT, sys.prefix, sys.base_prefix))
    closed = {path: shut for path in wanted if (shut := _closed(path)) is not None}
    if not closed:
        return ""
    lines = ["set -e"]
    for number, path in enumerate(closed):
        (stage / str(number)).mkdir(parents=True, exist_ok=True)
        lines.append(f"mount --bind {shlex.quote(str(path))} {shlex.quote(str(stage / str(number)))}")
    lines += [f"mount -t tmpfs -o mode=755 none {shlex.quote(str(shut))}" for shut in dict.fromkeys(closed.values())]
    for number, path in enumerate(closed):
        target = shlex.quote(str(path))
        lines += [f"mkdir -p {target}", f"mount --move {shlex.quote(str(stage / str(number)))} {target}"]
    return "\n".join([*lines, 'exec "$@"'])


def _closed(path: Path) -> Path | None:
    """Give the topmost folder on the way to a path that others may not enter."""
    way = [*reversed(path.parents), path]
    return next((each for each in way if not each.stat().st_mode & 0o001), None)
