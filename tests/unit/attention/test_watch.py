from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.attention import _watch
from buildbot_keychain.certificates import periods
from buildbot_keychain.details import CERTIFICATE, TOKEN, DescribedText, Expiry, SecretDescription
from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.interfaces import ICanonicalNames, IDescribes, IExpires
from buildbot_keychain.manager import SecretManager
from tests.support.fakes import DictProvider
from tests.support.logged import lines_logged
from tests.support.tls import Authority

DAY = 86_400.0
NOW = 1_800_000_000.0


@implementer(IDescribes, IExpires, ICanonicalNames)
class Knowing(DictProvider):
    """Knows what it is told to know, and records what it was asked."""

    def __init__(self, name: str, answers: dict[str, Any]) -> None:
        super().__init__(name, answers)
        self.described: dict[str, Any] = {}
        self.own: Any = []
        self.questions: list[str] = []

    def canonical(self, path: str) -> str:
        return path.partition("|")[0]

    def describe(self, path: str) -> Any:
        self.questions.append(path)
        return _raised(self.described.get(path))

    def expiries(self) -> Any:
        return _raised(self.own)


def _raised(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


class WatchCase(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.rightNow = NOW
        self.provider = Knowing("vault", {})
        self.logged = lines_logged(self, lambda event: "remedy" in event)

    def manager(self, *others: Any, **arguments: Any) -> SecretManager:
        manager = SecretManager([self.provider, *others], reactor=self.clock, **arguments)
        self.addCleanup(lambda: manager.stopService() if manager.running else None)
        return manager

    async def found(self, manager: SecretManager) -> list[tuple[str, str, str, float]]:
        await manager._watch.look()
        return [(each.kind, each.problem, each.name, each.when) for each in manager.attention]


class SecretTests(WatchCase):
    async def test_a_secret_that_is_too_old(self) -> None:
        """What its answer says is enough, but before it is warned of."""
        old, new = NOW - 100 * DAY, NOW - 10 * DAY
        self.provider.answers = {
            "deploy/old": DescribedText("a", 1, old),
            "deploy/old|user": DescribedText("b", 1, old),
            "deploy/new": DescribedText("c", 1, new),
            "deploy/replaced": DescribedText("d", 1, old),
            "legacy/old": DescribedText("e", 1, old),
            "deploy/gone": DescribedText("f", 1, old),
        }
        manager = self.manager(max_age={"legacy/*": None, "vault!*": 90})
        for path in self.provider.answers:
            await manager.get(path)
        described = SecretDescription("deploy/old", 1, old)
        self.provider.described = {
            "deploy/old": described,
            "deploy/old|user": described,
            "deploy/replaced": SecretDescription("deploy/replaced", 2, new),
        }
        expected = [("secret", "too old", "deploy/old", old + 90 * DAY)]
        self.assertEqual(await self.found(manager), expected)
        self.assertEqual(
            self.provider.questions,
            ["deploy/old", "deploy/old|user", "deploy/replaced", "deploy/gone"],
        )
        self.assertEqual(len(self.logged), 1)
        self.assertIn("replace it: max_age allows 90 days", self.logged[0])
        self.provider.described = {}
        self.assertEqual(await self.found(manager), [])

    async def test_where_answers_say_nothing_the_provider_is_asked(self) -> None:
        self.provider.answers = {"a": "x", "b": "y"}
        manager = self.manager(max_age={"a": 90})
        for path in "ab":
            await manager.get(path)
        self.provider.described = {"a": SecretDescription("a", created=NOW - 91 * DAY)}
        self.assertEqual(await self.found(manager), [("secret", "too old", "a", NOW - DAY)])
        self.assertEqual(self.provider.questions, ["a"])

    async def test_a_secret_that_expires(self) -> None:
        self.provider.answers = {
            "soon": DescribedText("a", 1, NOW, NOW + 13 * DAY),
            "later": DescribedText("b", 1, NOW, NOW + 15 * DAY),
            "over": DescribedText("c", 1, NOW, NOW - 1),
            "renewed": DescribedText("d", 1, NOW, NOW + DAY),
        }
        manager = self.manager()
        for path, answer in self.provider.answers.items():
            await manager.get(path)
            self.provider.described[path] = SecretDescription(path, 1, NOW, answer.expires)
        self.provider.described["renewed"] = SecretDescription("renewed", 2, NOW, None)
        self.assertEqual(
            await self.found(manager),
            [
                ("secret", "expired", "over", NOW - 1),
                ("secret", "expires", "soon", NOW + 13 * DAY),
            ],
        )

    async def test_a_certificate_that_is_a_secret(self) -> None:
        """It is looked for in providers that know nothing else of it."""
        directory = Path(self.mktemp())
        directory.mkdir()
        authority = Authority(directory)
        pem = {
            name: authority.issue(name, days=days).read_text()
            for name, days in (("short", 10), ("long", 80), ("new", 80))
        }
        ends = {name: periods(text)[0].ends for name, text in pem.items()}
        self.clock.rightNow = began = ends["short"] - 9 * DAY
        plain = DictProvider("plain", {**pem})
        self.provider.answers = {"short|key": pem["short"], "replaced": pem["short"]}
        names = ("plain!short", "plain!long", "vault!short|key", "vault!replaced")
        manager = self.manager(plain, public=names)  # what is public takes no thread
        for path in names:
            await manager.get(path)
        for path, created in (("short|key", began - 5), ("replaced", began + 5)):
            described = SecretDescription(path.partition("|")[0], created=created)
            self.provider.described[path] = described
        self.clock.rightNow = ends["short"] - 2 * DAY
        found = await self.found(manager)
        self.assertEqual(found, [("secret", "expires", "short", ends["short"])] * 2)
        self.assertIn("it is a certificate: store a renewed one", self.logged[0])
        self.clock.rightNow = ends["short"] + 1
        plain.answers["short"] = pem["new"]
        await manager.get("plain!short")
        self.assertEqual(
            [each.provider for each in manager.attention if each.problem], ["plain", "vault"]
        )
        found = await self.found(manager)
        self.assertEqual(found, [("secret", "expired", "short", ends["short"])])


class ProviderTests(WatchCase):
    async def test_what_a_provider_uses_itself(self) -> None:
        self.provider.own = [
            Expiry(CERTIFICATE, "/etc/ca.pem", NOW + 10 * DAY, "replace the file"),
            Expiry(CERTIFICATE, "/etc/old.pem", NOW - DAY, "replace the file"),
            Expiry(TOKEN, "the token", NOW + 10 * DAY, "give another", life=32 * DAY),
        ]
        manager = self.manager()
        self.assertEqual(
            await self.found(manager),
            [
                ("certificate", "expired", "/etc/old.pem", NOW - DAY),
                ("certificate", "expires", "/etc/ca.pem", NOW + 10 * DAY),
            ],
        )
        self.clock.advance(3 * DAY)
        self.assertEqual(len(await self.found(manager)), 3)

    async def test_errors_and_silence_change_nothing_and_keep_nobody_waiting(self) -> None:
        other = Knowing("other", {"x": DescribedText("v", 1, NOW - 9 * DAY)})
        other.described["x"] = SecretDescription("x", 1, NOW - 9 * DAY)
        self.provider.own = [Expiry(TOKEN, "the token", NOW + DAY, "give another")]
        self.provider.answers = {"a": "x"}
        manager = self.manager(other, max_age=5)
        for name in ("a", "other!x"):
            await manager.get(name)
        self.provider.described = {"a": SecretDescription("a", created=NOW - 6 * DAY)}
        expected = await self.found(manager)
        self.assertEqual([name for _, _, name, _ in expected], ["x", "a", "the token"])
        away = ProviderUnavailable("vault", "a", "it is away")
        for answer in (away, ValueError("odd")):
            self.provider.own = self.provider.described["a"] = answer
            self.assertEqual(await self.found(manager), expected)
        self.provider.own, self.provider.described["a"] = Deferred(), Deferred()
        other.own = [Expiry(TOKEN, "another", NOW + DAY, "give another")]
        looking = self.found(manager)
        waiting = Deferred.fromCoroutine(looking)
        self.clock.pump([_watch._DEADLINE] * 2)
        self.assertEqual(len(self.successResultOf(waiting)), 4)

    async def test_it_looks_soon_after_the_start_and_every_hour(self) -> None:
        manager = self.manager()
        manager.startService()
        self.provider.own = [Expiry(TOKEN, "the token", NOW + DAY, "give another")]
        self.assertEqual(manager.attention, ())
        self.clock.advance(_watch.FIRST)
        self.assertEqual(len(manager.attention), 1)
        self.provider.own = []
        self.clock.advance(_watch.INTERVAL)
        self.assertEqual(manager.attention, ())
        self.provider.own = Deferred()
        self.clock.advance(_watch.INTERVAL)
        await manager.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
