"""What providers answer to whoever asks them without the keychain."""

from __future__ import annotations

from functools import wraps
from typing import Any

from buildbot.process.buildstep import BuildStep
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit.trail import DEADLINE
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.builds import Asker, building, looking_up
from buildbot_keychain.buildbot.providers import hide_answers
from buildbot_keychain.details import PublicText
from buildbot_keychain.errors import AuditUnavailable
from tests.support.audit_records import HeldSink
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.unit.buildbot.builds.test_stack import working

VALUE = "s3cr3t-of-a-provider"


class InHouseProvider(SecretProviderBase):
    """Somebody's own, which answers in the way that `answer` does."""

    name: Any = "inhouse"
    master: Any = None

    def get(self, entry: str) -> Any:
        return self.answer(VALUE if entry == "token" else None)

    def answer(self, value: str | None) -> Any:
        return value


async def later(value: str | None) -> str | None:
    return await succeed(value)


class DirectAnswersTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.provider: Any = InHouseProvider()
        self.master = self.provider.master = FakeMaster(self.provider)
        self.keychain = MasterKeychain.of(self.master)
        hide_answers(self.provider)

    def redacted(self) -> str:
        return self.keychain.redactor.redact(f"x {VALUE}")

    def test_a_value_is_hidden_before_it_is_returned(self) -> None:
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(self.redacted(), "x <inhouse!token>")

    def test_nobody_gets_what_cannot_be_recorded(self) -> None:
        sink = HeldSink()
        self.keychain.audit.use([sink], fail_closed=True)
        self.addCleanup(self.keychain.audit.stop)
        self.addCleanup(sink.release)
        sink.hold()
        answer = self.provider.get("token")
        self.assertNoResult(answer)
        self.master.reactor.advance(DEADLINE)
        self.failureResultOf(answer, AuditUnavailable)

    def test_values_that_come_later(self) -> None:
        waiting: Deferred[str] = Deferred()
        self.provider.answer = lambda _value: waiting
        answer = self.provider.get("token")
        self.assertNoResult(answer)
        waiting.callback(VALUE)
        self.assertEqual(self.successResultOf(answer), VALUE)
        self.assertEqual(self.redacted(), "x <inhouse!token>")

    def test_coroutines_and_bytes(self) -> None:
        self.provider.answer = later
        self.assertEqual(self.successResultOf(self.provider.get(entry="token")), VALUE)
        self.assertEqual(self.redacted(), "x <inhouse!token>")
        self.provider.answer = lambda _: b"other-secret-value"
        self.assertEqual(self.provider.get("other"), b"other-secret-value")
        self.assertEqual(self.keychain.redactor.redact("other-secret-value"), "<inhouse!other>")

    def test_a_build_counts_as_given_what_it_gets(self) -> None:
        """Before it has the value, also where that comes later."""
        build: Any = FakeBuild()
        step = working(BuildStep)
        step.build = build
        waiting: Deferred[str] = Deferred()
        self.provider.answer = lambda _value: waiting
        given: list[frozenset[str]] = []
        answer = step.work(lambda: self.provider.get("token"))
        answer.addCallback(lambda _: given.append(frozenset(self.keychain.given.of_build(build))))
        self.assertEqual(self.keychain.given.of_build(build), set())
        waiting.callback(VALUE)
        self.assertEqual(given, [{"inhouse!token"}])
        audience = self.keychain.audiences.of_build(build)
        self.assertEqual(audience.redact(f"x {VALUE[:-2]}"), "x <inhouse!token>")

    def test_nothing_is_given_by_no_answer_and_to_others(self) -> None:
        build: Any = FakeBuild()
        with building(build):
            self.provider.get("nope")
            self.provider.keychain_settings = Settings(public=frozenset({"inhouse!public"}))
            self.successResultOf(self.master.reconfigure())
            self.provider.answer = lambda _value: "shown-to-all"
            self.provider.get("public")
            self.provider.answer = lambda _value: VALUE
            service = working(BuildbotService, "reporter")
            service.work(lambda: self.provider.get("token"))
            with looking_up("token"):
                self.provider.get("token")
        self.assertEqual(self.keychain.given.of_build(build), set())

    def test_what_a_lookup_leads_to_is_not_for_the_build(self) -> None:
        """It has what it asked for, by the name by which it asked."""
        build: Any = FakeBuild()
        other: Any = InHouseProvider()
        other.master, other.name = self.master, "other"
        hide_answers(other)
        other.answer = lambda value: self.provider.get("token") and "answer-of-the-other-one"
        self.master.configure(other)
        self.successResultOf(self.master.reconfigure())
        step = working(BuildStep)
        step.build = build
        asked = step.work(
            lambda: Deferred.fromCoroutine(self.keychain.get_for("other!x", Asker(build)))
        )
        self.assertEqual(self.successResultOf(asked).value, "answer-of-the-other-one")
        self.assertEqual(self.keychain.given.of_build(build), {"other!x"})
        self.assertEqual(self.redacted(), "x <inhouse!token>")

    def test_a_secret_of_another_provider_is_not_given_by_its_path(self) -> None:
        """Somebody who may look up `token` of one provider could guess that of another one."""
        other: Any = InHouseProvider()
        other.master, other.name = self.master, "other"
        hide_answers(other)
        other.answer = lambda _value: "q7Zk2mXw9RbT4vLs"
        self.master.configure(self.provider, other)
        self.successResultOf(self.master.reconfigure())
        trusted: Any = FakeBuild()
        attacker: Any = FakeBuild()
        attacker.buildid = trusted.buildid + 1
        for build, name in ((trusted, "other!token"), (attacker, "token")):
            got = Deferred.fromCoroutine(self.keychain.get_for(name, Asker(build)))
            self.successResultOf(got)
        self.assertEqual(self.keychain.redactor.names, ("other!token", "token"))
        shown = [
            self.keychain.audiences.of_build(build).redact("token: 'q7Zk2mXw9...'")
            for build in (trusted, attacker)
        ]
        self.assertEqual(shown, ["token: '<other!token>...'", "token: 'q7Zk2mXw9...'"])

    def test_a_lookup_hides_what_takes_long_in_a_thread(self) -> None:
        long = f"{VALUE}<&>" * 80
        self.provider.answer = lambda _value: long
        asked = self.keychain.get("token")
        self.assertNoResult(asked)
        self.master.reactor.finish(asked)
        self.assertEqual(self.successResultOf(asked).value, long)
        self.assertEqual(self.keychain.redactor.redact(f"x {long}"), "x <token>")

    def test_a_lookup_goes_through_what_was_put_around_it(self) -> None:
        hiding = self.provider.get

        @wraps(hiding)
        def louder(entry: str) -> str:
            return str(hiding(entry)).upper()

        self.provider.get = louder
        self.assertEqual(self.successResultOf(self.keychain.get("token")).value, VALUE.upper())
        self.assertEqual(self.keychain.redactor.redact(f"{VALUE} {VALUE.upper()}").count("<"), 2)

    def test_what_is_no_value(self) -> None:
        self.assertIsNone(self.provider.get("nope"))
        self.provider.answer = lambda _: 17
        self.assertEqual(self.provider.get("number"), 17)
        self.provider.answer = lambda _: fail(ValueError())
        self.failureResultOf(self.provider.get("token"), ValueError)
        self.assertEqual(len(self.keychain.redactor), 0)

    def test_public_names(self) -> None:
        self.provider.keychain_settings = Settings(public=frozenset({"inhouse!token"}))
        self.successResultOf(self.master.reconfigure())
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(self.redacted(), f"x {VALUE}")

    def test_a_value_that_the_provider_declares_public(self) -> None:
        self.provider.answer = lambda _value: PublicText(VALUE)
        answer = self.provider.get("token")
        self.assertEqual((answer, type(answer)), (VALUE, str))
        self.assertEqual(self.redacted(), f"x {VALUE}")

    def test_a_public_path_is_that_of_a_lookup(self) -> None:
        """Another provider may have a secret of that path."""
        self.provider.keychain_settings = Settings(public=frozenset({"token"}))
        self.successResultOf(self.master.reconfigure())
        with looking_up("token"):
            self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(self.redacted(), f"x {VALUE}")
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(self.redacted(), "x <inhouse!token>")

    def test_a_master_without_a_keychain(self) -> None:
        self.provider.master = FakeMaster()
        self.assertEqual(self.provider.get("token"), VALUE)
        self.provider.master = None
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(len(self.keychain.redactor), 0)

    def test_a_second_call_does_nothing(self) -> None:
        get = self.provider.get
        hide_answers(self.provider)
        self.assertIs(self.provider.get, get)
