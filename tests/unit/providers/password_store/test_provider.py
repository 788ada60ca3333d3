from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from unittest import mock

from twisted.internet.defer import Deferred, gatherResults, succeed

from buildbot_keychain import Interpolate, Secret, SecretInPass, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.store.imports import ImportedSecret, read_password_store
from buildbot_keychain.testing import ProviderContract
from tests.support.fakes import DictProvider
from tests.support.password_store.age_stores import AgeStoreTestCase
from tests.support.password_store.fake_keyring import FakeStoreTestCase

NO_KEY = [("NO_SECKEY", "F78CA4C644546B5A")]


class ProviderCase(FakeStoreTestCase):
    def provider(self, passphrase: object = None) -> SecretInPass:
        provider = SecretInPass(passphrase, self.dir, "/home/keys")
        self.patch(provider, "_keyring", self.keyring)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider


class LookupTests(ProviderCase):
    async def test_the_parts_of_an_entry(self) -> None:
        self.put("team/app", b"1", b"password\nuser: alice\n")
        provider = self.provider()
        for path, value in (
            ("team/app", "password"),
            ("team/app|user", "alice"),
            ("team/app|*", "password\nuser: alice\n"),
            ("team/app|otp", None),
            ("team/app|", None),
            ("team", None),
            ("../team/app", None),
            (".gpg-id", None),
            ("", None),
        ):
            self.assertEqual(await provider.get(path), value, path)

    async def test_an_error_names_the_whole_path(self) -> None:
        self.put("app", b"1", NO_KEY)
        error: Any = await self.assertFailure(self.provider().get("app|user"), AccessDenied)
        self.assertEqual((error.provider, error.path), ("SecretInPass", "app|user"))

    async def test_a_one_time_code_that_cannot_be_computed(self) -> None:
        self.put("app", b"1", b"x\notpauth://hotp/a?secret=s3cr3t\n")
        error: Any = await self.assertFailure(self.provider().get("app|otp"), InvalidSecret)
        self.assertEqual(error.path, "app|otp")
        self.assertIn("counter-based", str(error))

    async def test_a_passphrase_is_rendered_at_each_lookup(self) -> None:
        self.put("app", b"1", b"x\n")
        provider = self.provider(Secret("passphrase"))
        answers = ["one", "two\n"]
        provider.use_renderer(lambda _: succeed(answers.pop(0)))
        self.assertEqual(await provider.get("app"), "x")
        error: Any = await self.assertFailure(provider.get("app"), ProviderError)
        self.assertIn("gpgPassphrase renders to a text that contains a line end", str(error))

    async def test_a_stop_while_the_passphrase_is_rendered(self) -> None:
        provider = self.provider(Secret("passphrase"))
        rendered: Deferred[str] = Deferred()
        provider.use_renderer(lambda _: rendered)
        lookup = provider.get("app")
        await provider.stopService()
        rendered.callback("one")
        error: Any = await self.assertFailure(lookup, ProviderUnavailable)
        self.assertIn("it has been stopped; start it again", str(error))


class EntriesTests(ProviderCase):
    async def test_whole_entries_can_be_imported(self) -> None:
        self.put("team/app", b"1", b"password\nuser: alice\na note\n")
        self.put("key", b"2", b"secret\n")
        provider = self.provider()
        self.assertEqual(list(provider.entries()), ["key", "team/app"])
        whole = {name: await provider.get(f"{name}|*") for name in provider.entries()}
        items = [(name, partial(whole.get, name)) for name in whole]
        found = read_password_store(items, "pass")
        values = {entry.name: entry.value for entry in found if isinstance(entry, ImportedSecret)}
        expected = {
            "key": "secret",
            "team/app": "password",
            "team/app/user": "alice",
            "team/app/all": "password\nuser: alice\na note\n",
        }
        self.assertEqual(values, expected)

    def test_a_store_that_is_missing(self) -> None:
        provider = SecretInPass(dirname=self.mktemp())
        self.assertRaises(ProviderUnavailable, provider.entries)


