"""Services that wait for a secret."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._waiting import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MissingSecretsError,
    Waiter,
    WaitingRoom,
)
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import SecretNotFound
from tests.support.services_master import ServicesMaster

ME = Requester("service", service="me")


class WaitingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master = ServicesMaster()
        self.room = WaitingRoom(self.master, self.look_up)
        self.value: str | None = None
        self.missing: set[str] = set()
        self.looked_up = 0
        self.set_up = 0
        self.wanted = True
        self.service = SimpleNamespace(name="me")

    def look_up(self, name: str, _requester: Requester) -> Deferred[SecretDetails]:
        """Answer if there is a value."""
        self.looked_up += 1
        if self.value is None or name in self.missing:
            return fail(SecretNotFound(name, ("files",)))
        return succeed(SecretDetails("files", name, self.value))

    def wait(
        self, service: Any = None, sentence: str = "it waits", needs: tuple[str, ...] = ("token",)
    ) -> None:
        """Have the service wait."""

        def set_up() -> None:
            self.set_up += 1
            self.room.discard(service or self.service)

        error = MissingSecretsError(sentence, dict.fromkeys(needs, ME))
        waiter = Waiter(service or self.service, error, lambda: self.wanted, set_up)
        self.successResultOf(self.room.add(waiter))

    def test_pauses_grow(self) -> None:
        self.wait()
        moments = []
        for _ in range(6):
            (call,) = self.master.reactor.getDelayedCalls()
            moments.append(call.getTime() - self.master.reactor.seconds())
            self.master.reactor.advance(moments[-1])
        self.assertEqual(moments, [FIRST_PAUSE, 10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE])
        self.assertEqual(self.looked_up, 6)

    def test_it_is_set_up_when_the_secret_is_there(self) -> None:
        self.wait()
        self.value = "value"
        self.master.reactor.advance(FIRST_PAUSE)
        self.assertEqual((self.set_up, self.room.waiting), (1, ()))
        self.assertEqual(self.master.reactor.getDelayedCalls(), [])

    def test_one_of_its_secrets_may_have_a_default(self) -> None:
        for missing in ("user", "token"):
            self.missing, self.set_up = {missing}, 0
            self.wait(needs=("user", "token"))
            self.value = "value"
            self.master.reactor.advance(FIRST_PAUSE)
            self.assertEqual((self.set_up, self.room.waiting), (1, ()))

    def test_nothing_is_looked_up_for_who_is_not_wanted(self) -> None:
        self.wait()
        self.wanted = False
        self.assertEqual(self.room.waiting, ())
        self.master.reactor.advance(FIRST_PAUSE)
        self.assertEqual((self.looked_up, self.master.reactor.getDelayedCalls()), (0, []))

    def test_it_is_set_up_under_the_lock(self) -> None:
        """And is asked for again then: a reconfiguration may have held the lock."""
        for wanted in (False, True):
            self.wait()
            self.value = "value"
            self.successResultOf(self.master.initLock.acquire())
            retried = self.room.retry()
            self.assertNoResult(retried)
            self.wanted = wanted
            self.master.initLock.release()
            self.successResultOf(retried)
            self.assertEqual(self.set_up, int(wanted))
            self.assertFalse(self.master.initLock.locked)
            self.wanted = True

    def test_a_stop_while_it_is_about_to_be_set_up(self) -> None:
        self.wait()
        self.value = "value"
        self.successResultOf(self.master.initLock.acquire())
        retried = self.room.retry()
        self.successResultOf(self.master.stopService())
        self.master.initLock.release()
        self.successResultOf(retried)
        self.assertEqual((self.set_up, self.master.reactor.getDelayedCalls()), (0, []))

    def test_a_failure_ends_the_wait_of_one(self) -> None:
        other = SimpleNamespace(name="other")
        error = MissingSecretsError("it waits", {"token": ME})
        failing = Waiter(other, error, lambda: True, lambda: fail(ValueError("value")))
        self.successResultOf(self.room.add(failing))
        self.wait()
        self.value = "value"
        self.master.reactor.advance(FIRST_PAUSE)
        self.assertEqual((self.set_up, self.room.waiting), (1, ()))

    def test_two_retries_at_once_are_one(self) -> None:
        self.wait()
        self.value = "value"
        self.successResultOf(self.master.initLock.acquire())
        first, second = self.room.retry(), self.room.retry()
        self.master.initLock.release()
        self.successResultOf(first)
        self.successResultOf(second)
        self.assertEqual(self.set_up, 1)

    def test_who_waits_for_something_else_says_so(self) -> None:
        self.wait()
        self.wait(sentence="it waits for something else")
        self.assertEqual(self.room.waiting, ("it waits for something else",))
