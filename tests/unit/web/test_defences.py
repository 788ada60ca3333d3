from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.test.requesthelper import DummyRequest

from buildbot_keychain.web import HEADERS, Refused
from buildbot_keychain.web._defences import (
    harden,
    header,
    is_by_program,
    require_navigation,
    require_no_query,
    require_own_form,
)
from tests.support.page_client import NAVIGATION

ORIGIN = "https://ci.example.org"


def request_with(headers: Mapping[str, str | None]) -> Any:
    request: Any = DummyRequest([b""])
    for name, value in headers.items():
        if value is not None:
            request.requestHeaders.addRawHeader(name, value)
    return request


class HeaderTests(SynchronousTestCase):
    def test_a_policy_allows_neither_scripts_nor_frames(self) -> None:
        policy = HEADERS["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("script-src", policy)
        self.assertNotIn("unsafe", policy)

    def test_every_header_is_set(self) -> None:
        request = request_with({})
        harden(request)
        for name, value in HEADERS.items():
            self.assertEqual(request.responseHeaders.getRawHeaders(name), [value])

    def test_a_header_that_is_there_twice_equals_none_of_the_two(self) -> None:
        request = request_with({"Origin": ORIGIN})
        request.requestHeaders.addRawHeader("Origin", ORIGIN)
        self.assertNotEqual(header(request, "Origin"), ORIGIN)

    def test_bytes_that_are_no_text_are_a_value_like_others(self) -> None:
        request = request_with({})
        request.requestHeaders.addRawHeader(b"Sec-Fetch-Mode", b"\xff\xfe")
        self.assertRaises(Refused, require_navigation, request, answers_silent=True)
        request.requestHeaders.addRawHeader(b"Origin", b"\xff")
        self.assertRaises(Refused, require_own_form, request, ORIGIN)


class NavigationTests(SynchronousTestCase):
    def test_a_person_navigates(self) -> None:
        require_navigation(request_with(NAVIGATION), answers_silent=False)

    def test_scripts_frames_and_loading_in_advance_are_refused(self) -> None:
        refused: tuple[dict[str, str | None], ...] = (
            {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
            {"Sec-Fetch-Mode": "same-origin"},
            {"Sec-Fetch-Dest": "iframe"},
            {"Sec-Fetch-Dest": "object"},
            {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
            {"Sec-Purpose": "prefetch"},
            {"Sec-Purpose": "prefetch;prerender"},
            {"Sec-Fetch-Mode": ""},
        )
        for changes in refused:
            for silent in (False, True):
                request = request_with({**NAVIGATION, **changes})
                self.assertRaises(Refused, require_navigation, request, answers_silent=silent)

    def test_who_does_not_say_is_answered_only_where_that_is_accepted(self) -> None:
        for missing in NAVIGATION.keys() & {"Sec-Fetch-Mode", "Sec-Fetch-Dest"}:
            request = request_with({**NAVIGATION, missing: None})
            self.assertRaises(Refused, require_navigation, request, answers_silent=False)
            require_navigation(request, answers_silent=True)

    def test_what_says_nothing_where_every_browser_does_is_a_program(self) -> None:
        for origin, host, expected in (
            (ORIGIN, "ci.example.org", True),
            (ORIGIN, "10.0.0.7:8010", True),  # behind a proxy
            ("http://ci.example.org", "ci.example.org", False),
            ("http://ci.example.org", "localhost", False),
            ("http://localhost:8010", "localhost:8010", True),
            ("http://127.0.0.1:8010", "localhost:8010", True),
            ("http://[::1]:8010", "[::1]:8010", True),
            ("http://localhost:8010", "ci.example.org:8010", False),
            ("http://localhost.example.org", "localhost.example.org", False),
            ("http://127.0.0.1.example.org", "127.0.0.1.example.org", False),
            ("http://localhost", "[", False),
            ("http://localhost", None, False),
        ):
            request = request_with({"Host": host})
            self.assertEqual(is_by_program(request, origin), expected, (origin, host))

    def test_what_has_a_language_is_a_browser(self) -> None:
        """Old ones say nothing, and no script leaves the header out."""
        for language in ("de-AT,de;q=0.9", "*", ""):
            request = request_with({"Host": "localhost", "Accept-Language": language})
            for origin in (ORIGIN, "http://localhost"):
                self.assertFalse(is_by_program(request, origin), (origin, language))


class FormTests(SynchronousTestCase):
    def test_own_forms(self) -> None:
        require_own_form(request_with({"Origin": ORIGIN}), ORIGIN)
        require_own_form(request_with({"Origin": ORIGIN, **NAVIGATION}), ORIGIN)

    def test_forms_of_others_are_refused(self) -> None:
        for origin in (None, "null", "https://ci.example.org.evil.example", f"{ORIGIN}:8443"):
            request = request_with({"Origin": origin})
            self.assertRaises(Refused, require_own_form, request, ORIGIN)
        for site in ("cross-site", "same-site", "none"):
            request = request_with({"Origin": ORIGIN, "Sec-Fetch-Site": site})
            self.assertRaises(Refused, require_own_form, request, ORIGIN)

    def test_a_query_is_refused_also_an_empty_one(self) -> None:
        request = request_with({})
        require_no_query(request)
        request.uri = b"/plugins/keychain/approvals?"
        self.assertRaises(Refused, require_no_query, request)
