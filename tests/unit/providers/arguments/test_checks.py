from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.arguments._checks import (
    is_path,
    require_server_url,
    require_timeout,
    server_url,
)

LOOPBACK = ("localhost", "127.0.0.1", "127.1.2.3", "[::1]")


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
                "https://:pw@a",
                "https://a\n",
                "https://a b",
                "https://a/?b",
                "https://a/#b",
                b"https://a",
                "ftp://a",
                "//a",
                5,
            ),
        ):
            self.assertIsNone(server_url(bad), repr(bad))

    def test_the_url_of_a_server(self) -> None:
        for good, returned in (
            ("https://a.example.org", "https://a.example.org"),
            ("https://a.example.org:8500/kv/", "https://a.example.org:8500/kv"),
            *((f"http://{host}:8500", f"http://{host}:8500") for host in LOOPBACK),
        ):
            self.assertEqual(require_server_url("some", "server", good), returned)

    def test_a_url_that_is_not_that_of_a_server_is_not_quoted(self) -> None:
        for bad in ("a", "ftp://a.example.org", "https://user:s3cr3t@a.example.org", None, 5):
            error = self.assertRaises(
                ConfigurationError, require_server_url, "some", "server", bad, True
            )
            self.assertEqual(
                str(error),
                "some: server must be a URL such as 'https://secrets.example.org:8443': https or "
                "http and a host, without a user, a query and a fragment",
            )

    def test_plain_http_is_for_this_machine_alone(self) -> None:
        reason = (
            "some: server must begin with https://, since others can read what goes over http://"
        )
        for host in ("a.example.org", "10.0.0.1", "127.0.0.1.example.org", "[2001:db8::1]"):
            url = f"http://{host}"
            error = self.assertRaises(ConfigurationError, require_server_url, "some", "server", url)
            self.assertEqual(str(error), reason)
            error = self.assertRaises(
                ConfigurationError, require_server_url, "some", "server", url, allow_http=False
            )
            self.assertEqual(str(error), f"{reason}; allow_http=True permits it all the same")
            self.assertEqual(require_server_url("some", "server", url, allow_http=True), url)

    def test_whether_plain_http_is_allowed_is_a_bool(self) -> None:
        error = self.assertRaises(
            ConfigurationError, require_server_url, "some", "server", "https://a", allow_http=1
        )
        self.assertEqual(str(error), "some: allow_http must be True or False, not 1")
