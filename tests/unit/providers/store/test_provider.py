from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from twisted.internet.defer import gatherResults
from zope.interface.verify import verifyObject

from buildbot_keychain import Requester, Secret, SecretManager
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderError,
    SecretNotFound,
    StoreConflict,
    StoreUnavailable,
)
from buildbot_keychain.interfaces import (
    IAdministers,
    IBaseDirectory,
    ICanonicalNames,
    IDescribes,
    IListsNames,
    ITellsChanges,
)
from buildbot_keychain.providers.store import SecretInStore
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.ring import ADDED, RETIRED, KeyRing
from buildbot_keychain.store.rotating import Progress, Seen
from buildbot_keychain.store.unlocking import PassphraseFrom
from buildbot_keychain.store.wraps import Passphrase
from tests.support.fakes import DictProvider
from tests.support.store_case import ChangedStoreTestCase
from tests.support.store_keys import CHEAP, NOW
from tests.support.store_provider_case import StoreProviderTestCase

BUILD = Requester("build", builder="release-1")

SET = """
import sys, time
from buildbot_keychain.store.opening import OpenStore
store = OpenStore(sys.argv[1], sys.argv[2], actor="other")
store.secrets.set("token", sys.argv[3], now=int(time.time()))
store.close()
"""
"""A program that another process runs."""


