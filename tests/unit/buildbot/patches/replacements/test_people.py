"""Who asks for builds, on pages and by ``buildbot try``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot_keychain.buildbot.builds import who_is_asking
from buildbot_keychain.buildbot.patches import replacements
from tests.support.replacement_case import ReplacementTestCase


class PeopleTests(ReplacementTestCase):
    def test_a_page(self) -> None:
        control = replacements.control(lambda _self, _request: who_is_asking())
        for master in (self.kept, self.plain):
            www = SimpleNamespace(getUserInfos=lambda user: user, auth=None)
            master.www = www
            resource: Any = SimpleNamespace(master=master)
            expected = "alice" if master is self.kept else None
            self.assertEqual(control(resource, {"username": "alice"}), expected)
            self.assertIsNone(control(resource, {"anonymous": True}))

    def test_what_is_tried_out(self) -> None:
        try_out = replacements.try_out(lambda _self, branch, who: (branch, who, who_is_asking()))
        found = try_out(SimpleNamespace(username="alice"), "main", who="bob")
        self.assertEqual(found, ("main", "bob", "alice"))
