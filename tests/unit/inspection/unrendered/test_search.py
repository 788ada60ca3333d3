from __future__ import annotations

from buildbot.plugins import util as buildbot_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.unrendered._search import (
    names_a_secret,
    remedy,
    renderables_in,
    subject,
)
from buildbot_keychain.plugins import util


class SearchTests(SynchronousTestCase):
    def test_renderables_are_found_at_any_depth(self) -> None:
        secret, theirs = util.Secret("a"), buildbot_util.Secret("b")
        value = {"x": [1, ("y", secret)], theirs: {"z"}, "w": b"", "v": None}
        self.assertEqual(set(renderables_in(value)), {secret, theirs})
        self.assertEqual(list(renderables_in("text")), [])

    def test_which_name_a_secret(self) -> None:
        for renderable in (
            util.Secret("a"),
            buildbot_util.Secret("a"),
            util.Interpolate("%(secret:a)s"),
            buildbot_util.Interpolate("%(secret:a)s"),
            util.Interpolate("%(kw:x)s", x=util.Secret("a")),
            util.Interpolate("%s", [buildbot_util.Secret("a")]),
        ):
            self.assertTrue(names_a_secret(renderable), repr(renderable))
        for renderable in (util.Interpolate("%(prop:a)s"), util.Property("a")):
            self.assertFalse(names_a_secret(renderable), repr(renderable))

    def test_messages_name_the_secret(self) -> None:
        for secret in (util.Secret("a"), buildbot_util.Secret("a")):
            self.assertEqual(subject(secret), "secret 'a'")
            self.assertIn("write secrets.now('a')", remedy(secret))
        self.assertEqual(subject(util.Interpolate("%(prop:a)s")), "Interpolate('%(prop:a)s')")
        self.assertIn("write a text", remedy(util.Secret(util.Property("a"), allowed="*")))