class LookupTests(StoreProviderTestCase):
    async def test_versions_and_fields(self) -> None:
        self.put("db", '{"user": "one"}')
        self.put("db", '{"user": "two"}')
        provider = self.provider()
        for path, expected in {
            "db": '{"user": "two"}',
            "db@1": '{"user": "one"}',
            "db@1|user": "one",
            "db|user": "two",
            "db|other": None,
            "other@1": None,
        }.items():
            self.assertEqual(await provider.get(path), expected, path)
        message = await self.error_text(provider.get("db@7"))
        self.assertIn("secret 'db' has no version 7; it has 1, 2", message)

    async def test_what_another_process_has_written_is_seen_at_the_next_lookup(self) -> None:
        provider = self.started()
        self.assertIsNone(await provider.get("token"))
        self.put("token", "one")
        self.assertEqual(await provider.get("token"), "one")
        arguments = [self.url, str(self.ring_file.path), "two"]
        subprocess.run([sys.executable, "-c", SET, *arguments], check=True, timeout=60)
        self.assertEqual(await provider.get("token"), "two")

    async def test_deleted_and_expired_secrets(self) -> None:
        self.put("deleted", "canary")
        self.secrets.delete("deleted", now=NOW)
        self.put("expired", "canary", expires=NOW)
        self.put("binary", b"canary\xff")
        provider = self.provider()
        self.assertIsNone(await provider.get("deleted"))
        message = await self.error_text(provider.get("expired"), InvalidSecret)
        self.assertIn("secret 'expired': provider 'SecretInStore': it expired on", message)
        message = await self.error_text(provider.get("binary"), InvalidSecret)
        self.assertIn("is not UTF-8 text; store it in base64", message)

    async def test_builders(self) -> None:
        self.put("token", "x", allowed=["release-*"])
        provider = self.provider()
        self.assertEqual(await provider.get_for("token", BUILD), "x")
        self.assertEqual(await provider.get_for("token@1", BUILD), "x")
        asked = [
            provider.get("token"),
            provider.get_for("token", None),
            provider.get_for("token", Requester("build", builder="other")),
            provider.get_for("token", Requester("service", service="mail")),
        ]
        for lookup in asked:
            message = await self.error_text(lookup, AccessDenied)
            self.assertIn("it is for builds of some builders only ('release-*')", message)
        manager = SecretManager([provider])
        self.assertEqual((await manager.get("token", BUILD)).value, "x")
        await self.assertFailure(manager.get("token"), AccessDenied)

    async def test_builders_of_the_current_version_are_those_of_older_ones(self) -> None:
        self.put("token", "one")
        self.put("token", "two")
        provider = self.provider()
        self.assertEqual(await provider.get("token@1"), "one")
        self.secrets.edit("token", now=NOW, allowed=["release-*"])
        self.assertEqual(await provider.get_for("token@1", BUILD), "one")
        for path in ("token@1", "token@2"):
            await self.error_text(provider.get(path), AccessDenied)
        self.secrets.delete("token", now=NOW)
        self.assertIsNone(await provider.get("token@1"))

    async def test_the_url_may_hold_a_secret_of_another_provider(self) -> None:
        self.put("token", "x")
        url = Secret("url")
        provider = self.provider(url=url)
        other = DictProvider("other", {"url": self.url})
        manager = SecretManager([provider, other])
        self.assertEqual(list(provider.names()), [])
        self.assertEqual((await manager.get("token")).value, "x")
        self.assertEqual(list(provider.names()), ["token"])
        other.answers["url"] = "nothing:canary"
        message = await self.error_text(manager.get("token"))
        self.assertIn("the URL of the store's database is not valid", message)
        self.assertNotIn("canary", message)
        message = await self.error_text(self.provider(url=url).get("token"))
        self.assertIn("url is a renderable; put the provider into a SecretManager", message)

    async def test_a_url_that_cannot_be_one_ends_nothing(self) -> None:
        self.put("token", "x")
        other = DictProvider("other", {"url": self.url})
        provider = self.started(url=Secret("url"))
        manager = SecretManager([provider, other])
        self.assertEqual((await manager.get("token")).value, "x")
        other.answers["url"] = "postgresql:canary"
        await self.error_text(manager.get("token"))
        self.assertTrue(provider.may_have_changed())
        self.assertEqual(list(provider.names()), ["token"])
        other.answers["url"] = self.url
        self.assertEqual((await manager.get("token")).value, "x")

    async def test_it_is_unlocked_by_what_is_declared(self) -> None:
        self.put("token", "x")
        wrapped = self.ring_file.read().wrapped_for([Passphrase("pass", cost=CHEAP)])
        self.ring_file.path.write_bytes(wrapped.to_bytes())
        file = self.ring_file.path.with_name("passphrase")
        file.touch(mode=0o600)
        provider = self.provider(unlock=[PassphraseFrom(file=file)])
        self.assertIn("is empty", await self.error_text(provider.get("token")))
        file.write_text("other")
        message = await self.error_text(provider.get("token"))
        self.assertIn("passphrase was given, which does not open it", message)
        file.write_text("pass\n")
        self.assertEqual(await provider.get("token"), "x")
        message = await self.error_text(self.provider().get("token"))
        self.assertIn("; set unlock to what opens it", message)

    async def test_without_its_keys_nothing_is_served_and_none_are_made(self) -> None:
        self.put("token", "canary")
        provider = self.started()
        moved = self.ring_file.path.rename(self.base / "moved")
        other = self.provider()
        message = await self.error_text(other.get("token"))
        self.assertIn("does not exist; restore it from its backup. No new key is made", message)
        self.assertFalse(self.ring_file.path.exists())
        self.ring_file.create(KeyRing.create(NOW))
        message = await self.error_text(other.get("token"))
        self.assertIn("is of another store than", message)
        moved.replace(self.ring_file.path)
        self.assertEqual(
            await gatherResults([other.get("token"), provider.get("token")]), ["canary"] * 2
        )


class PutBackTests(StoreProviderTestCase, ChangedStoreTestCase):
    async def test_a_database_that_was_put_back_is_refused_until_that_is_accepted(self) -> None:
        seen = self.base / "provider.seen"
        provider = self.provider(seen_file=seen)
        old = self.copy()
        self.put("a", "two")
        self.assertEqual(await provider.get("a"), "two")
        self.put_back(old)
        for asked in (provider, provider, self.provider(seen_file=seen)):
            message = await self.error_text(asked.get("a"))
            self.assertIn(f"accept the roll-back: remove {seen}", message)
        seen.unlink()
        self.assertEqual(await provider.get("a"), "one")

    async def test_a_provider_remembers_what_it_has_seen_itself(self) -> None:
        provider = self.provider()
        old = self.copy()
        self.put("a", "two")
        self.assertEqual(await provider.get("a"), "two")
        self.put_back(old)
        for _ in range(3):
            message = await self.error_text(provider.get("a"))
            self.assertIn("accept the roll-back: start this process again", message)
        self.assertEqual(await self.provider().get("a"), "one")

    async def test_what_was_changed_is_not_served(self) -> None:
        provider = self.provider()
        self.execute("UPDATE keychain_store_current SET version = 7")
        self.assertIn("changed, copied or removed", await self.error_text(provider.get("a")))


