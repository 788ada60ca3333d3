from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import Clock
from twisted.logger import Logger, LogLevel, formatEvent

from buildbot_keychain.errors import KeyRingError, StoreConflict, StoreUnavailable
from buildbot_keychain.providers.store._place import Place
from buildbot_keychain.providers.store._serving import Reporter, Serving
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote import FrameReader, read_answer, request_message
from buildbot_keychain.store.ring import RETIRED
from buildbot_keychain.store.store import Keep
from buildbot_keychain.store.wraps import Passphrase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import CHEAP, NOW


class Threads(Clock):
    """A clock that calls from other threads at once."""

    def callFromThread(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)


class ServingTestCase(StoreTestCase):
    """A store that this process serves, and another one has open as `store`."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = Threads()
        self.reactor.advance(NOW)
        self.events: list[Any] = []
        observer: Any = self.events.append
        self.recorded: list[Any] = []
        self.reporter = Reporter(
            "store",
            Logger("test", observer=observer),
            self.reactor,
            lambda *action: self.recorded.append(action),
        )
        self.place = Place(str(self.ring_file.path), (), str(self.base / "seen"), Keep(2))
        self.serving = self.make()
        self.store.set("a", "one", now=NOW)

    def make(self, url: str | None = "", rotate_after: int | None = None) -> Serving:
        """Return one of the store's URL, or of another; it is not started."""

        async def render_url() -> str:
            return self.url

        known = self.url if url == "" else url
        serving = Serving(lambda: self.place, known, render_url, rotate_after, self.reporter)
        self.addCleanup(self.end, serving)
        return serving

    def end(self, serving: Serving) -> None:
        serving.stop()
        serving._background._thread.join(60)

    def keep_up(self, serving: Serving) -> None:
        """Do what is done each few seconds, which is due."""
        serving._upkeep._due = 0
        serving._attempt(serving._keep_up)

    def found(self, serving: Serving) -> str | None:
        def text_of(store: OpenStore) -> str | None:
            value = store.secrets.get("a")
            return None if value is None else value.text

        return serving.use(self.url, text_of)

    def logged(self) -> list[str]:
        """Return the sentences that were logged."""
        return [str(formatEvent(event)) for event in self.events]


