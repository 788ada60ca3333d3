from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import ROUTES, SCOPES, Action, Kind
from buildbot_keychain.web._routes import find


class RouteTests(SynchronousTestCase):
    def test_programs_do_what_there_is_a_scope_for(self) -> None:
        for route in ROUTES:
            if route.kind is Kind.JSON and route.action is not None:
                self.assertIn(route.action, SCOPES)

    def test_only_files_and_the_description_have_no_action(self) -> None:
        without = {route for route in ROUTES if route.action is None}
        described = {route for route in without if route.view == "description.show"}
        self.assertEqual({route.kind for route in described}, {Kind.JSON})
        self.assertEqual({route.kind for route in without - described}, {Kind.PUBLIC})

    def test_nothing_is_changed_by_a_get(self) -> None:
        for route in ROUTES:
            changing = {Action.DECIDE, Action.MAINTAIN, Action.CHANGE, Action.INSPECT}
            if route.action not in {Action.FORCE, None}:
                self.assertEqual(route.method == "GET", route.action not in changing, route)

    def test_a_star_is_one_part_of_letters_and_digits(self) -> None:
        found = find(["api", "v1", "approvals", "7", "approve"])
        self.assertEqual([route.view for route in found.values()], ["approvals.approve"])
        for parts in ([""], ["7", "8"], ["\x00"], ["7 "], ["\u0667"], ["\ufffd"]):
            self.assertEqual(find(["api", "v1", "approvals", *parts, "approve"]), {}, parts)

    def test_each_route_is_found_by_its_path(self) -> None:
        for route in ROUTES:
            found = find([part.replace("*", "7") for part in route.path.split("/")])
            self.assertIs(found[route.method], route)
            same = {each.method for each in ROUTES if each.path == route.path}
            self.assertEqual(set(found), same)

    def test_a_part_is_no_star_and_has_no_slash(self) -> None:
        for route in ROUTES:
            if "/" in route.path:
                self.assertEqual(find([route.path]), {}, route)
            if "*" in route.path:
                self.assertEqual(find(route.path.split("/")), {}, route)

    def test_other_spellings_of_a_path_do_not_exist(self) -> None:
        for path in (["Approvals"], ["approvals", ""], [".", "approvals"], ["..", "approvals"]):
            self.assertEqual(find(path), {}, path)
