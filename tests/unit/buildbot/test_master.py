"""The keychain of one master."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain, _master
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.references import Name
from buildbot_keychain.buildbot.sinks import RedactingUpdates
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import InvalidSecret, SecretNotFound
from buildbot_keychain.interfaces import IRequesterAware, IScoped, ISecretProvider
from buildbot_keychain.rendering import Secret
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider, RequesterProvider

VALUE = "a-secret-value"


class KeychainTestCase(SynchronousTestCase):
    """A master with a keychain."""

    def keychain(self, *providers: Any) -> MasterKeychain:
        self.master = FakeMaster(*providers)
        return MasterKeychain.of(self.master)

    def value(self, name: str) -> str:
        return self.successResultOf(keychain_of(self.master).get(name)).value


class InstallTests(KeychainTestCase):
    """A keychain is put before the sinks of its master."""

    def test_there_is_one_for_each_master(self) -> None:
        keychain = self.keychain()
        self.assertIs(MasterKeychain.of(self.master), keychain)
        self.assertIs(keychain_of(self.master), keychain)
        self.assertIsNot(MasterKeychain.of(FakeMaster()), keychain)
        self.assertIsInstance(self.master.data.updates, RedactingUpdates)

    def test_a_queue_that_was_set_up_before(self) -> None:
        master = FakeMaster()
        master.mq = SimpleNamespace(impl=SimpleNamespace(produce="patched"), produce="copied")
        MasterKeychain.of(master)
        self.assertEqual(master.mq.produce, "patched")

    def test_a_failure_leaves_the_queue_as_it_was(self) -> None:
        master: Any = FakeMaster()
        master.mq = SimpleNamespace(impl=SimpleNamespace(produce="patched"), produce="copied")
        self.patch(_master, "redact_process_logs", lambda *_: 1 / 0)
        self.assertRaises(ZeroDivisionError, MasterKeychain.of, master)
        self.assertEqual(master.mq.produce, "copied")
        self.assertIsNone(keychain_of(master))

    def test_a_failure_leaves_nothing(self) -> None:
        master: Any = FakeMaster()
        updates = master.data.updates
        del master.mq
        self.assertRaises(AttributeError, MasterKeychain.of, master)
        self.assertIsNone(keychain_of(master))
        self.assertIs(master.data.updates, updates)


class LookupTests(KeychainTestCase):
    """Who is asked, and what is known afterwards."""

    def test_in_the_order_of_the_configuration(self) -> None:
        first = DictProvider("first", {"both": "of-the-first"})
        second = DictProvider("second", {"both": "of-the-second", "one": VALUE})
        self.keychain(first, second)
        self.assertEqual((self.value("both"), self.value("one")), ("of-the-first", VALUE))
        self.master.configure(second, first)
        self.assertEqual(self.value("both"), "of-the-second")

    def test_a_value_is_known_to_the_redactor(self) -> None:
        keychain = self.keychain(DictProvider("files", {"token": VALUE}))
        self.assertEqual(self.value("token"), VALUE)
        self.assertEqual(keychain.redactor.redact(f"x {VALUE}"), "x <token>")

    def test_what_our_managers_own_is_asked(self) -> None:
        owned = DictProvider("owned", {"user": "some-user", "weak": "abc"})
        manager: Any = DictProvider("manager", {})
        manager.keychain_providers = (owned,)
        manager.keychain_settings = Settings(public=frozenset({"user"}), strict=True)
        keychain = self.keychain(manager)
        self.assertEqual(self.value("user"), "some-user")
        self.assertEqual(keychain.redactor.redact("some-user"), "some-user")
        self.failureResultOf(keychain.get("weak"), InvalidSecret)
        self.assertEqual(manager.asked, [])

    def test_what_is_public_does_not_count_as_the_secret_of_its_name(self) -> None:
        """The name had a hidden value before it was declared public."""
        manager: Any = DictProvider("manager", {"user": VALUE})
        keychain, build = self.keychain(manager), FakeBuild()
        self.value("user")
        manager.answers["user"] = "bob"
        manager.keychain_settings = Settings(public=frozenset({"user"}))
        details = self.successResultOf(
            Deferred.fromCoroutine(keychain.get_for("user", Asker(build)))
        )
        self.assertEqual(details.value, "bob")
        audience = keychain.audiences.of_build(build)
        self.assertEqual(audience.redact(VALUE[:-1]), VALUE[:-1])
        self.assertEqual(keychain.given.of_build(build), set())

    def test_as_buildbots_own_manager(self) -> None:
        keychain = self.keychain(DictProvider("files", {"token": VALUE}))
        for asker in (Asker(), Asker(FakeBuild())):
            details = self.successResultOf(keychain.get_for_buildbot("token", asker))
            assert details is not None
            self.assertEqual((details.key, details.value), ("token", VALUE))
            self.assertIsNone(self.successResultOf(keychain.get_for_buildbot("nope", asker)))

    def test_for_whom(self) -> None:
        keychain = self.keychain(RequesterProvider())
        details = self.successResultOf(keychain.get_for_buildbot("x", Asker(FakeBuild())))
        assert details is not None
        self.assertEqual(details.value, "x for linux")

    def test_arguments_of_providers(self) -> None:
        """Renderables are rendered, other values pass."""
        other = DictProvider("other", {"token": VALUE})
        keychain = self.keychain(DictProvider("asking", {"token": "own"}), other)
        self.successResultOf(self.master.reconfigure())
        asking = self.master.host.namedServices["asking"]
        self.assertEqual(self.successResultOf(keychain.render_for(asking, Secret("token"))), VALUE)
        self.assertEqual(self.successResultOf(keychain.render_for(asking, "plain")), "plain")


@implementer(IRequesterAware)
class OfEachBuilder(DictProvider):
    """Has a value for each builder, under the same path."""

    def get_for(self, path: str, requester: Requester) -> Any:
        return self.get(f"{requester.builder}/{path}")


class ApartTests(KeychainTestCase):
    """What builders have under one name are different secrets."""

    def test_a_build_cannot_guess_what_another_builder_has_under_the_name(self) -> None:
        values = {"linux/token": "q7Zk2mXw9RbT4vLs", "release/token": "hW3kPz7sYb9QfD2m"}
        master = FakeMaster(OfEachBuilder("vault", values))
        keychain = MasterKeychain.of(master)
        builds = {}
        for buildid, builder in enumerate(("linux", "release")):
            build: Any = FakeBuild()
            build.buildid = buildid
            build.builder = SimpleNamespace(**(vars(build.builder) | {"name": builder}))
            builds[builder] = build
            asked = Deferred.fromCoroutine(keychain.get_for("token", Asker(build)))
            self.assertEqual(self.successResultOf(asked).value, values[f"{builder}/token"])
        guess = f"'{values['release/token'][:10]}...'"
        shown = {
            builder: keychain.audiences.of_build(build).redact(guess) == guess
            for builder, build in builds.items()
        }
        self.assertEqual(shown, {"linux": True, "release": False})
        for build in builds.values():
            names = keychain.given.names_of(build.buildid)
            self.assertEqual(self.successResultOf(Deferred.fromCoroutine(names)), {"token"})


@implementer(ISecretProvider, IScoped)
class ScopedProvider(DictProvider):
    """Notes which scopes have ended."""

    def __init__(self) -> None:
        super().__init__("scoped", {"token": VALUE})
        self.ended: list[str] = []

    def end_scope(self, scope: str) -> Any:
        self.ended.append(scope)


class ScopeTests(KeychainTestCase):
    """Builds that look something up."""

    def setUp(self) -> None:
        self.provider = ScopedProvider()
        self.keys = self.keychain(self.provider)
        self.build = FakeBuild()

    def look_up(self) -> None:
        self.successResultOf(Deferred.fromCoroutine(self.keys.get_for("token", Asker(self.build))))

    def test_the_scope_ends_with_the_build(self) -> None:
        self.look_up()
        made = self.keys.references.made
        value = made.secret(self.build, Name("token", "scoped"), "the-value")
        self.assertEqual(self.provider.ended, [])
        self.keys.build_scopes.finish(self.build, self.build.finish)
        self.assertIsNotNone(made.of(value))
        self.build.ending.callback(None)
        self.assertEqual(self.provider.ended, ["build/17"])
        self.assertIsNone(made.of(value))

    def test_a_lookup_after_the_end(self) -> None:
        self.build.finished = True
        self.look_up()
        self.assertEqual(self.provider.ended, ["build/17"])


class MissingTests(KeychainTestCase):
    def test_a_missing_secret(self) -> None:
        keychain = self.keychain(DictProvider("files", {}))
        failure = self.failureResultOf(keychain.get("nope"), SecretNotFound)
        self.assertIn("(asked: files)", str(failure.value))
