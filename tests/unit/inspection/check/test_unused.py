from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import succeed
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.inspection import STEP, Place, Reference
from buildbot_keychain.inspection.check._unused import unused
from buildbot_keychain.interfaces import ICanonicalNames, IListsNames

PLACE = Place(STEP, "here", {})


@implementer(IListsNames, ICanonicalNames)
class Listing:
    name = "files"

    def names(self) -> Iterator[str]:
        yield from ("a", "B", "deploy-test", "c")

    def canonical(self, path: str) -> Any:
        return succeed(path.lower())


class Asking:
    """Calls what blocks at once."""

    async def blocking(self, work: Any) -> Any:
        return work()


class UnusedTests(TestCase):
    async def unused(self, *used: str, computed: tuple[Reference, ...] = ()) -> list[Any]:
        asking: Any = Asking()
        providers = [Listing(), object()]
        found = await unused({("files", name) for name in used}, computed, providers, asking)
        return [(each.sentence, each.places) for each in found]

    async def test_what_nothing_names(self) -> None:
        sentence = "nothing names 2 secrets of the provider 'files'"
        self.assertEqual(await self.unused("a", "b"), [(sentence, ("deploy-test", "c"))])
        self.assertEqual(await self.unused("a", "b", "c", "deploy-test"), [])

    async def test_names_that_are_computed(self) -> None:
        deploy = Reference("deploy-%(prop:x)s", PLACE, "command", pattern="files!deploy-*|key")
        sentence = "nothing names a secret of the provider 'files'"
        self.assertEqual(await self.unused("a", "b", computed=(deploy,)), [(sentence, ("c",))])
        other = Reference("x", PLACE, "command", pattern="vault!*")
        self.assertEqual(len((await self.unused("a", "b", computed=(other,)))[0][1]), 2)
        allowed = Reference("*", PLACE, "command", pattern="*", allowed=("deploy-*", "c"))
        self.assertEqual(await self.unused("a", "b", computed=(allowed,)), [])

    async def test_a_function_puts_a_name_together(self) -> None:
        made = Reference("*", PLACE, "command", pattern="*", in_code=True)
        ((sentence, _),) = await self.unused("a", "b", "c", computed=(made,))
        self.assertIn("but for functions that put names together", sentence)