class UseTests(StoreProviderTestCase):
    async def test_the_hour_of_the_last_use_is_written(self) -> None:
        self.put("token", "x")
        self.put("denied", "x", allowed=[])
        provider = self.started()
        for path in ("token", "token@1", "nothing"):
            await provider.get(path)
        await self.error_text(provider.get("denied"))
        await self.settle(provider)
        described: Any = self.secrets.describe("token")
        self.assertEqual(described.used % 3600, 0)
        self.assertLess(time.time() - described.used, 3700)
        denied: Any = self.secrets.describe("denied")
        self.assertEqual(denied.used, 0)

    async def test_a_lookup_does_not_wait_for_that(self) -> None:
        self.put("token", "x")
        provider = self.started()
        await self.settle(provider)
        with self.secrets._ledger.database.writing():
            self.assertEqual(await provider.get("token"), "x")
        await self.settle(provider)

    async def test_a_change_that_nobody_has_confirmed_is_removed_and_recorded(self) -> None:
        self.put("token", "x", tags=[TWO_PERSONS])
        long_ago = int(time.time()) - pending.LIFE
        pending.make(self.secrets, long_ago, Change("delete", "token"))
        provider = self.provider()
        recorded: list[tuple[str, ...]] = []
        provider.record_with(lambda *action: recorded.append(action))
        provider._serving._attempt(provider._serving._keep_up)
        await provider.in_thread("", lambda: None)
        self.assertEqual(recorded, [("expire", "", "token", "done")])
        self.assertEqual([each.name for each in self.secrets.page("changes/")], ["token"])

    async def test_an_old_key_is_replaced(self) -> None:
        self.put("token", "x")
        provider = self.provider(rotate_after=30)
        provider._serving._attempt(provider._serving._keep_up)
        old, new = self.ring_file.read().keys
        self.assertEqual((old.state, new.state), (RETIRED, ADDED))
        self.assertEqual(await provider.get("token"), "x")

    async def test_a_file_may_always_have_changed(self) -> None:
        provider = self.started()
        for _ in range(2):
            self.assertTrue(provider.may_have_changed())


class ChangeTests(StoreProviderTestCase):
    """What people do to the store through a process that has it open."""

    async def test_it_is_done_by_a_person_and_seen_at_once(self) -> None:
        provider = self.started()
        number = await provider.administer(
            "ada (page)", lambda store, now: store.set("token", "x", now=now)
        )
        self.assertEqual((number, await provider.get("token")), (1, "x"))
        (entry,) = self.secrets.history("token")
        self.assertEqual((entry.operation, entry.actor), ("create token", "ada (page)"))
        self.assertLess(time.time() - entry.time, 60)

    async def test_an_error_says_why_and_has_nothing_of_a_value(self) -> None:
        provider = self.started()
        canary = "kZ4vt9Qw2LmXrTyPs6"

        def work(store: Any, now: int) -> None:
            store.set("token", canary, now=now, expected=7)

        error: Any = await self.assertFailure(provider.administer("ada", work), StoreConflict)
        self.assertIn("its version is 0, not 7", str(error))
        self.assertIsNone(error.__traceback__)
        self.assertIsNone(error.__cause__)

    async def test_its_key_is_replaced(self) -> None:
        self.put("token", "x")
        provider = self.started()
        seen = (await provider.keys()).seen
        await provider.rotate("ada (page)", seen)
        await self.settle(provider)
        status = await provider.keys()
        self.assertEqual([key.use for key in status.keys], ["retired", "primary"])
        progress = status.progress
        assert progress is not None
        self.assertEqual(progress, Progress("ada (page)", progress.began, done=1, goes_on=False))
        self.assertEqual(await provider.get("token"), "x")

    async def test_after_a_stop_nothing_is_changed(self) -> None:
        provider = self.started()
        provider.stopService()
        for answering in (provider, self.provider()):
            answering.only_answer()
            await self.assertFailure(
                answering.administer("ada", lambda _store, _now: None), StoreUnavailable
            )
            seen = Seen("", interrupted=False)
            await self.assertFailure(answering.rotate("ada", seen), StoreUnavailable)
            await self.assertFailure(answering.keys(), StoreUnavailable)


