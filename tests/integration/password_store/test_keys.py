"""Which key decrypts for `SecretInPass`, and what it reports when none does."""

from __future__ import annotations

import logging
import os
import shutil
from typing import Any

from buildbot_keychain import Secret, SecretManager
from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from tests.support.fakes import DictProvider
from tests.support.password_store.real_stores import (
    PASSPHRASE,
    PasswordStoreTestCase,
    fingerprint,
    fingerprints,
    gpg,
    new_home,
)
from tests.support.reachable import reachable_text


class KeyTests(PasswordStoreTestCase):
    async def test_every_kind_of_key(self) -> None:
        old_subkey = fingerprints(self.gnupg_home, "subkeys")[1] + "!"
        then = ("--faked-system-time", "20200101T010000")
        for name, options in (
            ("plain", ()),
            ("rsa", ()),
            ("subkeys", ()),
            (old_subkey, ()),
            ("expired", then),
            ("revoked", ()),
        ):
            self.encrypt(name.strip("!"), f"for {name}\n", "-r", name, *options)
        self.revoke("revoked")
        provider = self.provider()
        for name in ("plain", "rsa", "subkeys", old_subkey, "expired", "revoked"):
            self.assertEqual(await provider.get(name.strip("!")), f"for {name}")

    def revoke(self, name: str) -> None:
        certificate = self.gnupg_home / f"openpgp-revocs.d/{fingerprint(self.gnupg_home, name)}.rev"
        given = certificate.read_text().replace(":-----BEGIN", "-----BEGIN").encode()
        gpg(self.gnupg_home, "--import", given=given)
        listed = gpg(self.gnupg_home, "--with-colons", "--list-keys", name).decode()
        self.assertIn("pub:r:", listed)

    async def test_a_passphrase_of_any_character(self) -> None:
        self.run_pass("init", "locked")
        self.insert("token", "opened\n")
        self.assertEqual(await self.provider(PASSPHRASE).get("token"), "opened")

    async def test_a_passphrase_that_no_key_needs(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "opened\n")
        for passphrase in (PASSPHRASE, ""):
            self.assertEqual(await self.provider(passphrase).get("token"), "opened")

    async def test_a_passphrase_from_another_provider(self) -> None:
        self.run_pass("init", "locked")
        self.insert("token", "opened\n")
        other = DictProvider("other", {"passphrase": PASSPHRASE})
        provider = self.provider(Secret("other!passphrase"))
        manager = SecretManager([provider, other])
        self.assertEqual((await manager.get("SecretInPass!token")).value, "opened")
        # It is looked up each time.
        other.answers["passphrase"] = "out of date"
        await self.assertFailure(manager.get("SecretInPass!token"), AccessDenied)
        for answer, error, problem in (
            (None, ProviderError, "secret 'other!passphrase': no provider holds it"),
            (f"{PASSPHRASE}\n", ProviderError, "line end"),
            (
                ProviderUnavailable("other", "passphrase", "it sleeps"),
                ProviderUnavailable,
                "sleeps",
            ),
        ):
            other.answers["passphrase"] = answer
            failure: Any = await self.assertFailure(manager.get("SecretInPass!token"), error)
            self.assertIn(problem, str(failure))
            self.assertIn("gpgPassphrase", str(failure))
            self.assertNotIn(PASSPHRASE, reachable_text(failure))

    async def test_nothing_that_an_error_refers_to_holds_the_passphrase(self) -> None:
        self.run_pass("init", "second")
        self.run_pass("init", "--path=empty", "locked")
        self.insert("empty/token", "opened\n")
        shutil.rmtree(self.gnupg_home / "private-keys-v1.d")
        provider = self.provider(Secret("other!passphrase"))
        manager = SecretManager([provider, DictProvider("other", {"passphrase": PASSPHRASE})])
        failure: Any = await self.assertFailure(manager.get("pass!empty/token"), AccessDenied)
        self.assertNotIn(PASSPHRASE, reachable_text(failure))

    async def test_a_renderable_without_a_manager(self) -> None:
        provider = self.provider(Secret("passphrase"))
        self.dir.mkdir(mode=0o700)
        failure: Any = await self.assertFailure(provider.get("token"), ProviderError)
        self.assertIn("SecretManager", str(failure))

    async def test_three_problems_with_keys_are_three_errors(self) -> None:
        self.run_pass("init", "locked")
        self.insert("token", "opened\n")
        empty = new_home(self.dir.parent / "empty")
        key = fingerprints(self.gnupg_home, "locked")[1][-16:]
        for passphrase, home, problem, remedy in (
            (None, self.gnupg_home, "is locked", "give its passphrase as gpgPassphrase"),
            ("wrong", self.gnupg_home, "does not unlock the private key", "correct gpgPassphrase"),
            (PASSPHRASE, empty, "has no private key", "`gpg --import`"),
        ):
            provider = self.provider(passphrase, gnupg_home=home)
            failure: Any = await self.assertFailure(provider.get("token"), AccessDenied)
            for part in (problem, remedy, key, str(self.dir / "token.gpg"), str(home)):
                self.assertIn(part, str(failure))
            self.assertNotIn(str(passphrase), str(failure))
        self.assertIn(f"{self.dir}/.gpg-id names locked", str(failure))

    async def test_several_keys_and_sub_directories(self) -> None:
        self.run_pass("init", "plain")
        self.run_pass("init", "--path=team", "locked", "second")
        self.run_pass("init", "--path=team/inner", "other-lock")
        for name in ("top", "team/x", "team/inner/y"):
            self.insert(name, f"in {name}\n")
        self.assertEqual(await self.provider().get("top"), "in top")
        self.assertEqual(await self.provider().get("team/x"), "in team/x")
        self.assertEqual(await self.provider("another passphrase").get("team/x"), "in team/x")
        self.assertEqual(
            await self.provider("another passphrase").get("team/inner/y"), "in team/inner/y"
        )
        failure: Any = await self.assertFailure(self.provider().get("team/inner/y"), AccessDenied)
        self.assertIn("is locked", str(failure))
        shutil.rmtree(self.gnupg_home / "private-keys-v1.d")
        failure = await self.assertFailure(self.provider().get("team/inner/y"), AccessDenied)
        self.assertIn(f"{self.dir}/team/inner/.gpg-id names other-lock", str(failure))

    async def test_hidden_recipients(self) -> None:
        self.encrypt("token", "found\n", "-R", "second")
        self.assertEqual(await self.provider().get("token"), "found")

    async def test_a_hidden_recipient_whose_key_is_locked(self) -> None:
        self.encrypt("token", "found\n", "-R", "locked")
        for passphrase in (None, "wrong"):
            provider = self.provider(passphrase)
            failure = await self.assertFailure(provider.get("token"), AccessDenied)
            self.assertIn("is unlocked decrypts", str(failure))
            self.assertIn("give the right passphrase as gpgPassphrase, unlock", str(failure))
            self.assertNotIn("has no private key", str(failure))
        self.assertEqual(await self.provider(PASSPHRASE).get("token"), "found")

    async def test_a_key_without_its_primary_part(self) -> None:
        self.encrypt("token", "found\n", "-r", "plain")
        subkeys = gpg(self.short_home(), "--export-secret-subkeys", "plain")
        home = self.short_home()
        for name in ("plain",):
            gpg(home, "--yes", "--delete-secret-keys", fingerprint(home, name))
        gpg(home, "--import", given=subkeys)
        (self.dir / ".gpg-id").write_text("plain\n")
        provider = self.provider(gnupg_home=home)
        self.assertEqual(await provider.get("token"), "found")

    async def test_warnings_of_gpg_do_not_matter(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        self.gnupg_home.chmod(0o755)
        (self.gnupg_home / "gpg.conf").write_text("verbose\nverbose\n")
        self.assertEqual(await self.provider().get("token"), "found")

    async def test_the_log_of_gpg_is_not_the_value(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        elsewhere = self.dir.parent / "elsewhere"
        for option in ("logger-fd 1", f"output {elsewhere}", "list-only", "status-fd 1"):
            (self.gnupg_home / "gpg.conf").write_text(f"{option}\n")
            self.assertEqual(await self.provider().get("token|*"), "found\n", option)
        self.assertFalse(elsewhere.exists())

    async def test_the_output_of_gpg_is_not_logged(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        (self.gnupg_home / "gpg.conf").write_text("show-session-key\nverbose\n")
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("other").debug("something")
            self.assertEqual(await self.provider().get("token"), "found")
        self.assertEqual([record.name for record in logs.records], ["other"])

    async def test_the_conversation_with_an_agent_is_not_logged(self) -> None:
        """python-gnupg has gpg print it, passphrase included, if the environment asks for it."""
        self.encrypt("token", "found\n", "-r", "locked")
        arguments = self.dir.parent / "arguments"
        self.replace_gpg(f'echo "$@" >>{arguments}; exec {shutil.which("gpg")} "$@"')
        self.patch(os, "environ", {**os.environ, "DEBUG_IPC": "1"})
        self.assertEqual(await self.provider(PASSPHRASE).get("token"), "found")
        self.assertIn("--passphrase-fd 0", arguments.read_text())
        self.assertNotIn("--debug", arguments.read_text())

    async def test_a_home_that_cannot_be_written(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        before = {path: path.stat().st_mtime_ns for path in self.gnupg_home.rglob("*")}
        self.assertEqual(await self.provider().get("token"), "found")
        after = {path: path.stat().st_mtime_ns for path in self.gnupg_home.rglob("*")}
        self.assertEqual(before, after)

    async def test_a_home_that_does_not_exist(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        provider = self.provider(gnupg_home=self.dir.parent / "nowhere")
        failure: Any = await self.assertFailure(provider.get("token"), ProviderUnavailable)
        self.assertIn("nowhere is not a directory", str(failure))
