from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import Refused
from buildbot_keychain.web._refusals import sentence


class RefusalsTests(SynchronousTestCase):
    def test_a_message_becomes_a_sentence(self) -> None:
        """What it names is spelled as it was."""
        for message, expected in (
            ("it has expired", "It has expired."),
            ("Bob may not; ask Alice", "Bob may not; ask Alice."),
            ("it is decided.", "It is decided."),
            ("who are you?", "Who are you?"),
            ("no!", "No!"),
            ("'deploy Token' is denied", "'deploy Token' is denied."),
            ("é", "É."),
        ):
            self.assertEqual(sentence(message), expected)
            self.assertEqual(sentence(expected), expected)

    def test_a_refusal_says_nothing_but_its_sentence(self) -> None:
        refused = Refused(404, "There is no such page.")
        self.assertEqual((refused.status, refused.sentence), (404, "There is no such page."))
        self.assertEqual(str(refused), refused.sentence)
