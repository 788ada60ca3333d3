"""What builds and others are given is hidden first."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain, _giving
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.builds import Asker
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider

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
