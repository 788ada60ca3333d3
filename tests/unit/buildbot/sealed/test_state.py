"""Which object a plug-in's values stand in, and who is given what it reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain, SealedState, _giving
from buildbot_keychain.buildbot.builds import building
from buildbot_keychain.buildbot.sealed import SealingKeys
from buildbot_keychain.errors import ConfigurationError, DamagedBox, StoreError
from buildbot_keychain.store.derived_keys import DerivedKeys
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster

VALUE = "kZ4vt9Qw2LmXr8TyPs6D"


class _Service:
    def __init__(self, master: Any, name: str) -> None:
        self.master = master
        self.name = name


class SealedStateTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master: Any = FakeMaster()
        self.pool = self.master.db.pool
        self.addCleanup(self.pool.engine.dispose)
        self.pool.execute(
            "CREATE TABLE object_state (objectid INTEGER, name TEXT, value_json TEXT, "
            "UNIQUE (objectid, name))"
        )
        objects: dict[Any, int] = {}
        state = self.master.db.state
        state.getObjectId = lambda *name: succeed(objects.setdefault(name, len(objects) + 1))
        self.keychain = MasterKeychain.of(self.master)
        keys = SealingKeys(b"s" * 16, DerivedKeys.of(b"r" * 32))

        async def get() -> SealingKeys:
            return keys

        self.patch(self.keychain.keys, "get", get)
        self.state = SealedState(_Service(self.master, "uploads"))

    def run_coroutine(self, coroutine: Any) -> Any:
        running = Deferred.fromCoroutine(coroutine)
        self.master.reactor.finish(running)
        return self.successResultOf(running)

    def test_services_and_classes_have_their_own(self) -> None:
        states = [
            self.state,
            SealedState(_Service(self.master, "others")),
            SealedState.of_class(_Service, self.master),
        ]
        for number, state in enumerate(states):
            self.run_coroutine(state.set("token", f"{VALUE}-{number}"))
        again = [
            SealedState(_Service(self.master, "uploads")),
            SealedState(_Service(self.master, "others")),
            SealedState.of_class(_Service, self.master),
        ]
        for number, state in enumerate(again):
            self.assertEqual(self.run_coroutine(state.get("token")), f"{VALUE}-{number}")

    def test_classes_of_one_name_have_their_own(self) -> None:
        other = type(_Service.__name__, (), {"__module__": "elsewhere"})
        states = [SealedState.of_class(cls, self.master) for cls in (_Service, other)]
        for number, state in enumerate(states):
            self.run_coroutine(state.set("token", f"{VALUE}-{number}"))
        for number, state in enumerate(states):
            self.assertEqual(self.run_coroutine(state.get("token")), f"{VALUE}-{number}")

    def test_a_value_that_was_moved_to_another_service(self) -> None:
        other = SealedState(_Service(self.master, "others"))
        for state in (self.state, other):
            self.run_coroutine(state.set("token", VALUE))
        ((first, text), (second, _)) = self.pool.execute(
            "SELECT objectid, value_json FROM object_state ORDER BY objectid"
        )
        self.pool.execute(
            f"UPDATE object_state SET value_json = '{text}' WHERE objectid = {second}"
        )
        self.assertNotEqual(first, second)
        moved = Deferred.fromCoroutine(other.get("token"))
        self.failureResultOf(moved, DamagedBox)

    def test_a_build_that_asks_is_given_it(self) -> None:
        self.run_coroutine(self.state.set("token", VALUE))
        build: Any = FakeBuild()
        build.buildid = 7
        with building(build):
            self.run_coroutine(self.state.get("token"))
        self.assertEqual(list(self.keychain.given.of_build(build)), ["state!token"])

    def test_a_token_that_is_replaced_for_ever_takes_little(self) -> None:
        """Nothing knows when the former ones are of no use any more."""
        self.patch(_giving, "MOST_VALUES", 4)
        tokens = [f"{number:03}{VALUE}/+{number * 7919:06}" for number in range(6)]
        for token in tokens:
            self.run_coroutine(self.state.set("token", token))
        other = SealedState(_Service(self.master, "others"))
        self.run_coroutine(other.set("token", f"other/+{VALUE}"))
        first, *_, last, of_other = self.keychain.redactor._inventory.secrets
        self.assertLess(last.patterns.count, 5)
        self.assertGreater(min(first.patterns.count, of_other.patterns.count), 20)
        for token in (tokens[0], tokens[-1]):
            self.assertEqual(self.keychain.redactor.redact(f"is {token}"), "is <state!token>")
            self.assertEqual(self.keychain.redactor.redact(f"is {token}", set()), "is <secret>")

    def test_bytes_that_are_no_text_are_hidden_as_they_may_be_shown(self) -> None:
        self.run_coroutine(self.state.set("key", b"\xff\xfe" + bytes(range(40))))
        self.assertEqual(
            self.keychain.redactor.redact(
                "is fffe000102030405060708090a0b0c0d0e0f"
                "101112131415161718191a1b1c1d1e1f2021222324252627"
            ),
            "is <state!key>",
        )

    def test_without_a_master(self) -> None:
        state = SealedState(SimpleNamespace(name="x", master=None))
        self.failureResultOf(Deferred.fromCoroutine(state.get("token")), ConfigurationError)

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_sealed_fields (x INTEGER)")
        for doing in (self.state.get("token"), self.state.set("token", VALUE)):
            error = self.failureResultOf(Deferred.fromCoroutine(doing), StoreError).value
            self.assertIn("keychain_sealed_fields", str(error))
            self.assertNotIn(VALUE, str(error))

    def test_it_shows_whose_it_is(self) -> None:
        self.assertRegex(repr(self.state), r"^<sealed state of .*_Service uploads>$")
