"""The steps in the life of a prompt change, each typed by whoever takes it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from scripts.real import telemetry
from scripts.real.accounts import Accounts
from scripts.real.github import GitHub
from scripts.real.registry import Registry
from scripts.real.transcript import Desk, Step

ROBOT: Final = "llmops"
PEOPLE: Final = ("ada", "ben", "jonas")
PROGRAM: Final = "llmops-tui"
NEW_PROMPT: Final = "You answer customers of Acme about orders.\nBe polite. Answer in three sentences at most.\n"
PULL: Final = 7
_LATER: Final = timedelta(hours=27)
KEY: Final = "id_ed25519"
_SHOWN, _HASH = 8, 12
_ALIAS: Final = "api/2.0/mlflow/registered-models/alias"


@dataclass(slots=True)
class Life:
    """One change on its way; ``change`` and ``pull`` are its ids, and that of its pull request, once they are seen."""

    desk: Desk
    registry: Registry
    experiment: str
    site: GitHub
    prompt: Path
    told: Path
    change: str = ""
    pull: str = ""
    live_since: datetime | None = None

    def steps(self) -> Iterator[Step]:
        """Take every step in turn."""
        for step in (
            self.observed, self.missing, self.inconclusive, self.passed, self.refused, self.decided, self.reviewed,
            self.moved, self.watching, self.verified,
        ):  # fmt: skip
            yield step()

    def ask(self, *words: str) -> Any:
        """Ask the program for JSON, off the page."""
        argv = (*self.desk.clock, PROGRAM, *words, "--json")
        return json.loads(self.desk.accounts.run(ROBOT, *argv))

    def observed(self) -> Step:
        """Jonas registers version 13 and opens the pull request; a collection sees both."""
        step = self.desk.begin(
            "Observed",
            "Jonas has written version 13 of the prompt: it is in the registry, behind the alias `production`, and in "
            "a pull request. Nobody told `llmops-tui` of either.",
        )
        self.registry.version(NEW_PROMPT, "jonas-acme", "three sentences")
        self._collect()
        rows = self.ask("changes", "list")
        ids = {str(row["source"]): str(row["change_id"]) for row in rows}
        self.change, self.pull = ids["mlflow"], ids["github"]
        self._type("jonas", "changes", "list")
        return step

    def missing(self) -> Step:
        """Everybody sees what is missing; a pipeline is told to wait."""
        step = self.desk.begin("Evidence missing", "What the change is, and item by item what it lacks.")
        self._show("jonas")
        self._type("jonas", "changes", "check", "--system", "checkout-bot", "--content-file", self.prompt.name)
        return step

    def inconclusive(self) -> Step:
        """Twenty cases tell nothing."""
        step = self.desk.begin(
            "Evaluated at n = 20: inconclusive",
            "The golden set is run on both versions, 20 cases each: 18 pass on version 12, 19 on version 13. Better, "
            "and it says nothing.",
        )
        self._evaluated(20, 18, 19)
        self._collect()
        self._show("jonas")
        return step

    def passed(self) -> Step:
        """Four hundred cases tell enough; the requester gives what the new version costs."""
        step = self.desk.begin(
            "Evaluated at n = 400: pass",
            "The whole set, 400 cases: 353 pass on version 12, 372 on version 13. A drop of more than two points is "
            "ruled out. No series tells the versions' costs apart, so Jonas attaches a link to what he reckoned.",
        )
        run = self._evaluated(400, 353, 372)
        link = f"{self.registry.url}/#/experiments/{self.experiment}/runs/{run}"
        self._type("jonas", "changes", "attach", self._id, "--item", "cost", "--link", link)
        self._collect()
        self._show("ada")
        return step

    def refused(self) -> Step:
        """Refuse the author, and anybody without a signature by a listed key."""
        step = self.desk.begin(
            "Who may not",
            "Jonas is an approver, but this is his change. Ada may, but not without a signature, and not with a key "
            "that is not listed for her.",
        )
        self._decide("jonas", self.change, "it is mine", key="jonas")
        self._decide("ada", self.change, "shorter is better")
        self.desk.accounts.run("ada", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key("ada", "other"))
        self._decide("ada", self.change, "shorter is better", key="ada", name="other")
        return step

    def decided(self) -> Step:
        """Let two people approve from accounts of their own, with signatures: one types, one uses the screens."""
        step = self.desk.begin(
            "Two people approve",
            "Tier 1 asks for two. Each signs with a key of their own; who they are is who owns the file in the spool. "
            "Ada types a command, Ben reads in the screens and types the end of the change's id there.",
        )
        self._decide("ada", self.change, "shorter is better, and no worse", key="ada")
        self._type(ROBOT, "ingest")
        self._decided_on_screens("ben", "read it, and both runs")
        self._type(ROBOT, "ingest")
        self._show("ben")
        return step

    def _decided_on_screens(self, who: str, reason: str) -> None:
        answers = (reason, self.change[-_SHOWN:], f"~/.ssh/{KEY}")
        with self.desk.screens(who, PROGRAM) as screens:
            screens.press("4", "ME SYSTEM", f"{PROGRAM}, then 4")
            screens.press("/ready\r", "evidence ready")
            screens.press("\r", "Summary  Content  Evidence")
            screens.press("]", "Be polite. Answer in three sentences", "/ready, Enter, ]")
            screens.press("]", "present       golden", "]")
            screens.press("v", "Leave it as it is")
            screens.press("\t" + "\t".join(answers) + "\t", "> [ Approve ]", "v, then what is asked for")
            screens.press("\r", "written as", "Enter")

    def reviewed(self) -> Step:
        """Decide on the pull request that carries the text as well; Ben's review reaches GitHub."""
        step = self.desk.begin(
            "The pull request is reviewed",
            "The same text waits in a pull request, which names no version that could have been evaluated: Ada waives "
            "that for a week. Ben's approval is delivered as a review of exactly this commit, with his own token.",
        )
        why = f"it is the text of version 13, evaluated as change {self._id}"
        items = ("--item", "golden", "--item", "cost")
        seen = ("--hash", self._hash_of(self.pull), "--key", self._key("ada"))
        self._type("ada", "changes", "waive", self.pull[:_SHOWN], *items, "--for", "7d", "--reason", why, *seen)
        self._type(ROBOT, "ingest")
        for who in ("ada", "ben"):
            self._decide(who, self.pull, "the text of version 13", key=who)
        self._type(ROBOT, "ingest")
        self._type("ben", "changes", "deliver", self.pull[:_SHOWN], more={"MY_GITHUB_TOKEN": "ghp-ben"})
        return step

    def moved(self) -> Step:
        """Move the alias with a token of Ada's own, guarded by what was decided on."""
        step = self.desk.begin(
            "The alias moves", "Ada carries the decision out; MLflow itself says where the alias is."
        )
        place = f"{self.registry.url}/{_ALIAS}?name={self.registry.prompt}&alias=production"
        asking = f"curl -s '{place}' | grep '\"version\"'"
        self.desk.shell("ada", asking)
        self._type("ada", "changes", "deliver", self._id, more={"MY_MLFLOW_TOKEN": "of-ada"})
        self.desk.shell("ada", asking)
        return step

    def watching(self) -> Step:
        """See the version in production at the next collection; Jonas merges what was reviewed."""
        step = self.desk.begin(
            "Watching",
            "The next collection sees version 13 in production, and the pull request merged. The pipeline may go on.",
        )
        pull = self.site.pulls[PULL]
        pull.state, pull.merged, pull.ended = "closed", True, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._collect()
        self.live_since = datetime.now(UTC)
        self._show("ada")
        self._type("jonas", "changes", "check", "--system", "checkout-bot", "--content-file", self.prompt.name)
        return step

    def verified(self) -> Step:
        """Hold a day of the application's telemetry against that of before."""
        hours = int(_LATER.total_seconds() // 3600)
        step = self.desk.begin(
            "Verified",
            f"{hours} hours later (`faketime -f +{hours}h`) the application has told of a day with version 13: answers "
            "in their schema, refusals, seconds an answer.",
        )
        since = self.live_since or datetime.now(UTC)
        telemetry.write(self.told, telemetry.next_hour(since), since + _LATER, "13")
        self.desk.clock = ("faketime", "-f", f"+{hours}h")
        self._collect()
        self._show("ada")
        self._type(ROBOT, "audit", "verify")
        return step

    @property
    def _id(self) -> str:
        return self.change[:_SHOWN]

    def _type(self, who: str, *words: str, more: dict[str, str] | None = None) -> None:
        self.desk.type(who, PROGRAM, *words, more=more)

    def _collect(self) -> None:
        self._type(ROBOT, "collect", more={"COLLECTOR_TOKEN": "ghp-robot"})

    def _show(self, who: str) -> None:
        """Show the change to somebody, and keep how it stands with the step."""
        self._type(who, "changes", "show", self._id)
        self.desk.steps[-1].after = self.ask("changes", "show", self.change)

    def _decide(self, who: str, change: str, reason: str, key: str = "", name: str = KEY) -> None:
        signed = ("--key", self._key(key, name)) if key else ()
        words = ("--hash", self._hash_of(change), "--reason", reason, *signed)
        self._type(who, "changes", "approve", change[:_SHOWN], *words)

    def _key(self, who: str, name: str = KEY) -> str:
        return str(self.desk.accounts.home(who) / ".ssh" / name)

    def _hash_of(self, change: str) -> str:
        """Give the beginning of what is decided on: the text itself, or the newest commit."""
        if change == self.pull:
            return self.site.pulls[PULL].commits[-1][:_HASH]
        return sha256(NEW_PROMPT.encode()).hexdigest()[:_HASH]

    def _evaluated(self, cases: int, old: int, new: int) -> str:
        """Run the golden set on both versions and give the run of the new one."""
        self.registry.evaluate(self.experiment, "12", old, cases)
        return self.registry.evaluate(self.experiment, "13", new, cases)


def keys(made: Accounts) -> str:
    """Make a key for everybody and give the list of signers."""
    lines = []
    for who in PEOPLE:
        folder = made.home(who) / ".ssh"
        made.run(who, "mkdir", "-m", "700", str(folder))
        made.run(who, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(folder / KEY))
        public = (folder / f"{KEY}.pub").read_text().strip()
        lines.append(f'"{who.title()}" namespaces="llmops-tui-decision@v1" {public}\n')
    return "".join(lines)
