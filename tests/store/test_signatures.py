"""Signatures of decisions: only a listed key that holds now, over exactly these words, in our namespace."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.errors import StoreError
from store.signatures import NAMESPACE, canonical, check, sign

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WORDS = b'{"decision":"approve"}'


@dataclass(frozen=True)
class Keys:
    folder: Path

    def made(self, name: str) -> Path:
        path = self.folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def listed(self, *lines: tuple[str, str, Path]) -> Path:
        """List keys of people with their options."""
        path = self.folder / "allowed_signers"
        path.write_text("".join(f'"{who}" {options}{_public(key)}\n' for who, options, key in lines))
        path.chmod(0o644)
        return path


def _public(key: Path) -> str:
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def fingerprint(key: Path) -> str:
    return subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout.split()[1]


def test_a_listed_key_of_the_person_proves_who_signed(keys: Keys) -> None:
    key = keys.made("ada")
    signers = keys.listed(("Ada Lovelace", f'namespaces="{NAMESPACE}" ', key))
    signature = sign(WORDS, key, os.environ)
    assert check(WORDS, signature, "Ada Lovelace", signers=signers, now=NOW).fingerprint == fingerprint(key)
    assert check(WORDS, signature, "Ada Lovelace", signers=signers, now=NOW).fault == ""


def test_other_words_other_people_and_unlisted_keys_prove_nothing(keys: Keys) -> None:
    ada, bob = keys.made("ada"), keys.made("bob")
    signers = keys.listed(("Ada Lovelace", "", ada))
    for words, key, person in ((b"other", ada, "Ada Lovelace"), (WORDS, bob, "Ada Lovelace"), (WORDS, ada, "Bob")):
        found = check(WORDS, sign(words, key, os.environ), person, signers=signers, now=NOW)
        assert found.fingerprint == ""
        assert found.fault.startswith(f"the signature does not hold for {person}: ")


def test_a_signature_for_another_namespace_proves_nothing(keys: Keys) -> None:
    key = keys.made("ada")
    done = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", key], input=WORDS, capture_output=True, check=True
    )
    found = check(WORDS, done.stdout.decode(), "Ada", signers=keys.listed(("Ada", "", key)), now=NOW)
    assert "namespace does not match" in found.fault


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        ('valid-before="20261123120100" ', True),
        ('valid-before="20261123115900" ', False),
        ('valid-after="20261123115900" ', True),
        ('valid-after="20261123120100" ', False),
        ('namespaces="file" ', False),
    ],
)
def test_a_key_counts_only_while_it_holds(keys: Keys, options: str, *, holds: bool) -> None:
    key = keys.made("ada")
    found = check(WORDS, sign(WORDS, key, os.environ), "Ada", signers=keys.listed(("Ada", options, key)), now=NOW)
    assert bool(found.fingerprint) == holds
    assert bool(found.fault) != holds


@pytest.mark.parametrize("signature", ["", "nonsense", "-----BEGIN SSH SIGNATURE-----\n", "\udcff"])
def test_what_is_no_signature_proves_nothing(keys: Keys, signature: str) -> None:
    signers = keys.listed(("Ada", "", keys.made("ada")))
    assert check(WORDS, signature, "Ada", signers=signers, now=NOW).fault.startswith("the signature does not hold")
    assert check(WORDS, "x" * 20_000, "Ada", signers=signers, now=NOW).fault == "the signature is too long to be one"


def test_a_list_that_others_can_write_or_that_is_none_is_not_believed(keys: Keys) -> None:
    signers = keys.listed(("Ada", "", keys.made("ada")))
    signers.chmod(0o664)
    assert (
        check(WORDS, "s", "Ada", signers=signers, now=NOW).fault == f"{signers} can be written by others; chmod 644 it"
    )
    absent = keys.folder / "none"
    assert (
        check(WORDS, "s", "Ada", signers=absent, now=NOW).fault == f"{absent} cannot be read: No such file or directory"
    )


def test_a_key_that_is_not_there_says_where_to_look(keys: Keys) -> None:
    with pytest.raises(StoreError, match="is the key there, or in your agent"):
        sign(WORDS, keys.folder / "none", os.environ)


def test_a_key_with_a_passphrase_asks_for_none_where_it_must_be_quiet(keys: Keys) -> None:
    locked, asked = keys.folder / "locked", keys.folder / "asked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret words", "-f", locked], check=True)
    dialog = keys.folder / "dialog"
    dialog.write_text(f"#!/bin/sh\ntouch {asked}\necho secret words\n")
    dialog.chmod(0o755)
    environ = {**os.environ, "SSH_ASKPASS": str(dialog), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    with pytest.raises(StoreError, match=r"a passphrase cannot be asked for here, so load the key first \(ssh-add\)"):
        sign(WORDS, locked, environ, is_quiet=True)
    assert not asked.exists()
    assert sign(WORDS, locked, environ)
    assert asked.exists()


def test_an_agent_signs_for_the_public_key(keys: Keys) -> None:
    key, socket = keys.made("ada"), keys.folder / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE, text=True)
    try:
        assert agent.stdout is not None
        agent.stdout.readline()
        environ = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", key], env=environ, check=True)
        key.unlink()
        signature = sign(WORDS, key.with_suffix(".pub"), environ)
        assert check(WORDS, signature, "Ada", signers=keys.listed(("Ada", "", key)), now=NOW).fault == ""
    finally:
        agent.terminate()
        agent.communicate()


def test_a_child_that_hangs_or_is_absent_is_told_in_words(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    signers = keys.listed(("Ada", "", keys.made("ada")))
    slow = keys.folder / "ssh-keygen"
    slow.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(keys.folder), prepend=":")
    with pytest.raises(StoreError, match=r"ssh-keygen gave nothing within 0\.2 s"):
        sign(WORDS, keys.folder / "ada", os.environ, patience=0.2)
    found = check(WORDS, "s", "Ada", signers=signers, now=NOW, patience=0.2)
    assert found.fault == "ssh-keygen gave nothing within 0.2 s"
    slow.write_text("#!/bin/sh\nexit 3\n")
    assert check(WORDS, "s", "Ada", signers=signers, now=NOW).fault.endswith("no reason given")
    monkeypatch.setenv("PATH", str(keys.folder / "empty"))
    with pytest.raises(StoreError, match="openssh-client"):
        check(WORDS, "s", "Ada", signers=signers, now=NOW)


def test_canonical_json_has_one_form() -> None:
    assert canonical({"b": [1, None], "a": "\u00e9"}) == '{"a":"\\u00e9","b":[1,null]}'
