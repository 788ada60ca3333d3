from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import PublicText, Requester, SecretDescription
from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.inspection.check._answers import Answer, Answers
from buildbot_keychain.interfaces import IDescribes, IRequesterAware
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.policy import Question
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.resilience import Resilience

ALICE, BOB = (Requester("build", builder=name) for name in ("alice", "bob"))


class Provider:
    """Answers with what it was made with; raises what is an error."""

    def __init__(self, name: str, **answers: Any) -> None:
        self.name = name
        self.asked: list[str] = []
        self._answers = answers

    def get(self, path: str) -> Any:
        self.asked.append(path)
        answer = self._answers.get(path)
        if isinstance(answer, Exception):
            raise answer
        return answer


@implementer(IRequesterAware)
class Aware(Provider):
    """Has what is called like the builder that asks."""

    def get_for(self, path: str, requester: Requester) -> Any:
        self.asked.append(path)
        return "x7Kp2mQ9wLz4" if requester.builder == path else None


@implementer(IDescribes)
class Describing(Aware):
    """The same, and knows its secrets."""

    def describe(self, path: str) -> SecretDescription:
        allowed = None if path == "anybody" else ("alice",)
        return SecretDescription(path, 2, 1000, allowed=allowed)


class Dynamic(Provider):
    def is_dynamic(self, path: str) -> bool:
        return path == "creds"


class AnswerTests(TestCase):
    async def answers(
        self, path: str, *providers: Any, until: float = 10, **settings: Any
    ) -> list[Answer]:
        configuration = Configuration(tuple(providers), **settings)
        clock: Any = reactor
        lookups = Lookups(Redactor(), reactor=reactor)
        asking = Answers(lookups, configuration, reactor, clock.seconds() + until)
        self.addCleanup(asking.stop)
        questions = [Question(provider.name, path, ALICE) for provider in providers]
        found = await asking.of(path, questions, [ALICE, BOB])
        return [found[ALICE], found[BOB]]

    async def answer(self, path: str, *providers: Any, **settings: Any) -> Answer:
        """Return the answer for everybody."""
        first, second = await self.answers(path, *providers, **settings)
        self.assertEqual(first, second)
        return first

    async def test_the_first_that_has_it_is_asked_once(self) -> None:
        one, two = Provider("one"), Provider("two", x="x7Kp2mQ9wLz4")
        found = await self.answer("x", one, two)
        self.assertEqual((found.state, found.provider), ("found", "two"))
        self.assertEqual((one.asked, two.asked), (["x"], ["x"]))

    async def test_how_well_it_can_be_hidden(self) -> None:
        for value, words in (
            ("kT9mPq2vLxR4wZ81", "from everybody"),
            ("summer rain", "where it is given"),
            ("x7Kp2", "as a word"),
            ("x7", "no"),
            (PublicText("x7"), "public"),
        ):
            found = await self.answer("x", Provider("one", x=value))
            self.assertEqual((found.state, found.hidden), ("found", words))
            self.assertEqual(bool(found.weakness), words in {"as a word", "no"})
        found = await self.answer("x", Provider("one", x="x7"), public=frozenset({"one!x"}))
        self.assertEqual((found.hidden, found.weakness), ("public", ""))

    async def test_what_is_wrong_with_values(self) -> None:
        for value, state in (("", "empty"), (" \n", "empty"), (1, "invalid"), (b"\xff", "invalid")):
            found = await self.answer("x", Provider("one", x=value))
            self.assertEqual((found.state, found.provider), (state, "one"))
        found = await self.answer("x", Provider("one", x=""), allow_empty=frozenset({"x"}))
        self.assertEqual(found.state, "found")
        found = await self.answer("x", Provider("one", x="x7"), strict=True)
        self.assertEqual(found.state, "invalid")

    async def test_the_reason_repeats_no_names(self) -> None:
        """The finding names the secret and the provider itself."""
        for error in (
            AccessDenied("one", "x", "no way"),
            ProviderUnavailable("one", "x", "no way"),
        ):
            self.assertEqual((await self.answer("x", Provider("one", x=error))).reason, "no way")

    async def test_what_may_have_been_meant_by_a_missing_name(self) -> None:
        found = await self.answer("one/x", Provider("one"))
        self.assertEqual(
            (found.state, found.reason), ("missing", "to ask 'one' for 'x', write 'one!x'.")
        )

    async def test_providers_that_do_not_answer(self) -> None:
        two = Provider("two", x="x7Kp2mQ9wLz4")
        down = Provider("one", x=ProviderUnavailable("one", "x", "down"))
        for provider, state in (
            (down, "unavailable"),
            (Provider("one", x=AccessDenied("one", "x", "rejected")), "failed"),
            (Provider("one", x=ValueError("canary")), "failed"),
        ):
            found = await self.answer("x", provider, two)
            self.assertEqual((found.state, found.provider), (state, "one"))
            self.assertNotIn("canary", found.reason)
        optional = {"one": Resilience(optional=True)}
        found = await self.answer("x", down, two, resilience=optional)
        self.assertEqual((found.state, found.provider), ("found", "two"))
        found = await self.answer("x", down, Provider("two"), resilience=optional)
        self.assertEqual((found.state, found.provider), ("unavailable", "one"))
        missing = Answer("missing", for_all=True)
        self.assertEqual(await self.answer("y", Provider("one")), missing)

    async def test_the_time_is_over(self) -> None:
        hung = Provider("one", x=Deferred())
        found = await self.answer("x", hung, until=0)
        self.assertEqual((found.state, found.provider), ("unavailable", "one"))

    async def test_answers_that_depend_on_who_asks(self) -> None:
        first, second = await self.answers("alice", Aware("one"))
        self.assertEqual((first.state, second.state), ("found", "missing"))

    async def test_what_is_known_of_a_secret(self) -> None:
        first, second = await self.answers("alice", Describing("one"))
        self.assertEqual((first.state, second.state), ("found", "missing"))
        self.assertEqual(first.known and first.known.version, 2)
        anybody = Describing("one")
        await self.answer("anybody", anybody)
        self.assertEqual(anybody.asked, ["anybody"])

    async def test_what_is_made_for_whoever_asks_is_not_asked_for(self) -> None:
        provider = Dynamic("one")
        self.assertEqual((await self.answer("creds", provider)).state, "dynamic")
        self.assertEqual(provider.asked, [])
