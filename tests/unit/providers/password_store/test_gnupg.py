from __future__ import annotations

import os
import shutil
import time
from typing import Any

from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._gnupg import (
    decrypt,
    has_decryption_key,
    open_gnupg,
)
from buildbot_keychain.providers.password_store._processes import Supervisor, Supervisors
from buildbot_keychain.providers.password_store._status import Outcome, outcome
from tests.support.password_store.real_stores import PASSPHRASE, GnupgTestCase, gpg

LISTS = "case \"$*\" in *--list-config*) echo cfg:version:2.2.40; exec printf '%s\\n' {};; esac"


class GnupgCase(GnupgTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.supervisor = Supervisor(Supervisors(), time.monotonic() + 30)
        self.supervisor.__enter__()
        self.addCleanup(self.supervisor.__exit__, None, None, None)

    def open(self, home: object = None) -> Any:
        return open_gnupg(str(home or self.gnupg_home), self.supervisor)


class OpenTests(GnupgCase):
    def test_gpg_is_missing(self) -> None:
        self.patch(os, "environ", {"PATH": str(self.base)})
        error = self.assertRaises(GpgError, self.open)
        self.assertEqual(str(error), "gpg cannot be run; install GnuPG 2.1 or newer")

    def test_gpg_fails_or_is_too_old(self) -> None:
        for script, problem in (
            ("exit 2", "gpg fails to run; to see why, run: gpg --list-config"),
            ("echo cfg:version:2.0.22", "the version of gpg is 2.0.22; install GnuPG 2.1"),
        ):
            self.replace_gpg(script)
            self.assertIn(problem, str(self.assertRaises(GpgError, self.open)))


class GpgTests(GnupgCase):
    def test_decrypt(self) -> None:
        home = self.short_home()
        given = open_gnupg(str(home), self.supervisor)
        for name, passphrase, expected in (
            ("plain", None, (b"text", Outcome.DECRYPTED)),
            ("locked", PASSPHRASE, (b"text", Outcome.DECRYPTED)),
            ("other-lock", PASSPHRASE, (b"", Outcome.WRONG_PASSPHRASE)),
        ):
            encrypted = gpg(self.gnupg_home, "--encrypt", "-r", name, given=b"text")
            text, statuses = decrypt(given, encrypted, passphrase)
            self.assertEqual((text, outcome(statuses)), expected, name)

    def test_gpg_that_ends_before_it_has_read_its_input(self) -> None:
        home = self.open()
        self.replace_gpg("exit 2")
        self.assertRaises(OSError, decrypt, home, b"x" * 1_000_000, None)
        # Where it has reported why, that counts.
        self.replace_gpg("echo '[GNUPG:] NODATA 1' >&2; exit 2")
        _, statuses = decrypt(home, b"x" * 1_000_000, None)
        self.assertIs(outcome(statuses), Outcome.NOT_ENCRYPTED)

    def test_keys_and_groups_of_keys(self) -> None:
        home = self.short_home()
        (home / "gpg.conf").write_text("group ours = nobody plain\n")
        shutil.rmtree(home / "openpgp-revocs.d")
        given = open_gnupg(str(home), self.supervisor)
        for recipients, found in (
            (["plain"], True),
            (["nobody", "ours"], True),
            (["nobody"], False),
            (["--version"], False),
            ([], False),
        ):
            self.assertIs(has_decryption_key(given, recipients), found, recipients)

    def test_the_conversation_with_the_agent_is_never_logged(self) -> None:
        """python-gnupg has gpg print it, passphrase included, if the environment asks for it."""
        arguments = self.base / "arguments"
        self.replace_gpg(f'{LISTS.format("cfg:x")}; echo "$@" >{arguments}')
        self.patch(os, "environ", {**os.environ, "DEBUG_IPC": "1"})
        decrypt(self.open(), b"x", PASSPHRASE)
        self.assertIn("--passphrase-fd 0", arguments.read_text())
        self.assertNotIn("--debug", arguments.read_text())
