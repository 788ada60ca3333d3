"""`SecretInPass` with real keys, and stores that the real `pass` wrote."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pyotp

from buildbot_keychain import Secret, SecretInPass, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from tests.integration.password_stores import (
    PASSPHRASE,
    PasswordStoreTestCase,
    fingerprint,
    fingerprints,
    gpg,
    new_home,
    require_programs,
)
from tests.unit.fakes import DictProvider, everything_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/App:robot?secret={SECRET}&issuer=App"
ENTRY = f"correct horse: battery \nuser: alice\nurl:https://example.org:8443/\n{URI}\nnote\n"


class EntryTests(PasswordStoreTestCase):
    """What is given of an entry."""

    def setUp(self) -> None:
        super().setUp()
        self.run_pass("init", "plain")

    async def test_the_parts_of_an_entry(self) -> None:
        self.insert("team/app", ENTRY)
        provider = self.provider()
        for path, value in (
            ("team/app", "correct horse: battery "),
            ("team/app|user", "alice"),
            ("team/app|url", "https://example.org:8443/"),
            ("team/app|*", ENTRY),
            ("team/app|correct horse", None),
            ("team/app|nothing", None),
            ("team/app|", None),
        ):
            self.assertEqual(await provider.get(path), value, path)

    async def test_a_one_time_code(self) -> None:
        self.insert("app", ENTRY)
        expected = pyotp.TOTP(SECRET)
        before = time.time()
        code = await self.provider().get("app|otp")
        self.assertIn(code, {expected.at(int(before)), expected.at(int(time.time()))})

    async def test_an_entry_without_an_uri_has_no_code(self) -> None:
        self.insert("app", "x\notp: 123456\n")
        self.assertIsNone(await self.provider().get("app|otp"))

    async def test_codes_that_cannot_be_given(self) -> None:
        for uri in ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP", "otpauth://totp/a?secret=0189"):
            self.insert("app", f"x\n{uri}\n")
            failure: Any = await self.assertFailure(self.provider().get("app|otp"), InvalidSecret)
            self.assertIn("otpauth://", str(failure))
            self.assertNotIn(uri[-8:], everything_of(failure))

    async def test_the_text_is_as_pass_shows_it(self) -> None:
        for number, content in enumerate(
            (
                "",
                "\n",
                "one",
                "пароль 🔑\n",
                "a\r\nb: c\r\n",
                "x\n---\nk: v\nl:\n  - 1\n",
                "\u2028x\x0by",
            )
        ):
            self.insert(f"e{number}", content)
            self.assertEqual(await self.provider().get(f"e{number}|*"), content)

    async def test_what_is_no_entry_is_not_held(self) -> None:
        self.insert("team/app", "x\n")
        self.insert("team/deep/er", "x\n")
        (self.dir.parent / "outside.gpg").write_bytes((self.dir / "team/app.gpg").read_bytes())
        provider = self.provider()
        for name in ("team", "team/", "", "/", ".", "nobody", "../outside", "team/../team/app"):
            for field in ("", "|*", "|otp"):
                self.assertIsNone(await provider.get(name + field), name + field)
        for name in (
            "/team/app",
            "team/app.gpg",
            ".gpg-id",
            "team/app/x",
            "team//app",
            "team/app\0",
        ):
            self.assertIsNone(await provider.get(name), name)

    async def test_what_is_no_text_is_an_error(self) -> None:
        self.encrypt("blob", b"s3cr3t\xff\n", "-r", "plain")
        failure: Any = await self.assertFailure(self.provider().get("blob"), InvalidSecret)
        self.assertIn("base64", str(failure))
        self.assertNotIn("s3cr3t", everything_of(failure))

    async def test_old_entries_of_gopass_are_an_error(self) -> None:
        self.insert("old", "GOPASS-SECRET-1.0\nPassword: x\n\n")
        failure: Any = await self.assertFailure(self.provider().get("old"), InvalidSecret)
        self.assertIn("gopass", str(failure))

    async def test_damage_is_an_error(self) -> None:
        self.insert("good", "s3cr3t" * 100)
        encrypted = (self.dir / "good.gpg").read_bytes()
        flipped = bytearray(encrypted)
        flipped[-30] ^= 1
        for content, said in (
            (bytes(flipped), "damaged"),
            (encrypted[:-50], "damaged"),
            (b"password\n", "not a file that gpg encrypted"),
            (b"", "not a file that gpg encrypted"),
            (gpg(self.gnupg_home, "--store", given=b"s3cr3t"), "not a file that gpg encrypted"),
        ):
            self.write("bad", content)
            failure: Any = await self.assertFailure(self.provider().get("bad"), InvalidSecret)
            self.assertIn(said, str(failure))
            self.assertNotIn("s3cr3t", everything_of(failure))

    async def test_what_is_too_large_when_decrypted(self) -> None:
        self.encrypt("bomb", b"\0" * (8 << 20), "-r", "plain")
        self.assertLess((self.dir / "bomb.gpg").stat().st_size, 20_000)
        failure: Any = await self.assertFailure(self.provider().get("bomb"), InvalidSecret)
        self.assertIn("larger than 1 MiB", str(failure))
        self.insert("longest", "x" * 1_000_000)
        self.assertEqual(await self.provider().get("longest"), "x" * 1_000_000)


class KeyTests(PasswordStoreTestCase):
    """Which key decrypts, and what is said where none does."""

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
        # Each time anew.
        other.answers["passphrase"] = "out of date"
        await self.assertFailure(manager.get("SecretInPass!token"), AccessDenied)
        for answer, error, said in (
            (None, ProviderError, "no provider holds the secret 'other!passphrase'"),
            (f"{PASSPHRASE}\n", ProviderError, "line end"),
            (
                ProviderUnavailable("other", "passphrase", "it sleeps"),
                ProviderUnavailable,
                "sleeps",
            ),
        ):
            other.answers["passphrase"] = answer
            failure: Any = await self.assertFailure(manager.get("SecretInPass!token"), error)
            self.assertIn(said, str(failure))
            self.assertIn("gpgPassphrase", str(failure))
            self.assertNotIn(PASSPHRASE, everything_of(failure))

    async def test_a_renderable_without_a_manager(self) -> None:
        provider = self.provider(Secret("passphrase"))
        self.dir.mkdir(mode=0o700)
        failure: Any = await self.assertFailure(provider.get("token"), ProviderError)
        self.assertIn("SecretManager", str(failure))

    async def test_three_troubles_with_keys_are_three_errors(self) -> None:
        self.run_pass("init", "locked")
        self.insert("token", "opened\n")
        empty = new_home(self.dir.parent / "empty")
        key = fingerprints(self.gnupg_home, "locked")[1][-16:]
        for passphrase, home, said, remedy in (
            (None, self.gnupg_home, "is locked", "give its passphrase as gpgPassphrase"),
            ("wrong", self.gnupg_home, "does not open the private key", "correct gpgPassphrase"),
            (PASSPHRASE, empty, "holds no private key", "`gpg --import`"),
        ):
            provider = self.provider(passphrase, gnupg_home=home)
            failure: Any = await self.assertFailure(provider.get("token"), AccessDenied)
            for part in (said, remedy, key, str(self.dir / "token.gpg"), str(home)):
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

    async def test_recipients_that_are_hidden(self) -> None:
        self.encrypt("token", "found\n", "-R", "second")
        self.assertEqual(await self.provider().get("token"), "found")

    async def test_a_key_whose_primary_part_is_elsewhere(self) -> None:
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

    async def test_what_gpg_says_is_not_logged(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        (self.gnupg_home / "gpg.conf").write_text("show-session-key\nverbose\n")
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("other").debug("something")
            self.assertEqual(await self.provider().get("token"), "found")
        self.assertEqual([record.name for record in logs.records], ["other"])

    async def test_the_conversation_with_an_agent_is_not_asked_for(self) -> None:
        """python-gnupg has gpg print it where the environment says so, passphrase included."""
        self.encrypt("token", "found\n", "-r", "locked")
        arguments = self.dir.parent / "arguments"
        self.put_before_path(f'echo "$@" >>{arguments}; exec {shutil.which("gpg")} "$@"')
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

    async def test_a_home_that_is_not_there(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        provider = self.provider(gnupg_home=self.dir.parent / "nowhere")
        failure: Any = await self.assertFailure(provider.get("token"), ProviderUnavailable)
        self.assertIn("nowhere is no directory", str(failure))


class StoreTests(PasswordStoreTestCase):
    """Stores in git, behind links, and open to others."""

    async def test_a_store_in_git_that_changes(self) -> None:
        require_programs("git")
        origin = self.dir.parent / "origin"
        self.run_pass("init", "plain", directory=origin)
        self.run_pass("git", "init", directory=origin)
        self.run_pass("insert", "-m", "token", given="one\n", directory=origin)
        self.git(self.dir.parent, "clone", "--quiet", str(origin), str(self.dir))
        self.dir.chmod(0o700)
        self.assertEqual((self.dir / "token.gpg").stat().st_mode & 0o777, 0o644)
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "one")

        self.run_pass("insert", "-m", "-f", "token", given="two\n", directory=origin)
        self.run_pass("insert", "-m", "new/er", given="three\n", directory=origin)
        self.git(self.dir, "pull", "--quiet")
        self.assertEqual(await provider.get("token"), "two")
        self.assertEqual(await provider.get("new/er"), "three")

        self.run_pass("rm", "-f", "token", directory=origin)
        self.git(self.dir, "pull", "--quiet")
        self.assertIsNone(await provider.get("token"))

    def git(self, directory: Path, *arguments: str) -> None:
        umask = ("sh", "-c", 'umask 022 && exec git "$@"', "git")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
        subprocess.run([*umask, *arguments], cwd=directory, env=environment, check=True)

    async def test_a_store_that_is_a_link(self) -> None:
        real = self.dir.with_name("real")
        self.run_pass("init", "plain", directory=real)
        self.dir.symlink_to(real)
        self.insert("a/b", "found\n")
        self.assertEqual(await self.provider().get("a/b"), "found")

    async def test_links(self) -> None:
        self.run_pass("init", "plain")
        self.insert("a/b", "found\n")
        (self.dir / "alias.gpg").symlink_to("a/b.gpg")
        (self.dir / "folder").symlink_to("a")
        outside = self.dir.with_name("outside")
        shutil.copytree(self.dir / "a", outside)
        (self.dir / "out").symlink_to(outside)
        provider = self.provider()
        self.assertEqual(await provider.get("alias"), "found")
        self.assertEqual(await provider.get("folder/b"), "found")
        failure: Any = await self.assertFailure(provider.get("out/b"), AccessDenied)
        self.assertIn(f"{self.dir}/out is a link that leads out", str(failure))

    async def test_a_store_that_others_can_enter(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        (self.dir / "token.gpg").chmod(0o644)
        self.assertEqual(await self.provider().get("token"), "found")
        self.dir.chmod(0o711)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 600 {self.dir}/token.gpg", str(failure))
        self.dir.chmod(0o777)
        failure = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 700 {self.dir}", str(failure))

    async def test_a_store_that_is_not_there(self) -> None:
        failure: Any = await self.assertFailure(self.provider().get("token"), ProviderUnavailable)
        self.assertIn(str(self.dir), str(failure))

    async def test_half_of_a_file_is_read_again(self) -> None:
        """What a program was writing while we read is decrypted as it has become."""
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        whole = (self.dir / "token.gpg").read_bytes()
        self.write("token", whole[:40])
        provider = self.provider()
        keyring_of(provider, lambda: self.write("token", whole))
        self.assertEqual(await provider.get("token"), "found")


def keyring_of(provider: SecretInPass, after: Any) -> None:
    """Have `after` called between the first decryption and what follows it."""
    from buildbot_keychain.providers.password_store.keyring import Keyring

    keyring = provider._keyring = Keyring(provider.gnupg_home)
    decrypt = keyring.decrypt

    def decrypted(*arguments: Any) -> Any:
        keyring.decrypt = decrypt  # type: ignore[method-assign]
        result = decrypt(*arguments)
        after()
        return result

    keyring.decrypt = decrypted  # type: ignore[method-assign]


class ConfigurationTests(PasswordStoreTestCase):
    """What is said when a configuration is checked."""

    def said(self, **kwargs: Any) -> str:
        arguments = {"dirname": self.dir, "gnupg_home": self.gnupg_home, **kwargs}
        return "\n".join(SecretInPass(**arguments).complaints())

    def test_a_store_that_is_as_it_should_be(self) -> None:
        self.run_pass("init", "plain")
        self.run_pass("init", "--path=team", "locked", "second")
        self.insert("team/x", "x\n")
        self.assertEqual(self.said(), "")

    def test_no_store(self) -> None:
        self.assertIn(f"cannot look at the directory {self.dir}", self.said())

    def test_a_directory_that_is_no_store(self) -> None:
        self.dir.mkdir(mode=0o700)
        self.assertIn("no file .gpg-id; make one with `pass init`", self.said())

    def test_a_store_that_others_can_list(self) -> None:
        self.run_pass("init", "plain")
        self.dir.chmod(0o755 if os.getuid() else 0o775)
        self.assertIn(f"run: chmod 700 {self.dir}", self.said())

    def test_keys_that_are_not_there(self) -> None:
        self.run_pass("init", "plain")
        (self.dir / "team").mkdir(mode=0o700)
        (self.dir / "team/.gpg-id").write_text("# ours\nnobody@example.org\n--version\n")
        said = self.said()
        self.assertIn(f"no private key for the entries of {self.dir}/team:", said)
        self.assertIn("names nobody@example.org, --version", said)
        self.assertEqual(said.count("\n"), 0)

    def test_no_home(self) -> None:
        self.run_pass("init", "plain")
        self.assertIn("nowhere is no directory", self.said(gnupg_home=self.dir.parent / "nowhere"))

    def test_no_gpg(self) -> None:
        self.run_pass("init", "plain")
        self.patch(os, "environ", {**os.environ, "PATH": str(self.dir)})
        self.assertIn("install GnuPG 2.1 or newer", self.said())

    def test_a_gpg_that_will_not_do(self) -> None:
        self.run_pass("init", "plain")
        for script, said in (
            ("echo cfg:version:2.0.22", "gpg is of version 2.0.22; install GnuPG 2.1 or newer"),
            ("exit 2", "gpg does not run; run `gpg --list-config` to see why"),
        ):
            self.put_before_path(script)
            self.assertIn(said, self.said())


class HangingTests(PasswordStoreTestCase):
    """A gpg that hangs is killed, with what it has started."""

    async def test_it_is_killed_at_the_deadline(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "found")
        started = self.dir.parent / "started"
        path = os.environ["PATH"]
        self.put_before_path(f"sleep 600 & echo $$ $! >{started}\nwait")
        provider.deadline = 0.5
        failure: Any = await self.assertFailure(provider.get("token"), DeadlineExceeded)
        self.assertIn("no answer within 0.5 seconds", str(failure))
        numbers = started.read_text().split()
        self.patch(os, "environ", {**os.environ, "PATH": path})
        provider.deadline = 30.0
        # All threads are there again.
        for _ in range(provider.threads + 1):
            self.assertEqual(await provider.get("token"), "found")
        self.assertFalse(Path("/proc", numbers[0]).exists())
        self.assertIn(state_of(numbers[1]), {"gone", "Z"})


def state_of(number: str) -> str:
    """Give the state of a process, as ps does; what its adopted parent has not waited for is Z."""
    try:
        return Path("/proc", number, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"
