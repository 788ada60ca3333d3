from __future__ import annotations

import hashlib
import threading
from functools import partial
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.threads import deferToThread
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import TestCase

from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import ProviderError
from buildbot_keychain.lookups import Lookups, _hiding
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import Hiding, RedactionPolicy, Redactor
from buildbot_keychain.redaction.compiler import Compiler
from tests.support.fakes import DictProvider
from tests.support.many_secrets import SECRETS, compiled_together

VALUE = "tr0ub4dor&3"


class HidingTests(TestCase):
    def test_a_weak_secret_is_named_once_and_never_shown(self) -> None:
        events: list[dict[str, Any]] = []
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        manager = SecretManager([DictProvider("d", {"pin": "zq1"})])
        for _ in range(3):
            self.successResultOf(manager.get("pin"))
        warnings = [event for event in events if event.get("name") == "pin"]
        self.assertEqual(len(warnings), 1)
        self.assertNotIn("zq1", repr(warnings[0]))

    async def test_a_secret_that_is_hidden_in_fewer_forms_is_named_once(self) -> None:
        events: list[dict[str, Any]] = []
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        manager = SecretManager([DictProvider("d", {"long": f"{VALUE}\n" * 7000})])
        for _ in range(2):
            await manager.get("long")
        (warning,) = (event for event in events if event.get("name") == "long")
        self.assertIn("too long, or has too many forms", warning["log_format"])
        self.assertNotIn(VALUE, repr(warning))

    async def test_a_value_that_takes_long_is_added_once_for_all_who_wait(self) -> None:
        """10,000 builds must not start as many threads."""
        redactor = Redactor()
        value = "".join(f"{number * 7919:x}" for number in range(300))
        self.assertTrue(redactor.takes_long_to_add("long", value))
        threads: list[threading.Thread] = []
        add = redactor.add

        def adding(*args: Any, **kwargs: Any) -> Any:
            threads.append(threading.current_thread())
            return add(*args, **kwargs)

        self.patch(redactor, "add", adding)
        manager = SecretManager([DictProvider("d", {"long": value})], redactor=redactor)
        for lookup in [manager.get("long") for _ in range(50)]:
            self.assertEqual((await lookup).value, value)
        self.assertEqual(len(set(threads) - {threading.main_thread()}), 1)
        self.assertEqual(redactor.redact(value), "<long>")


class ManyTests(TestCase):
    """Many values that come at once, of which none is known yet."""

    def setUp(self) -> None:
        self.compiled = compiled_together(self)
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.manager = SecretManager([DictProvider("d", SECRETS)], redactor=self.redactor)

    async def test_they_are_added_and_compiled_together_and_nobody_has_one_before(self) -> None:
        def is_ready(details: SecretDetails) -> None:
            self.assertEqual(self.redactor.count(details.key), 1)
            self.assertFalse(self.redactor.takes_long_to_prepare(None))

        await gatherResults([self.manager.get(name).addCallback(is_ready) for name in SECRETS])
        for name, value in SECRETS.items():
            self.assertEqual(self.redactor.redact(value), f"<{name}>")
        self.redactor.settle()
        self.assertLessEqual(len(self.compiled), 4)
        self.assertLess(sum(self.compiled), 3 * len(SECRETS))

    async def test_whoever_has_one_finds_it_hidden(self) -> None:
        """Whenever anything is written meanwhile."""
        chance = Random(1)

        def write(details: SecretDetails) -> None:
            if chance.random() < 0.2:
                self.assertEqual(self.redactor.redact(details.value), f"<{details.key}>")

        await gatherResults([self.manager.get(name).addCallback(write) for name in SECRETS])

    async def test_what_is_known_is_hidden_while_it_is_compiled(self) -> None:
        """A text waits for that."""
        compiling, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)
        compile_parts = Compiler.compile

        def compile_later(*args: Any, **kwargs: Any) -> Any:
            compiling.set()
            go_on.wait(30)
            return compile_parts(*args, **kwargs)

        self.patch(Compiler, "compile", compile_later)
        looking = [self.manager.get(name) for name in SECRETS]
        await deferToThread(compiling.wait, 30)
        hiding = self.manager._lookups.hiding
        self.successResultOf(Deferred.fromCoroutine(hiding.protect("n9", SECRETS["n9"])))
        shown = deferToThread(self.redactor.redact, f"is {SECRETS['n9']}")
        go_on.set()
        self.assertEqual(await shown, "is <n9>")
        await gatherResults(looking)

    async def test_one_that_cannot_be_added_fails_alone(self) -> None:
        add = self.redactor.add

        def adding(name: str, value: str, **more: Any) -> Hiding:
            if name == "n19":
                raise RecursionError(value)
            return add(name, value, **more)

        self.patch(self.redactor, "add", adding)
        looking = {name: self.manager.get(name) for name in SECRETS}
        error: Any = await self.assertFailure(looking.pop("n19"), ProviderError)
        self.assertNotIn(SECRETS["n19"], str(error))
        await gatherResults(looking.values())

    async def test_what_is_known_does_not_wait_for_others(self) -> None:
        self.successResultOf(self.manager.get("n0"))
        looking = [self.manager.get(name) for name in SECRETS]
        self.assertNoResult(looking[-1])
        self.successResultOf(self.manager.get("n0"))
        await gatherResults(looking)


class WeakTests(TestCase):
    """It is remembered which names have weak values."""

    async def test_until_the_value_is_another_one(self) -> None:
        provider = DictProvider("d", {"pin": "password", "strong": VALUE})
        manager = SecretManager([provider])
        for name in ("pin", "strong"):
            await manager.get(name)
        weak = manager._lookups.hiding.weak
        self.assertEqual(list(weak), ["pin"])
        self.assertNotIn("password", weak["pin"])
        provider.answers["pin"] = VALUE
        await manager.get("pin")
        self.assertEqual(weak, {})


class PreparingTests(TestCase):
    """What a text needs is compiled before the texts of readers need it."""

    async def test_much_is_compiled_in_a_thread(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        names = [f"n{number}" for number in range(12)]
        for name in names:
            redactor.add(name, hashlib.sha256(name.encode()).hexdigest())
        given = set(names[:-1])
        preparing = Deferred.fromCoroutine(Lookups(redactor).hiding.prepare(lambda: given))
        self.assertNoResult(preparing)
        given.add(names[-1])
        await preparing
        self.assertFalse(redactor.takes_long_to_prepare(given))

    async def test_what_is_given_up_counts_until_its_thread_ends(self) -> None:
        self.patch(_hiding, "COMPILING", 1)
        self.patch(_hiding, "COMPILED", 0.05)
        redactor = Redactor(RedactionPolicy.build_log())
        for name, value in SECRETS.items():
            redactor.add(name, value)
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        begun: list[object] = []

        def prepare(given: object) -> None:
            begun.append(given)
            go_on.wait(30)

        self.patch(redactor, "prepare", prepare)
        hiding = Lookups(redactor).hiding
        for name in ("n0", "n1"):
            given: partial[frozenset[str]] = partial(frozenset, SECRETS.keys() - {name})
            preparing = Deferred.fromCoroutine(hiding.prepare(given))
            await self.assertFailure(preparing, DeferredTimeout)
        self.assertEqual(begun, [SECRETS.keys() - {"n0"}])

    async def test_little_is_not(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("n", VALUE)
        self.successResultOf(
            Deferred.fromCoroutine(Lookups(redactor).hiding.prepare(lambda: {"n"}))
        )
