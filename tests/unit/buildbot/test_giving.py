"""What builds and others are given is hidden first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain, _giving
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.builds import Asker
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider
from tests.support.many_secrets import SECRETS, compiled_together

VALUE = "kZ4vt9Qw2LmXr8TyPs6D"


class GivingTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        provider: Any = DictProvider("files", {"token": VALUE})
        provider.keychain_settings = Settings(public=frozenset({"user", "files!open"}))
        self.provider = provider
        self.master = FakeMaster(provider)
        self.keychain = MasterKeychain.of(self.master)
        self.successResultOf(self.master.reconfigure())
        self.giving = self.keychain.giving
        self.build: Any = FakeBuild()

    def run_coroutine(self, coroutine: Any) -> None:
        running = Deferred.fromCoroutine(coroutine)
        self.master.reactor.finish(running)
        self.successResultOf(running)

    def given(self) -> set[str]:
        return set(self.keychain.given.of_build(self.build))

    def redacted(self, value: str = VALUE) -> str:
        return self.keychain.redactor.redact(f"is {value}")


class GiveTests(GivingTestCase):
    def test_what_is_hidden_counts_as_given(self) -> None:
        self.keychain.redactor.add("token", VALUE)
        self.run_coroutine(self.giving.give(self.build, "token", VALUE))
        self.assertEqual(self.given(), {"token"})

    def test_what_is_not_hidden_does_not(self) -> None:
        self.keychain.redactor.add("token", VALUE)
        for name, value in (("token", "another"), ("user", VALUE)):
            self.run_coroutine(self.giving.give(self.build, name, value))
        self.assertEqual(self.given(), set())


class GiveManyTests(GivingTestCase):
    """Much that a build is given at once."""

    def setUp(self) -> None:
        super().setUp()
        self.compiled = compiled_together(self)
        for name, value in SECRETS.items():
            self.keychain.redactor.add(name, value)

    def give_all(self, has_it: Callable[[str], object]) -> list[Deferred[None]]:
        async def give(name: str, value: str) -> None:
            await self.giving.give(self.build, name, value)
            has_it(name)

        return [Deferred.fromCoroutine(give(*each)) for each in SECRETS.items()]

    def is_hidden(self, name: str) -> bool:
        """Return whether a piece of a value is hidden, which it is only if that was given."""
        text = f"is {SECRETS[name][:40]}..."
        return self.keychain.audiences.of_build(self.build).redact(text) != text

    def finish(self, giving: Sequence[Deferred[None]]) -> None:
        done = gatherResults(giving)
        self.master.reactor.finish(done)
        self.successResultOf(done)

    def test_it_is_compiled_together_and_nobody_has_it_before(self) -> None:
        had: list[str] = []

        def has_it(name: str) -> None:
            had.append(name)
            self.assertIn(name, self.given())
            self.assertFalse(self.keychain.redactor.takes_long_to_prepare(self.given()))

        giving = self.give_all(has_it)
        self.assertEqual((had, self.given()), (["n0"], {"n0"}))
        self.finish(giving)
        self.assertEqual((set(had), self.given()), (set(SECRETS), set(SECRETS)))
        self.assertEqual([name for name in had if not self.is_hidden(name)], [])
        self.assertEqual(self.compiled, [20])
        self.assertLess(sum(self.compiled), 2 * len(SECRETS))

    def test_whoever_has_it_finds_it_hidden(self) -> None:
        """Whenever anything is written meanwhile."""
        chance = Random(1)

        def has_it(name: str) -> None:
            had.append(name)
            if chance.random() < 0.2:
                self.assertEqual([each for each in had if not self.is_hidden(each)], [])

        had: list[str] = []
        self.finish(self.give_all(has_it))
        self.assertEqual(set(had), set(SECRETS))

    def test_what_is_cancelled_meanwhile_is_not_given(self) -> None:
        had: list[str] = []
        *giving, last = self.give_all(had.append)
        last.cancel()
        self.failureResultOf(last, CancelledError)
        self.finish(giving)
        self.assertEqual((set(had), self.given()), (set(SECRETS) - {"n19"},) * 2)

    def test_an_error_gives_nothing(self) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        self.patch(self.keychain.redactor, "prepare", fail)
        *_, last = self.give_all(lambda _: None)
        self.master.reactor.finish(last)
        self.failureResultOf(last, MemoryError)
        self.assertNotIn("n19", self.given())


class HideAnswerTests(GivingTestCase):
    def hide(self, answer: object, path: str = "token", looked_up: str | None = None) -> None:
        """Hide it at once, for the build."""
        asker = Asker(self.build)
        self.assertIsNone(self.giving.hide_answer(self.provider, path, answer, asker, looked_up))

    def test_its_name_is_that_of_the_provider_too(self) -> None:
        for answer in (VALUE, VALUE.encode()):
            self.hide(answer)
            self.assertEqual(self.redacted(), "is <files!token>")
        self.assertEqual(self.given(), {"files!token"})

    def test_a_lookup_that_led_to_it_gives_its_name(self) -> None:
        self.hide(VALUE, looked_up="token")
        self.assertEqual(self.redacted(), "is <token>")
        self.hide(VALUE[::-1], looked_up="files!token")
        self.assertEqual(self.redacted(VALUE[::-1]), "is <files!token>")
        self.hide("another-Value-8", "more", looked_up="token")
        self.assertEqual(self.redacted("another-Value-8"), "is <files!more>")

    def test_nobody_is_given_what_nobody_asks_for(self) -> None:
        self.giving.hide_answer(self.provider, "token", VALUE, Asker(), None)
        self.assertEqual(self.redacted(), "is <files!token>")
        self.assertEqual(self.given(), set())

    def test_what_is_no_text_or_public(self) -> None:
        for answer in (None, 7, b"\xff\xfe", {"a": VALUE}):
            self.hide(answer)
        self.hide(VALUE, "open")
        self.hide(VALUE, "open", looked_up="open")
        self.hide(VALUE, "user", looked_up="user")
        self.assertEqual(self.redacted(), f"is {VALUE}")
        self.hide(VALUE, "user")  # a lookup of that name may be of another provider's
        self.assertEqual(self.redacted(), "is <files!user>")

    def test_one_with_many_forms_is_hidden_in_a_thread(self) -> None:
        long = f"{VALUE}<&>" * 80
        hiding = self.giving.hide_answer(self.provider, "token", long, Asker(self.build), None)
        assert hiding is not None
        self.assertNoResult(hiding)
        self.assertEqual(self.given(), set())
        self.master.reactor.finish(hiding)
        self.successResultOf(hiding)
        self.assertEqual(self.redacted(long), "is <files!token>")
        self.assertEqual(self.given(), {"files!token"})


class HideForTests(GivingTestCase):
    def hide(self, name: str, value: str, owner: str = "one") -> int:
        """Hide a value for the build; return in how many forms."""
        self.run_coroutine(self.giving.hide_for(Asker(self.build), name, value, owner=owner))
        *_, last = self.keychain.redactor._inventory.secrets
        return int(last.patterns.count)

    def test_it_is_hidden_and_given(self) -> None:
        self.hide("state!token", VALUE)
        self.assertEqual(self.redacted(), "is <state!token>")
        self.assertEqual(self.given(), {"state!token"})

    def test_of_many_values_the_later_ones_are_hidden_as_they_stand(self) -> None:
        """Each owner's names count apart; a value that is hidden already does not count again."""
        self.patch(_giving, "MOST_VALUES", 4)
        for number in range(4):
            for _ in range(2):
                count = self.hide("token", f"{number:03}{VALUE}/+{number * 7919:06}")
        self.assertGreater(count, 20)
        self.assertLess(self.hide("token", f"last/+{VALUE}"), 5)
        self.assertEqual(self.redacted(f"last/+{VALUE}"), "is <token>")
        self.assertGreater(self.hide("token", f"of another/+{VALUE}", owner="two"), 20)
        self.assertGreater(self.hide("other", f"of the same/+{VALUE}"), 20)
