from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.forms._typed import Typed


class TypedTests(SynchronousTestCase):
    def test_whatever_is_made_of_it_is_the_label(self) -> None:
        typed = Typed.of("<form!pw>", "k" * 32, b"box")
        self.assertEqual((typed.key, typed.box), ("k" * 32, b"box"))
        for shown in (str(typed), f"{typed}", json.loads(json.dumps([typed]))[0]):
            self.assertEqual((shown, type(shown)), ("<form!pw>", str))
        self.assertEqual(repr(typed), "'<form!pw>'")
