from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import ROUTES, Action, Kind, Role
from buildbot_keychain.web._navigation import ENTRIES, entries_for


class MenuTests(SynchronousTestCase):
    def test_it_leads_to_pages(self) -> None:
        pages = {(route.path or "./", route.action) for route in ROUTES if route.kind is Kind.PAGE}
        self.assertLessEqual({(entry.path, entry.action) for entry in ENTRIES}, pages)

    def test_it_has_what_one_may_open(self) -> None:
        self.assertEqual(entries_for(()), [])
        self.assertEqual(entries_for({Role.ADMIN, Role.ANYBODY}), list(ENTRIES))
        pages = [entry for entry in ENTRIES if entry.action is not Action.FORCE]
        self.assertEqual(entries_for({Role.ADMIN, Role.ANYBODY}, [Action.FORCE]), pages)
        for entry in entries_for({Role.APPROVER}):
            self.assertIn(entry.action, {Action.OPEN, Action.SEE_APPROVALS})
