from __future__ import annotations

from typing import Any

from twisted.logger import formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import AuditToObserver
from buildbot_keychain.interfaces import IAuditSink
from tests.support.audit_records import hidden


class ObserverTests(SynchronousTestCase):
    def test_an_observer_gets_each_event_as_text_and_as_a_mapping(self) -> None:
        seen: list[dict[str, Any]] = []
        sink = AuditToObserver(seen.append)
        self.assertTrue(verifyObject(IAuditSink, sink))
        self.assertEqual(sink, AuditToObserver(seen.append))
        records = hidden("a{b}")
        sink.check()
        sink.write(records)
        sink.close()
        self.assertEqual(seen[0]["audit"]["secret"], "a{b}")
        self.assertEqual(formatEvent(seen[0]), records[0].text)
