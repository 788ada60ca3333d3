"""What the pages show of the secrets of a master."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.www import _references, _secrets
from buildbot_keychain.buildbot.www._secrets import BuildbotSecrets
from buildbot_keychain.details import Expiry, Requester, SecretDescription
from buildbot_keychain.errors import ProviderUnavailable, StoreError
from buildbot_keychain.interfaces import ICanonicalNames, IDescribes, IExpires
from buildbot_keychain.policies import FixedPolicy
from buildbot_keychain.policy import Allow, Policy, Question
from buildbot_keychain.rendering import Secret
from buildbot_keychain.web import ISecrets
from buildbot_keychain.web.host_secrets import Asked, Known, Listed, Version, Wanted
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider, ListingProvider

VALUE = "kZ4vt9Qw2LmXrTyPs6"
ADA = Person("ada")
APP = Listed("own", "app", is_canonical=False)


@implementer(ICanonicalNames, IDescribes, IExpires)
class Described(ListingProvider):
    """Knows much of ``app``."""

    described: Any = SecretDescription(
        "app", 3, 100, 200, 150, "text", ("tag",), ("b",), redact=False
    )
    ends: Any = ()

    def canonical(self, path: str) -> str:
        return path.lower()

    def describe(self, path: str) -> Any:
        return self.described if path == "app" else None

    def expiries(self) -> Any:
        return self.ends


class SecretsTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.patch(_references, "_PAUSE", 0)
        self.own = DictProvider("own", {"app": VALUE, "user": "x"})
        self.rich = Described("rich", {"app": VALUE, "other": VALUE})
        self.master: Any = FakeMaster(self.own, self.rich)
        builder = SimpleNamespace(name="deploy", project="p", tags=["t"])
        self.master.config.builders = [builder, SimpleNamespace(name="test", tags=None)]
        self.addCleanup(self.master.db.pool.engine.dispose)
        self.keychain = MasterKeychain.of(self.master)
        self.result(self.master.reconfigure())
        self.secrets = BuildbotSecrets(self.master)
        self.addCleanup(self.secrets.stop)

    def result(self, asked: Deferred[Any]) -> Any:
        self.master.reactor.finish(asked)
        return self.successResultOf(asked)

    def use_policy(self, *rules: Allow) -> None:
        settings = Settings(policies=FixedPolicy(Policy(rules)))
        manager = SimpleNamespace(
            name="m", keychain_providers=(self.own, self.rich), keychain_settings=settings
        )
        self.master.configure(manager)
        self.master.host.namedServices = {"m": manager}


class SecretsTests(SecretsTestCase):
    def test_they_are_what_pages_ask_for(self) -> None:
        verifyObject(ISecrets, self.secrets)

    def test_the_policy(self) -> None:
        self.assertIsNone(self.secrets.policy)
        self.use_policy(Allow("x"))
        self.assertEqual(self.secrets.policy.rules, (Allow("x"),))  # type: ignore[union-attr]

    def test_what_is_changed_here_is_listed_at_once(self) -> None:
        wanted = Wanted(lambda _: True, "new")
        self.assertEqual(self.result(self.secrets.listed(wanted)).secrets, ())
        self.rich.answers["new"] = VALUE
        self.assertEqual(self.result(self.secrets.listed(wanted)).secrets, ())
        self.secrets.note_change("rich")
        self.assertEqual(self.result(self.secrets.listed(wanted)).secrets, (Listed("rich", "new"),))

    def test_what_is_known_after_a_reconfiguration(self) -> None:
        self.assertEqual({each.topic for each in self.result(self.secrets.findings())}, {"Policy"})
        self.use_policy()  # the page may be told of a reconfiguration before that has ended
        self.assertEqual(self.result(self.secrets.findings()), [])
        listed = self.result(self.secrets.listed(Wanted(lambda _: True)))
        self.rich.answers["new"] = VALUE
        self.secrets.reconfigured()
        self.assertEqual(self.result(self.secrets.listed(Wanted(lambda _: True))), listed)

    def test_questions(self) -> None:
        asker = Requester("person", owner="ada")
        for name, expected in (
            ("rich!APP", Question("rich", "app", asker)),
            ("own!app", Question("own", "app", asker, canonical=False)),
            ("app", None),
            ("nobody!app", None),
            ("own!", None),
        ):
            self.assertEqual(self.result(self.secrets.question(name, asker)), expected, name)

    def test_builders(self) -> None:
        for name, expected in (("deploy", ("p", ("t",))), ("test", (None, ())), ("none", None)):
            self.assertEqual(self.result(self.secrets.builder(name)), expected)

    def test_what_needs_attention_is_looked_at_once_in_a_while(self) -> None:
        self.use_policy()
        self.assertEqual(self.result(self.secrets.findings()), [])
        queries = self.master.db.pool.uses
        self.keychain._lookups.hiding.weak["rich!x"] = "too short"
        self.assertEqual(self.result(self.secrets.findings()), [])
        self.assertEqual(self.master.db.pool.uses, queries)
        self.master.reactor.advance(10)
        (found,) = self.result(self.secrets.findings())
        self.assertEqual(found.secret, Listed("rich", "x"))

    def test_a_database_that_cannot_be_read(self) -> None:
        self.master.db.pool.execute("CREATE TABLE keychain_uses (other INTEGER)")
        wanted = Wanted(lambda _: True, "deploy", by_builder=True)
        for asked in (
            self.secrets.record(APP),
            self.secrets.findings(),
            self.secrets.listed(wanted),
        ):
            self.master.reactor.finish(asked)
            self.failureResultOf(asked, StoreError)


class ProviderTests(SecretsTestCase):
    def test_how_they_do(self) -> None:
        self.rich.ends = [Expiry("token", "t", 5, "log in")]
        own, rich = self.result(self.secrets.providers(details=True))
        self.assertEqual((own.name, own.kind, own.lists), ("own", "DictProvider", False))
        self.assertEqual((rich.lists, rich.problem, len(rich.expiries)), (True, "", 1))
        self.assertEqual(rich.state.asked, 0)

    def test_ill_ones(self) -> None:
        self.rich.answers = {"x": ProviderUnavailable("rich", "", "it is down")}
        self.rich.ends = fail(ValueError("a canary"))
        _, rich = self.result(self.secrets.providers(details=True))
        self.assertIn("it is down", rich.problem)
        self.assertEqual(rich.expiries, ())

    def test_one_that_hangs_is_waited_for_a_while(self) -> None:
        self.rich.ends = Deferred()
        asked = self.secrets.providers(details=True)
        self.assertNoResult(asked)
        self.master.reactor.advance(5)
        self.assertEqual(self.result(asked)[1].expiries, ())

    def test_without_details_nobody_is_asked(self) -> None:
        self.patch(self.rich, "names", None)
        self.patch(self.rich, "expiries", None)
        self.assertEqual(len(self.result(self.secrets.providers(details=False))), 2)


class ListTests(SecretsTestCase):
    def names(self, search: str = "", *, by_builder: bool = False) -> list[str]:
        wanted = Wanted(lambda _: True, search, by_builder=by_builder)
        return [one.name for one in self.result(self.secrets.listed(wanted)).secrets]

    def test_those_that_can_be_listed(self) -> None:
        self.assertEqual(self.names(), ["rich!app", "rich!other"])
        self.assertEqual(self.names("APP"), ["rich!app"])

    def test_by_builder(self) -> None:
        step = SimpleNamespace(step_class=object, args=(), kwargs={"command": Secret("other")})
        factory = SimpleNamespace(steps=[step])
        deploy = self.master.config.builders[0]
        vars(deploy).update(factory=factory, properties={}, defaultProperties={}, env={})
        self.master.config.builders = [deploy]
        vars(self.master.config).update(
            workers=[], services={}, change_sources=[], schedulers={}, www={}, db={}, manhole=None
        )
        self.assertEqual(self.names("dep"), [])
        self.result(self.secrets.prepare())
        queries = self.master.db.pool.uses
        found = self.result(self.secrets.listed(Wanted(lambda _: True, "dep", by_builder=True)))
        self.assertEqual([one.name for one in found.secrets], ["rich!other"])
        # It was read before, but for what is new since then.
        self.assertEqual(self.master.db.pool.uses, queries + 1)
        self.successResultOf(self.secrets.prepare())  # which is done once

    def test_a_problem(self) -> None:
        self.rich.answers = {"x": ProviderUnavailable("rich", "", f"it is down {VALUE}")}
        self.result(self.keychain.get("own!app"))  # so the value is known to be one
        listing = self.result(self.secrets.listed(Wanted(lambda _: True)))
        self.assertIn("it is down", listing.problems["rich"])
        self.assertFalse(VALUE in listing.problems["rich"])


class KnownTests(SecretsTestCase):
    def known(self, provider: str, path: str = "app") -> Known:
        found: Known = self.result(self.secrets.known(Listed(provider, path)))
        return found

    def test_what_a_provider_knows(self) -> None:
        for described in (self.rich.described, succeed(self.rich.described)):
            self.rich.described = described
            expected = Known(
                exists=True,
                description="text",
                tags=("tag",),
                versions=(Version(3, 100, 200),),
                used=150,
                allowed=("b",),
                is_hidden=False,
            )
            self.assertEqual(self.known("rich"), expected)
        self.assertEqual(self.known("rich", "none"), Known(exists=False))

    def test_what_cannot_be_known(self) -> None:
        self.assertEqual(self.known("own"), Known())

    def test_what_can_only_be_listed(self) -> None:
        self.master.configure(ListingProvider("rich", {"app": VALUE}))
        self.result(self.master.reconfigure())
        self.assertEqual(self.known("rich"), Known(exists=True))
        self.assertEqual(self.known("rich", "none"), Known(exists=False))

    def test_one_that_fails(self) -> None:
        self.rich.described = fail(ProviderUnavailable("rich", "app", "it is down"))
        self.assertIn("it is down", self.known("rich").problem)
        self.rich.described = fail(ValueError("a canary"))
        self.assertNotIn("canary", self.known("rich").problem)

    def test_one_that_hangs(self) -> None:
        self.rich.described = Deferred()
        asked = self.secrets.known(Listed("rich", "app"))
        self.assertNoResult(asked)
        self.master.reactor.advance(5)
        self.assertIn("5 seconds", self.result(asked).problem)


class AskTests(SecretsTestCase):
    def ask(self, secret: Listed = APP) -> Asked:
        self.result(self.secrets.ask(secret, ADA))
        record = self.result(self.secrets.record(secret))
        asked: Asked = record.asked
        return asked

    def setUp(self) -> None:
        super().setUp()
        self.master.db.pool.add_builders()
        self.patch(self.secrets._references, "of", lambda _provider, _path: succeed([]))

    def test_whether_it_answers_and_how_well_that_is_hidden(self) -> None:
        asked = self.ask()
        self.assertTrue(asked.is_given)
        self.assertEqual((asked.person, asked.outcome), ("ada", "own has answered."))
        facts = dict(asked.facts)
        self.assertEqual(facts["hidden from readers who were given it"], "wherever it occurs")
        self.assertFalse(VALUE in repr(asked))

    def test_one_that_takes_long_to_explain_keeps_no_page_waiting(self) -> None:
        """As a file of a megabyte does."""
        begun, may_end = threading.Event(), threading.Event()
        self.addCleanup(may_end.set)

        def explained(_name: str, _value: str) -> tuple[tuple[str, str], ...]:
            begun.set()
            may_end.wait(60)
            return (("hidden", "yes"),)

        self.patch(_secrets, "_facts", explained)
        asking = self.secrets.ask(APP, ADA)
        while not begun.wait(0.01):
            self.master.reactor.advance(0)
        self.assertEqual(len(self.result(self.secrets.listed(Wanted(lambda _: True))).secrets), 2)
        self.assertNoResult(asking)
        self.master.reactor.advance(5)
        self.result(asking)
        asked = self.result(self.secrets.record(APP)).asked
        self.assertEqual((asked.is_given, asked.facts), (True, ()))
        self.assertIn("too long to tell how well", asked.outcome)

    def test_for_whom_the_policy_decides(self) -> None:
        self.use_policy(Allow("app", owners=["rolf"]))
        asked = self.ask()
        self.assertFalse(asked.is_given)
        self.assertIn("the policy does not give", asked.outcome)
        self.assertEqual(self.own.asked, [])
        self.use_policy(Allow("app", owners=["ada"]))
        self.assertTrue(self.ask().is_given)

    def test_one_that_has_none_or_fails(self) -> None:
        self.assertIn("no provider", self.ask(Listed("own", "none")).outcome)
        self.own.answers["app"] = ValueError(f"a canary {VALUE}")
        asked = self.ask()
        self.assertFalse(asked.is_given)
        self.assertNotIn("canary", asked.outcome)

    def test_what_is_made_for_whoever_asks_is_not_asked_for(self) -> None:
        self.own.is_dynamic = lambda _path: True  # type: ignore[attr-defined]
        self.assertIn("made anew", self.ask().outcome)
        self.assertEqual(self.own.asked, [])

    def test_it_is_recorded_who_asked(self) -> None:
        events: list[Any] = []
        self.ask()
        self.patch(self.keychain.audit, "record", events.append)
        self.result(self.secrets.evict(APP, ADA))
        (event,) = events
        self.assertEqual((event.action, event.person, event.secret), ("evict", "ada", "own!app"))
        (row,) = self.result(self.secrets.record(APP)).uses
        self.assertEqual((row.use.requester.kind, row.use.requester.owner), ("person", "ada"))
