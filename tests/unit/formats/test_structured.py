from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import Malformed, field_text, structured


class StructuredTests(SynchronousTestCase):
    def test_the_fields_of_an_object_in_json(self) -> None:
        fields = structured(' {"user": "me", "db": {"password": "x"}}')
        self.assertEqual(field_text(fields, "user"), "me")
        self.assertEqual(field_text(fields, "db/password"), "x")

    def test_lines_of_names_and_values(self) -> None:
        self.assertEqual(structured("# note\nUSER=me\nexport PASSWORD='x y'\n")["PASSWORD"], "x y")

    def test_anything_else_is_an_error_that_does_not_show_it(self) -> None:
        for text in ("", "canary", "canary=\ncanary", '"canary"', "[1]", '{"canary"', "# canary"):
            error = self.assertRaises(Malformed, structured, text)
            self.assertNotIn("canary", str(error))
