from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit._channel import Channel
from buildbot_keychain.audit.events import Trail
from tests.support.audit_records import HeldSink, hidden, record


class Stopped:
    """A reactor that does not run any more."""

    def callFromThread(self, *_: Any) -> None:
        raise RuntimeError


class ChannelTests(SynchronousTestCase):
    def test_what_is_passed_after_the_reactor_has_stopped_is_written(self) -> None:
        sink = HeldSink()
        lost: Callable[[str, int], Any] = lambda name, count: record(Trail("lost", name, count))  # noqa: E731
        channel = Channel(
            sink,
            Stopped,
            5.0,
            lost=lost,
            refused=lambda name, *_: lost(name, 1),
            set_aside=lambda _: None,
            changed=lambda: None,
        )
        for name in "ab":
            for each in hidden(name):
                channel.submit(each, lambda: None)
            thread: Any = channel._thread
            channel.close(lambda: None)
            thread.join(30)
            self.assertFalse(thread.is_alive())
        self.assertEqual((len(sink.records), sink.closed), (2, 2))