class SimultaneousLookupTests(ProviderCase):
    async def test_lookups_of_one_entry_share_its_decryption(self) -> None:
        self.put("app", b"1", b"x\nuser: alice\n")
        provider = self.provider()
        paths = ["app", "app|user", "app|*", "app|nothing"] * 5
        values = await gatherResults([provider.get(path) for path in paths])
        self.assertEqual(values, ["x", "alice", "x\nuser: alice\n", None] * 5)
        self.assertLess(len(self.keyring.decrypted), 20)

    async def test_each_of_them_gets_an_error_of_its_own(self) -> None:
        self.put("app", b"1", NO_KEY)
        provider = self.provider()
        paths = ["app", "app|user"]
        lookups = [provider.get(path) for path in paths]
        errors: list[Any] = [await self.assertFailure(lookup, AccessDenied) for lookup in lookups]
        self.assertEqual([error.path for error in errors], paths)

    async def test_no_answer_is_older_than_its_question(self) -> None:
        reading, may_end = threading.Event(), threading.Event()

        def old() -> bytes:
            reading.set()
            may_end.wait(10)
            return b"old\n"

        self.put("app", b"1", old)
        provider = self.provider()
        early = provider.get("app")
        self.assertTrue(reading.wait(10))
        self.put("app", b"2", b"new\n")
        late = provider.get("app")
        may_end.set()
        self.assertEqual([await early, await late], ["old", "new"])

    async def test_a_lookup_that_takes_too_long(self) -> None:
        may_end = threading.Event()
        self.addCleanup(may_end.set)
        self.put("app", b"1", lambda: (may_end.wait(10) and b"") or b"")
        provider = self.provider()
        provider.deadline = 0.1
        error: Any = await self.assertFailure(provider.get("app"), DeadlineExceeded)
        self.assertIn("no answer within 0.1 seconds; is ", str(error))


class ConfigurationTests(ProviderCase):
    def test_wrong_arguments(self) -> None:
        make: Any = SecretInPass
        for arguments, reason in (
            ({"gpgPassphrase": 7}, "gpgPassphrase must be a str or a renderable"),
            ({"gpgPassphrase": "s3cr3t\n"}, "gpgPassphrase contains a line end"),
            ({"dirname": ""}, "dirname must be the path of a directory, not ''"),
            ({"gnupg_home": b"x"}, "gnupg_home must be the path of a directory, not b'x'"),
            ({"name": "a!b"}, "name must be"),
        ):
            error = self.assertRaises(ConfigurationError, make, **arguments)
            self.assertIn(reason, str(error))
            self.assertNotIn("s3cr3t", str(error))

    def test_every_renderable_is_accepted(self) -> None:
        for renderable in (Secret("x"), Interpolate("%(secret:x)s")):
            SecretInPass(renderable)

    def test_a_library_is_missing(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInPass)
        self.assertIn("run: pip install 'buildbot-keychain[pass]'", str(error))

    def test_default_directories(self) -> None:
        self.patch(os, "environ", {"HOME": "/h"})
        provider = SecretInPass()
        self.assertEqual(
            (provider.dirname, provider.gnupg_home), ("/h/.password-store", "/h/.gnupg")
        )
        self.patch(os, "environ", {"HOME": "/h", "GNUPGHOME": "/keys"})
        self.assertEqual(SecretInPass().gnupg_home, "/keys")


class AgeContractTests(ProviderContract, AgeStoreTestCase):
    """A store that is encrypted with age: nothing of GnuPG is needed."""

    test_unreachable_server_is_unavailable = None  # type: ignore[assignment] # it has no server

    def make_provider(self) -> SecretInPass:
        return SecretInPass(dirname=self.dir, age_key_file=self.key_file)

    def store(self, name: str, value: str) -> None:
        new = self.put(f"{name}.new", f"{value}\nsecond: line\n")
        new.rename(self.dir / f"{name}.age")  # a lookup may read at the same time

    def can_hold(self, value: str) -> bool:
        return "\n" not in value and "\r" not in value

    def remove(self, name: str) -> None:
        (self.dir / f"{name}.age").unlink()

    def break_store(self, provider: Any) -> None:
        self.key_file.chmod(0o644)

    def repair_store(self, provider: Any) -> None:
        self.key_file.chmod(0o600)

    def hang(self, provider: Any) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        provider.deadline = 0.2
        provider._age.read = lambda name, key: over.wait(20) and None

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        make: Any = SecretInPass
        yield lambda: make(age_key_file="")
        yield lambda: make(age_key_file=5)
        yield lambda: make(age_key=b"bytes")
        yield lambda: make(age_key="x", age_key_file="y")
        yield lambda: make("passphrase", age_key_file="y")
        yield lambda: make(gnupg_home="/home/keys", age_key="x")


class AgeTests(AgeStoreTestCase):
    async def test_a_renderable_key_and_the_parts_of_an_entry(self) -> None:
        self.put("app", "password\nuser: alice\ntotp: JBSWY3DPEHPK3PXP\n")
        provider = SecretInPass(dirname=self.dir, age_key=Secret("keys!age"))
        manager = SecretManager([provider, DictProvider("keys", {"age": str(self.identity)})])
        manager.startService()
        self.addCleanup(manager.stopService)
        self.assertEqual((await manager.get("pass!app")).value, "password")
        self.assertEqual((await manager.get("pass!app|user")).value, "alice")
        self.assertRegex((await manager.get("pass!app|otp")).value, r"^\d{6}$")
        self.assertEqual(list(provider.check_config()), [])

    def test_what_a_check_reports(self) -> None:
        provider = SecretInPass(dirname=self.dir, age_key_file=self.top / "absent", name="p")
        (problem,) = provider.check_config()
        self.assertIn("provider 'p': ", problem)
        self.assertIn("absent does not exist; create it with: age-keygen -o", problem)
