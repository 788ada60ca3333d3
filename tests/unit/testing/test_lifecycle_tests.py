"""Each fault in how a provider starts and stops fails the test for it."""

from __future__ import annotations

import subprocess
import threading
from typing import Any, ClassVar

from twisted.internet.defer import Deferred

from buildbot_keychain.errors import ProviderUnavailable
from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider


class FaultTests(FaultyProviderTestCase):
    def test_thread_left_behind(self) -> None:
        over = threading.Event()

        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                threading.Thread(target=over.wait, args=[30]).start()
                return await super().look_up(path)

        self.addCleanup(over.set)
        self.assertFault("test_stopping_leaves_nothing_behind", Faulty, "threads or processes")

    def test_process_left_behind(self) -> None:
        class Faulty(GoodProvider):
            started: ClassVar[list[subprocess.Popen[bytes]]] = []

            async def look_up(self, path: str) -> Any:
                if not self.started:
                    self.started.append(subprocess.Popen(["true"]))
                return await super().look_up(path)

        self.assertFault("test_stopping_leaves_nothing_behind", Faulty, "threads or processes")
        Faulty.started[0].wait()

    def test_answer_after_the_stop(self) -> None:
        class Faulty(GoodProvider):
            async def _get(self, path: str) -> Any:
                return await self.look_up(path)

        self.assertFault("test_stopped_provider_is_unavailable", Faulty)

    def test_no_second_start(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                if vars(self).get("over"):
                    raise ProviderUnavailable(self.name, path, "it is over")
                return await super().look_up(path)

            def stopService(self) -> Any:
                self.over = True
                return super().stopService()

        self.assertFault("test_can_be_started_again", Faulty)

    def test_stop_that_affects_another_provider(self) -> None:
        class Faulty(GoodProvider):
            def stopService(self) -> Any:
                self.store.values.clear()
                return super().stopService()

        self.assertFault("test_replacement_takes_over", Faulty)

    def test_stop_that_hangs(self) -> None:
        class Faulty(GoodProvider):
            def stopService(self) -> Any:
                super().stopService()
                return Deferred()

        self.assertFault("test_unused_provider_stops", Faulty, "stopService(): no result")

    def test_lookup_that_never_ends(self) -> None:
        class Faulty(GoodProvider):
            async def wait(self, path: str) -> None:
                await Deferred()

        message = "no result within 0.5 seconds"
        self.assertFault("test_stops_while_lookups_wait", Faulty, message)
