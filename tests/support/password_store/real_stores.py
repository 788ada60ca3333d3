"""Real keys of gpg and real stores written by `pass`.

The keys are made once per process, in a home below /tmp: an agent starts only in a home with a
short path. Tests get copies.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain import SecretInPass

PASSPHRASE = ' p\u00e4ss-canary7391\u0160 "quo\'ted" $(id) \\ # %41 \t\x85 '
"""Contains what a shell, a terminal, Latin-1 and a configuration file would each spoil."""

_LONG_AGO = ("--faked-system-time", "20200101T000000")


def require_programs(*names: str) -> None:
    """Skip the test when one of the programs `names` is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        msg = f"needs {' and '.join(missing)}"
        raise SkipTest(msg)


def gpg(home: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run gpg, and return what it writes."""
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--trust-model", "always"]
    done = subprocess.run([*command, *arguments], input=given, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def new_home(place: Path | None = None) -> Path:
    """Create an empty home: `place`, or one where an agent can start."""
    home = place or Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def forget(home: Path) -> None:
    """End every agent of `home`, and remove the directory."""
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    shutil.rmtree(home, ignore_errors=True)


@cache
def all_keys() -> Path:
    """Create a key of every kind, each with the name of its kind; return their home."""
    require_programs("gpg", "gpgconf", "gpg-agent")
    home = new_home()
    atexit.register(forget, home)
    # Otherwise each unlocking of a key takes half a second of a processor.
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
    without = ("--passphrase", "")
    with_passphrase = ("--pinentry-mode", "loopback", "--passphrase-fd", "0")
    for name in ("plain", "second", "subkeys", "revoked"):
        _make(home, name, *without)
    _make(home, "locked", *with_passphrase, given=f"{PASSPHRASE}\n".encode())
    _make(home, "other-lock", *with_passphrase, given=b"another passphrase\n")
    _make(home, "rsa", *without, algorithms=("rsa2048", "rsa2048"))
    _make(home, "expired", *without, *_LONG_AGO, expires="1d")
    gpg(home, *without, "--quick-add-key", fingerprint(home, "subkeys"), "cv25519", "encr", "never")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    return home


def _make(
    home: Path,
    name: str,
    *options: str,
    given: bytes = b"",
    expires: str = "never",
    algorithms: tuple[str, str] = ("ed25519", "cv25519"),
) -> None:
    gpg(home, *options, "--quick-gen-key", name, algorithms[0], "cert", expires, given=given)
    subkey = ("--quick-add-key", fingerprint(home, name), algorithms[1], "encr", expires)
    gpg(home, *options, *subkey, given=given)


def fingerprint(home: Path, name: str) -> str:
    """Return the fingerprint of the first key called `name`."""
    return fingerprints(home, name)[0]


def fingerprints(home: Path, name: str) -> list[str]:
    """Return the fingerprints of the key called `name` and of its subkeys."""
    listed = gpg(home, "--with-colons", "--with-subkey-fingerprint", "--list-keys", name).decode()
    return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]


class GnupgTestCase(TestCase):
    """A home with all the keys, whose path is longer than a socket's can be."""

    def setUp(self) -> None:
        self.base = Path(self.mktemp()).resolve() / ("long-" * 20)
        self.base.mkdir(parents=True)
        self.gnupg_home = self.base / "gnupg"
        _copy(all_keys(), self.gnupg_home)
        self.gnupg_home.chmod(0o700)

    def short_home(self) -> Path:
        """Return a copy of the home where an agent can start, for this test."""
        home = new_home()
        self.addCleanup(forget, home)
        _copy(self.gnupg_home, home)
        return home

    def replace_gpg(self, script: str, program: str = "gpg") -> None:
        """Put a shell script before gpg in the path of this process and its children."""
        programs = self.base / "bin"
        programs.mkdir(exist_ok=True)
        (programs / program).write_text(f"#!/bin/sh\n{script}\n")
        (programs / program).chmod(0o755)
        path = os.environ["PATH"].removeprefix(f"{programs}:")
        self.patch(os, "environ", {**os.environ, "PATH": f"{programs}:{path}"})


def _copy(home: Path, to: Path) -> None:
    ignored = shutil.ignore_patterns("S.*", ".#*")
    shutil.copytree(home, to, dirs_exist_ok=True, ignore=ignored)


class PasswordStoreTestCase(GnupgTestCase):
    """A home with all the keys, and a store."""

    def setUp(self) -> None:
        require_programs("pass")
        super().setUp()
        self.dir = self.base / "store"

    def run_pass(self, *arguments: str, given: str = "", directory: Path | None = None) -> str:
        """Run `pass`, and return what it prints."""
        environment = {
            **os.environ,
            "GNUPGHOME": str(self.gnupg_home),
            "PASSWORD_STORE_DIR": str(directory or self.dir),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.org",
        }
        done = subprocess.run(
            ["pass", *arguments],
            input=given.encode(),
            capture_output=True,
            check=False,
            env=environment,
        )
        if done.returncode:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode()

    def insert(self, name: str, content: str) -> None:
        """Write an entry with `pass`."""
        self.run_pass("insert", "--multiline", "--force", name, given=content)

    def encrypt(self, name: str, content: str | bytes, *options: str) -> None:
        """Write an entry with gpg itself and its `options`."""
        given = content.encode() if isinstance(content, str) else content
        encrypted = gpg(self.gnupg_home, *options, "--encrypt", given=given)
        self.write(name, encrypted)

    def write(self, name: str, encrypted: bytes) -> Path:
        """Write the file of an entry, and return its path."""
        file = self.dir / f"{name}.gpg"
        for folder in reversed([self.dir, *file.relative_to(self.dir).parents[:-1]]):
            (self.dir / folder).mkdir(mode=0o700, exist_ok=True)
        file.write_bytes(encrypted)
        file.chmod(0o600)
        return file

    def provider(self, passphrase: object = None, **kwargs: Any) -> SecretInPass:
        """Return a started provider for the store; it is stopped after the test."""
        arguments = {"dirname": self.dir, "gnupg_home": self.gnupg_home, **kwargs}
        provider = SecretInPass(passphrase, **arguments)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider
