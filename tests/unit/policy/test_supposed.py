from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import SourceStamp
from buildbot_keychain.policy import Allow, Policy, supposed_build

STAMP = SourceStamp(repository="r", branch="main")


class SupposedTests(SynchronousTestCase):
    def test_it_is_judged_as_a_build_is(self) -> None:
        policy = Policy([Allow("x", repositories=["r"], branches=["main"], tags=["t"])])
        for tags, outside, expected in (
            (("t",), False, True),
            (("t",), True, False),
            (("t",), None, False),
            ((), False, False),
        ):
            build = supposed_build("b", (None, tags), STAMP, outside=outside)
            self.assertEqual(policy.decide("p", "x", build).is_allowed, expected, build)

    def test_what_is_patched_is_from_outside(self) -> None:
        build = supposed_build("b", ("p", ()), SourceStamp(patched=True))
        self.assertEqual((build.outside, build.builder_project), (True, "p"))
        unknown = supposed_build("b", (None, ()), SourceStamp(patched=True), outside=None)
        self.assertIsNone(unknown.outside)