class DescriptionTests(StoreProviderTestCase):
    def test_interfaces(self) -> None:
        for interface in (
            IAdministers,
            IBaseDirectory,
            ICanonicalNames,
            IDescribes,
            IListsNames,
            ITellsChanges,
        ):
            verifyObject(interface, self.provider())

    def test_names(self) -> None:
        for name in ("b", "a", "gone"):
            self.put(name, "x")
        self.secrets.delete("gone", now=NOW)
        self.assertEqual(list(self.provider().names()), ["a", "b"])
        self.ring_file.path.unlink()
        provider = self.provider()
        self.assertRaises(ProviderError, lambda: list(provider.names()))

    def test_canonical_names(self) -> None:
        provider = self.provider()
        for spelling in ("a@03|b", "a@3", "a|b", "a"):
            self.assertEqual(provider.canonical(spelling), "a")
        self.assertIsNone(provider.canonical("a!b"))

    async def test_descriptions(self) -> None:
        self.put("a", "canary", description="about", tags=["t"], allowed=["b*"], redact=False)
        provider = self.provider()
        described = await provider.describe("a@1|b")
        created = (described and described.created) or 0
        self.assertEqual(
            described,
            SecretDescription("a", 1, created, None, None, "about", ("t",), ("b*",), redact=False),
        )
        self.assertLess(abs(created - time.time()), 3600)
        self.secrets.delete("a", now=NOW)
        for path in ("a", "b", "a!b"):
            self.assertIsNone(await provider.describe(path))

    async def test_changes_that_wait_are_no_secrets_of_a_master(self) -> None:
        self.put("a", "x", tags=[TWO_PERSONS])
        now = int(time.time())
        asked = pending.make(self.secrets, now, Change("replace", "a", value="two")).pending
        self.put("changes/mine", "x")
        provider = self.provider()
        self.assertEqual(list(provider.names()), ["a", "changes/mine"])
        self.assertIsNone(await provider.describe(f"changes/{asked}"))
        self.assertIsNotNone(await provider.describe("changes/mine"))
        error = self.error_text(provider.get(f"changes/{asked}"), AccessDenied)
        self.assertNotIn("two", await error)

    async def test_a_hint_names_what_is_similar(self) -> None:
        self.put("deploy_token", "x")
        manager = SecretManager([self.provider()])
        error: Any = await self.assertFailure(manager.get("deploy_tokem"), SecretNotFound)
        self.assertIn("did you mean 'deploy_token'?", str(error))


class ConfigurationTests(StoreProviderTestCase):
    def test_in_a_master_it_keeps_what_was_seen_in_the_base_directory(self) -> None:
        provider = self.provider(
            url="sqlite:///data/secrets.sqlite", key_file="keys/ring", name="a/b"
        )
        self.assertEqual(list(provider.check_config()), [])
        provider.use_base_directory(str(self.base))
        self.assertEqual(list(provider.check_config()), [])
        self.assertEqual(list(provider.names()), [])
        self.assertTrue((self.base / "keychain-a%2Fb.seen").exists())

    def test_missing_files_are_reported(self) -> None:
        self.ring_file.path.unlink()
        (problem,) = self.provider().check_config()
        self.assertIn("provider 'SecretInStore': the key ring", problem)

    def test_a_missing_library_is_reported(self) -> None:
        error = self.assertRaises(
            ConfigurationError, SecretInStore, "postgresql+asyncpg://h/d", "ring"
        )
        self.assertIn("needs asyncpg; install it", str(error))

    def test_no_message_shows_a_password(self) -> None:
        for url in ("postgresql://me:canary@h@h/d", "mysql://me:canary@h/d", "nothing:canary@"):
            error = self.assertRaises(ConfigurationError, SecretInStore, url, "ring")
            self.assertNotIn("canary", str(error))
        provider = SecretInStore(Secret("a"), "ring")
        self.assertEqual(repr(provider), "<SecretInStore>")
