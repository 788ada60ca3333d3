from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._settings import PageSettings, page_problems, settings_of


def problems(given: Any) -> list[str]:
    return list(page_problems(SimpleNamespace(www={"plugins": {"keychain": given}})))


class SettingsTests(SynchronousTestCase):
    def test_a_master_without_the_page(self) -> None:
        self.assertEqual(list(page_problems(SimpleNamespace(www={}))), [])

    def test_roles_and_switches(self) -> None:
        given = {"admin_roles": ["admins"], "viewer_roles": ("a", "b"), "plain_http": True}
        self.assertEqual(problems(given), [])
        self.assertEqual(
            settings_of(given), PageSettings(frozenset({"admins"}), frozenset({"a", "b"}), True)
        )
        self.assertEqual(problems({}), [])
        self.assertEqual(settings_of({}), PageSettings())

    def test_what_is_wrong_is_said_and_lets_nobody_in(self) -> None:
        for given, words in (
            (True, "must be a dictionary"),
            ([], "must be a dictionary"),
            ({"admins": ["x"]}, "has no setting 'admins'"),
            ({"admin_roles": "admins"}, "list of the names of roles as admin_roles"),
            ({"admin_roles": [1]}, "list of the names of roles as admin_roles"),
            ({"viewer_roles": [""]}, "list of the names of roles as viewer_roles"),
            ({"viewer_roles": ["*"]}, "compared as they stand"),
            ({"viewer_roles": None}, "list of the names of roles as viewer_roles"),
            ({"plain_http": "no"}, "True or False as plain_http"),
        ):
            (problem,) = problems(given)
            self.assertIn(words, problem)
            self.assertIn('c["www"]["plugins"]["keychain"]', problem)
            self.assertEqual(settings_of(given), PageSettings())