class UseTests(ServingTestCase):
    def test_the_url_of_the_last_use_is_known(self) -> None:
        serving = self.make(url=None)
        self.keep_up(serving)
        self.assertIsNone(serving.url)
        self.assertEqual(self.found(serving), "one")
        self.assertEqual(serving.url, self.url)
        self.assertEqual(self.logged(), [])

    def test_after_the_stop_it_is_closed(self) -> None:
        self.serving.start(None)
        self.assertEqual(self.found(self.serving), "one")
        self.end(self.serving)
        error = self.assertRaises(StoreUnavailable, self.found, self.serving)
        self.assertIn("its provider was stopped", str(error))

    def test_a_use_is_noted_once_an_hour_and_before_the_end(self) -> None:
        for later in (0, 3599, 3600):
            serving = self.make()
            self.reactor.rightNow = NOW + later
            for _ in range(2):
                serving.note_use("a", self.url)
            self.end(serving)
            self.assertEqual(self.logged(), [])
            described: Any = self.store.describe("a")
            self.assertEqual(described.used, (NOW + later) // 3600 * 3600)

    def test_what_is_noted_waits_for_the_thread(self) -> None:
        """Whoever notes it goes on while others write."""
        with self.store._ledger.database.writing():
            self.serving.note_use("a", self.url)
            self.serving.note_use("b", self.url)
        self.serving.start(None)
        done = threading.Event()
        self.serving._background.do(done.set)
        self.assertTrue(done.wait(60))
        described: Any = self.store.describe("a")
        self.assertNotEqual(described.used, 0)

    def test_a_file_may_always_have_changed(self) -> None:
        self.found(self.serving)
        for _ in range(2):
            self.assertTrue(self.serving.may_have_changed())
        self.assertIsNone(self.serving._changes)


class UpkeepTests(ServingTestCase):
    def announced(self) -> set[bytes]:
        with self.store._ledger.reading() as view:
            (found,) = view.rows.masters().items()
        master, (seen, kids) = found
        self.assertEqual((master, seen), (self.place.master, NOW))
        return kids

    def test_the_keys_of_this_process_are_announced(self) -> None:
        self.keep_up(self.serving)
        self.assertEqual(self.announced(), {key.id for key in self.ring_file.read().keys})
        self.ring_file.update(lambda ring: ring.with_new_key(NOW))
        self.assertEqual(len(self.announced()), 1)
        self.serving._attempt(self.serving._keep_up)  # it is due, as the file has changed
        self.assertEqual(self.announced(), {key.id for key in self.ring_file.read().keys})

    def test_an_old_key_is_replaced(self) -> None:
        serving = self.make(rotate_after=100)
        self.keep_up(serving)
        self.assertEqual(len(self.ring_file.read().keys), 1)
        self.reactor.advance(101)
        self.keep_up(serving)
        old, _ = self.ring_file.read().keys
        self.assertEqual(old.state, RETIRED)
        (sentence,) = self.logged()
        self.assertIn("seals from now on; 1 data keys were sealed again", sentence)
        self.assertEqual(self.found(serving), "one")

    def test_a_rotation_whose_store_cannot_be_opened_any_more(self) -> None:
        """It has ended, so somebody can have it go on."""
        rotating, moved = self.serving._rotating, self.ring_file.path.with_name("moved")

        def begin(store: OpenStore) -> None:
            seen = rotating.status(store).seen
            rotating.begin(store, "ada (page)", "m1", NOW, seen)

        self.serving.use(self.url, begin)
        self.serving._opening._drop()
        self.ring_file.path.rename(moved)
        self.serving._attempt(self.serving._go_on_rotating)
        moved.rename(self.ring_file.path)
        progress = self.serving.use(self.url, rotating.status).progress
        assert progress is not None
        self.assertFalse(progress.goes_on)
        self.assertRegex(progress.problem, r"\Athe key ring .* does not exist")
        self.serving.use(self.url, begin)
        self.serving._attempt(self.serving._go_on_rotating)
        self.assertEqual(len(self.ring_file.read().keys), 2)
        self.assertEqual(self.ring_file.read().keys[0].state, RETIRED)


class ReportTests(ServingTestCase):
    def test_what_cannot_be_done_is_logged_once(self) -> None:
        self.ring_file.path.unlink()
        for _ in range(2):
            self.keep_up(self.serving)
        (event,) = self.events
        self.assertEqual(event["log_level"], LogLevel.warn)
        self.assertRegex(self.logged()[0], r"\Aprovider 'store': the key ring .* does not exist")

    def test_what_cannot_be_done_again_is_logged_again(self) -> None:
        moved = self.ring_file.path.with_name("moved")
        for _ in range(2):
            self.ring_file.path.rename(moved)
            self.keep_up(self.serving)
            self.serving._attempt(self.serving._keep_up)  # it is not due
            self.keep_up(self.serving)
            moved.rename(self.ring_file.path)
            self.keep_up(self.serving)
        self.assertEqual(len(self.events), 2)

    def test_what_others_raise_is_logged_by_its_kind(self) -> None:
        """It may quote a value."""

        def fail() -> None:
            raise ValueError("canary")

        self.serving._attempt(fail)
        (sentence,) = self.logged()
        self.assertIn("ValueError", sentence)
        self.assertNotIn("canary", sentence)

    def test_what_was_seen_and_cannot_be_kept_is_logged_once(self) -> None:
        self.assertEqual(self.found(self.serving), "one")
        self.store.set("a", "two", now=NOW)
        with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
            for _ in range(2):
                self.assertEqual(self.found(self.serving), "two")
        self.found(self.serving)
        (sentence,) = self.logged()
        self.assertRegex(sentence, r"seen.*No space left.* was put back")

    def test_nobody_is_left_to_log_it(self) -> None:
        for error in (ReactorNotRunning(), RuntimeError("the interpreter ends")):
            with mock.patch.object(self.reactor, "callFromThread", side_effect=error):
                self.reporter.say("late")
        self.assertEqual(self.events, [])


class PerformTests(ServingTestCase):
    """What a command asks for."""

    def answer(self, operation: str, **arguments: Any) -> Any:
        (request,) = FrameReader(1 << 20).feed(request_message(operation, arguments, None))
        perform = self.successResultOf(Deferred.fromCoroutine(self.serving._prepare()))
        (answer,) = FrameReader(1 << 20).feed(perform(request, "me@here", lambda _: None))
        return read_answer(answer).content

    def test_it_has_the_time_and_the_versions_to_keep_of_this_process(self) -> None:
        self.reactor.advance(7)
        for value in ("two", "three"):
            self.answer("set", name="a", value=value, expected=None, metadata={})
        last = self.answer("history", name="a")[-1]
        self.assertEqual((last.actor, last.time), ("me@here", NOW + 7))
        self.assertEqual([one.version for one in self.answer("versions", name="a")], [2, 3])

    def test_what_was_changed_or_read_is_recorded(self) -> None:
        self.answer("set", name="a", value="canary", expected=None, metadata={})
        self.answer("history", name="a")
        self.answer("get", name="a", version=None)
        self.answer("finish")
        self.assertRaises(StoreConflict, self.answer, "rollback", name="a", version=1, expected=7)
        *done, failed = self.recorded
        self.assertEqual(
            done,
            [
                ("set", "me@here", "a", "done"),
                ("get", "me@here", "a", "done"),
                ("finish", "me@here", "", "done"),
            ],
        )
        self.assertEqual(failed[:3], ("rollback", "me@here", "a"))
        self.assertIn("version", failed[3])
        self.assertNotIn("canary", str(self.recorded))

    def test_an_error_says_what_to_do_about_it_here(self) -> None:
        wrapped = self.ring_file.read().wrapped_for([Passphrase("pass", cost=CHEAP)])
        self.ring_file.path.write_bytes(wrapped.to_bytes())
        with self.assertRaises(KeyRingError) as raised:
            self.answer("get", name="a", version=None)
        self.assertIn("; set unlock to what opens it", str(raised.exception))
