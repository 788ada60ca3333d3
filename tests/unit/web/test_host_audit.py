from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.web import IAudit
from buildbot_keychain.web.host_audit import Audited
from tests.support.audit_in_memory import AuditInMemory


class AuditTests(SynchronousTestCase):
    def test_that_of_tests_is_like_that_of_a_host(self) -> None:
        verifyObject(IAudit, AuditInMemory())

    def test_an_event_for_people(self) -> None:
        self.assertEqual(Audited.of({"event": "trail"}), Audited("", "trail", "", ""))
        event = {"event": "lookup", "requester": {"builder": "deploy", "build": 7}}
        self.assertEqual(Audited.of(event).who, "deploy, build 7")
