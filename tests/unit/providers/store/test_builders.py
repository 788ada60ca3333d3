from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.providers.store._builders import denial

RELEASE = Requester("build", builder="release-1")


class BuilderTests(SynchronousTestCase):
    def test_without_builders_it_is_for_whoever_asks(self) -> None:
        for requester in (None, RELEASE, Requester("service", service="mail")):
            self.assertIsNone(denial(None, requester))

    def test_a_star_stands_for_any_characters_and_nothing_else_is_special(self) -> None:
        for pattern, builder in (
            ("release-*", "release-1"),
            ("*", "a/b\nc"),
            ("a*c*", "abc/c"),
            ("a.b", "a.b"),
        ):
            self.assertIsNone(denial(["other", pattern], Requester("build", builder=builder)))
        for pattern, builder in (
            ("release", "release-1"),
            ("elease-*", "release-1"),
            ("Release-*", "release-1"),
            ("a.b", "aXb"),
            ("[ab]", "a"),
            ("a?", "ab"),
        ):
            denied = denial([pattern], Requester("build", builder=builder))
            self.assertIn(f"and this is {builder!r}; edit its allowed=", str(denied))

    def test_nobody_else_than_a_build_of_them_gets_it(self) -> None:
        for requester in (
            None,
            Requester("unknown", builder="release-1"),
            Requester("service", builder="release-1", service="mail"),
            Requester("provider"),
            Requester("build"),
        ):
            denied = denial(["release-*"], requester)
            self.assertIn("('release-*'), and whoever asks is not a build", str(denied))

    def test_an_empty_list_is_for_nobody(self) -> None:
        self.assertIn("(none)", str(denial([], RELEASE)))
