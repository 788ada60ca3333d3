from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.arguments._checks import is_path, require_timeout, server_url


class ArgumentTests(SynchronousTestCase):
    def test_paths(self) -> None:
        for good in ("a", "/a/b", Path("a")):
            self.assertTrue(is_path(good))
        for bad in ("", "a\0b", b"a", 5, None, ["a"]):
            self.assertFalse(is_path(bad), repr(bad))

    def test_timeouts(self) -> None:
        for good in (1, 0.5, 60):
            self.assertEqual(require_timeout("some", good), good)
        for bad in (0, -1, 61, True, "5", None, float("nan"), float("inf")):
            error = self.assertRaises(ConfigurationError, require_timeout, "some", bad)
            self.assertEqual(
                str(error),
                "some: timeout must be a number of seconds, more than 0 and at most 60, "
                f"not {bad!r}",
            )

    def test_urls(self) -> None:
        for good in ("https://a", "https://a:1/b/", "http://[::1]:80"):
            self.assertIsNotNone(server_url(good), good)
        for bad in (
            *("", "a", "https://", "https://a:0", "https://a:x", "https://a:99999", "https://[::1"),
            *(
                "https://user@a",
                "https://user:pw@a",
                "https://a/?b",
                "https://a/#b",
                b"https://a",
                5,
            ),
        ):
            self.assertIsNone(server_url(bad), repr(bad))
