from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http._url_template import MAX_NAME_BYTES, UrlTemplate

NAMES = st.text(max_size=30) | st.text("a/.%?#&=;\\:@ \r\n\0|é", max_size=20)
NOT_A_PART = {"", ".", ".."}


class NameTests(SynchronousTestCase):
    @given(NAMES)
    @example("../token")
    @example("a/%2e%2e/b")
    @example("\udcff")
    def test_a_name_stays_in_its_place_in_the_path(self, name: str) -> None:
        for template in ("https://h:1/v1/{path}", "https://h:1/v1/{path}/raw?x=1"):
            url = UrlTemplate(template).url_of(name)
            if url is None:
                self.assertTrue(NOT_A_PART & set(name.split("/")) or not _is_utf_8(name))
                continue
            self.assertTrue(url.isascii() and url.isprintable() and " " not in url)
            parts = urlsplit(url)
            self.assertEqual(parts.netloc, "h:1")
            self.assertEqual(parts.fragment, "")
            self.assertFalse(NOT_A_PART & set(parts.path.split("/")[1:]))
            path = parts.path.removesuffix("/raw") if "raw" in template else parts.path
            self.assertEqual(unquote(path), f"/v1/{name}")
            self.assertEqual(parts.query, urlsplit(template).query)

    @given(NAMES)
    def test_a_name_stays_in_its_place_in_the_query(self, name: str) -> None:
        url = UrlTemplate("https://h/find?name={path}&x=1").url_of(name)
        if url is not None:
            parameters = parse_qsl(urlsplit(url).query, keep_blank_values=True)
            self.assertEqual(parameters, [("name", name), ("x", "1")])

    def test_names_that_are_too_long(self) -> None:
        template = UrlTemplate("https://h/{path}")
        self.assertIsNotNone(template.url_of("x" * MAX_NAME_BYTES))
        self.assertIsNone(template.url_of("x" * (MAX_NAME_BYTES + 1)))
        self.assertIsNone(template.url_of("é" * (MAX_NAME_BYTES // 6 + 1)))

    def test_the_path_of_a_socket(self) -> None:
        template = UrlTemplate("http+unix://%2Frun%2FS.sock/v1/{path}")
        self.assertTrue(template.is_socket)
        self.assertEqual(template.server, "http+unix://%2Frun%2FS.sock")
        self.assertEqual(template.url_of("a/b"), "http+unix://%2Frun%2FS.sock/v1/a/b")
        for url in ("http+unix://run/{path}", "http+unix:///run/x.sock/{path}"):
            error = self.assertRaises(ValueError, UrlTemplate, url)
            self.assertIn("path of a socket", str(error))

    def test_the_server_is_named_without_path_and_query(self) -> None:
        self.assertEqual(UrlTemplate("https://h:1/a?key=x&n={path}").server, "https://h:1")


def _is_utf_8(text: str) -> bool:
    return text.encode("utf-8", "replace").decode() == text
