"""Headers with secrets in them."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Secret
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.http._headers import header_arguments, header_problem

VALUE = "s3cr3t-of-a-header"


class HeaderTests(SynchronousTestCase):
    """`header_arguments`."""

    def test_texts_and_renderables(self) -> None:
        given = {"X-Api-Key": VALUE, "PRIVATE-TOKEN": Secret("file!token")}
        found = header_arguments("http", given, token=True)
        self.assertEqual(found["X-Api-Key"].constant, VALUE)
        self.assertEqual(found["PRIVATE-TOKEN"].option, "the header PRIVATE-TOKEN")
        self.assertNotIn(VALUE, repr(found))

    def test_wrong_ones(self) -> None:
        wrong: Any
        for wrong, says in (
            ([("a", VALUE)], "headers must be a dict of names to values, not list"),
            ({"a b": VALUE}, "'a b' is not the name of a header"),
            ({"a\r\nb": VALUE}, "is not the name of a header"),
            ({5: VALUE}, "5 is not the name of a header"),
            ({"Host": VALUE}, "'Host' is decided by the client; leave it out"),
            ({"authorization": VALUE}, "is what token is sent in; give one of them"),
            ({"X-A": VALUE, "x-a": VALUE}, "'x-a' is there twice"),
            ({"X-A": 5}, "the header X-A must be a str or a renderable"),
            ({"X-A": f"{VALUE}\r\nX-B: c"}, "the header X-A must be visible ASCII"),
        ):
            error = self.assertRaises(
                ConfigurationError, header_arguments, "http", wrong, token=True
            )
            self.assertIn(says, str(error))
            self.assertNotIn(VALUE, str(error))
        self.assertTrue(header_arguments("http", {"Authorization": "Basic eA=="}, token=False))

    def test_values(self) -> None:
        for text in ("a", "Basic a b", "~"):
            self.assertEqual(header_problem(text), "")
        for text in ("", " a", "a ", "a\n", "\u00e9", "a\x00b"):
            self.assertIn("visible ASCII", header_problem(text))
