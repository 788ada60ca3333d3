from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.audit import Event, Rotation
from buildbot_keychain.details import DescribedText, LeasedText, Requester
from buildbot_keychain.interfaces import ISecretProvider, ITellsChanges
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.resilience import Resilience
from tests.support.fakes import DictProvider, RequesterProvider
from tests.support.reachable import reachable_text

BUILD = Requester("build", builder="release", build=3)
FIRST, SECOND = "tr0ub4dor&3-horse", "correct-battery-staple"


@implementer(ITellsChanges)
class FileLike(DictProvider):
    """Shares no answers, as it may have changed since."""

    def may_have_changed(self) -> bool:
        return True


class OneTime(DictProvider):
    def is_dynamic(self, path: str) -> bool:
        return path.endswith("|otp")


@implementer(ISecretProvider)
class Own(RequesterProvider):
    """Has another value for each who asks."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_for(self, path: str, requester: Any) -> Any:
        return f"{path} of {requester.builder}"


class ChangeTests(TestCase):
    def manager(self, *providers: Any, **arguments: Any) -> SecretManager:
        manager = SecretManager(list(providers), **arguments)
        self.events: list[Event] = []
        self.told: list[Rotation] = []
        manager.audit.observe(self.events.append)
        manager.on_change(self.told.append)
        return manager

    async def test_another_value_is_one_event_however_often_it_is_looked_up(self) -> None:
        for provider in (DictProvider("vault", {}), FileLike("vault", {})):
            provider.answers["x"] = DescribedText(FIRST, 3)
            manager = self.manager(provider)
            for answer in (provider.answers["x"], DescribedText(SECOND, 4), SECOND, SECOND):
                provider.answers["x"] = answer
                await manager.get("x", BUILD)
            change = Rotation("x", "vault", 4, 3, noticed_by="build", requester=BUILD)
            self.assertEqual(self.told, [change])
            found = [event for event in self.events if isinstance(event, Rotation)]
            self.assertEqual(found, [change])
            kept = reachable_text(manager._lookups.seen._found)
            self.assertFalse(FIRST in kept or SECOND in kept)

    async def test_what_is_kept_is_not_looked_up(self) -> None:
        provider = DictProvider("vault", {"x": FIRST})
        manager = self.manager(provider, resilience={"vault": Resilience(cache=60)})
        await manager.get("x")
        provider.answers["x"] = SECOND
        await manager.get("x")
        self.assertEqual(self.told, [])
        await manager.evict("x")
        await manager.get("vault!x")
        self.assertEqual(self.told[0].requester, Requester("unknown"))

    async def test_what_differs_by_itself_has_not_changed(self) -> None:
        one_time = OneTime("pass", {"x|otp": "123456"})
        manager = self.manager(Own("own"), one_time)
        for builder in ("a", "b"):
            await manager.get("own!x", Requester("build", builder=builder))
        await manager.get("pass!x|otp")
        one_time.answers["x|otp"] = "654321"
        await manager.get("pass!x|otp")
        self.assertEqual(self.told, [])

    def test_an_answer_that_comes_late_is_no_change(self) -> None:
        """Files and the like are asked by each lookup, and may answer in another order."""
        clock, answers = Clock(), [Deferred[str]() for _ in range(3)]
        provider = FileLike("files", {"x": answers[0]})
        manager = self.manager(provider, reactor=clock)
        waiting = []
        for answer in answers:
            provider.answers["x"] = answer
            waiting.append(manager.get("x"))
            clock.advance(1)
        for number, value in ((1, SECOND), (0, FIRST), (2, SECOND)):
            answers[number].callback(value)
            self.assertEqual(self.successResultOf(waiting[number]).value, value)
        self.assertEqual(self.told, [])

    async def test_absences_and_errors_are_no_values(self) -> None:
        provider = DictProvider("vault", {"x": FIRST})
        manager = self.manager(provider)
        await manager.get("x")
        for answer in (None, ValueError(SECOND), b"bytes", LeasedText(FIRST, 5)):
            provider.answers["x"] = answer
            await manager.get("x").addErrback(lambda _: None)
        self.assertEqual(self.told, [])

    async def test_an_observer_that_fails_keeps_nobody_from_the_value(self) -> None:
        provider = DictProvider("vault", {"x": FIRST})
        manager = self.manager(provider)
        manager.on_change(lambda _: 1 / 0)
        await manager.get("x")
        provider.answers["x"] = SECOND
        self.assertEqual((await manager.get("x")).value, SECOND)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(len(self.told), 1)
