from __future__ import annotations

import hashlib
import threading
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import TestCase

from buildbot_keychain.lookups import Lookups
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.fakes import DictProvider

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

    async def test_little_is_not(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("n", VALUE)
        self.successResultOf(
            Deferred.fromCoroutine(Lookups(redactor).hiding.prepare(lambda: {"n"}))
        )
