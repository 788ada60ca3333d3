from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._inspected import ABOUT_CHECK, MOST_PLACES, of_report
from buildbot_keychain.inspection import NOTE, PROBLEM, Finding
from buildbot_keychain.inspection.check import Decision, Place, Report, Secret
from buildbot_keychain.web.host_inspections import Found, Named, WantedPlaces

STEP = Place("builder 'b', step 1 (Git)", "sshPrivateKey", "b", 0)
HOOK = Place('c["www"]', "github", asker="hook/github")
ALLOWED = Decision("allowed", "Allow('y')", "master.cfg:1", ("outside", "branches"), (STEP,))
DENIED = Decision("denied", None, None, (), (HOOK,))
REPORT = Report(
    "/srv/master/master.cfg",
    (
        Finding(PROBLEM, "missing", "no provider holds 'x'", tuple(map(str, range(25)))),
        Finding(NOTE, "a", "b", (), "mend it", "javascript:alert(1)"),
    ),
    1,
    2,
    (Secret("x", "missing"), Secret("y", "found", "files", 3, 1, 2, "no", (ALLOWED, DENIED))),
)
ROWS = [
    Named("x", "missing", "", "", "", "", "", "", ()),
    Named(
        *("y", "found", "files", "no", "b", str(STEP), "allowed", "Allow('y') (master.cfg:1)"),
        ("outside", "branches"),
    ),
    Named("y", "found", "files", "no", "", str(HOOK), "denied", "", ()),
]


class InspectedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.inspected = of_report(REPORT)

    def test_findings(self) -> None:
        self.assertEqual(self.inspected.counts, {"problem": 1, "unchecked": 0, "note": 1})
        found = self.inspected.of_level("", 0, 9)
        first = Found(
            *("problem", "missing", "no provider holds 'x'", tuple(map(str, range(MOST_PLACES)))),
            *(25 - MOST_PLACES, "", ABOUT_CHECK),
        )
        # What a configuration says is no address.
        self.assertEqual(found.items, [first, Found("note", "a", "b", (), 0, "mend it")])
        self.assertEqual(self.inspected.of_level("note", 0, 9).count, 1)
        self.assertEqual(self.inspected.of_level("", 1, 1).items, [found.items[1]])

    def places(self, *args: str) -> list[Named]:
        return list(self.inspected.places(WantedPlaces(*args), 0, 9).items)

    def test_places(self) -> None:
        self.assertEqual(self.places(), ROWS)
        self.assertEqual((self.inspected.secrets, self.inspected.named), (2, 2))

    def test_those_that_are_wanted(self) -> None:
        for wanted, rows in (
            (("x",), ROWS[:1]),
            (("*y*",), ROWS[1:]),
            (("", "b"), ROWS[1:2]),
            (("", "", "missing"), ROWS[:1]),
            (("", "", "", "denied"), ROWS[2:]),
            (("x", "b"), []),
        ):
            self.assertEqual(self.places(*wanted), rows, wanted)

    def test_some_of_them(self) -> None:
        found = self.inspected.places(WantedPlaces(), 1, 1)
        self.assertEqual((found.items, found.count), (ROWS[1:2], 3))
