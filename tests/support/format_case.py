"""A test case for a reader of a settings file."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import FORMATS, Malformed, NonText

CANARY = "s3cr3t-canary"


def read(form: str, text: str) -> dict[str, Any]:
    """Return the entries of a text; one that is not a text is a set of what it is."""
    entries = FORMATS[form](text)
    return {n: {e.what} if isinstance(e, NonText) else e for n, e in entries.items()}


class FormatTestCase(SynchronousTestCase):
    form: str

    def assertReads(self, text: str, **wanted: object) -> None:
        self.assertEqual(read(self.form, text), wanted)

    def assertMalformed(self, text: str, says: str) -> None:
        error = self.assertRaises(Malformed, read, self.form, text)
        self.assertIn(says, str(error))
        self.assertNotIn(CANARY, str(error))
