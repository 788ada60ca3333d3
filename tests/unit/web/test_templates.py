from __future__ import annotations

import jinja2
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._templates import (
    _environment,
    day,
    moment,
    prepare,
    render,
    visible,
    whole,
    without,
)


class TemplateTests(SynchronousTestCase):
    def test_what_is_shown_is_escaped(self) -> None:
        pieces = render(
            "refusal.html",
            title="<i>",
            person=None,
            entries=(),
            sentence='"><script>',
            heading="<i>",
            log_in="",
            root="",
        )
        page = "".join(pieces)
        self.assertNotIn("<i>", page)
        self.assertNotIn("<script", page)

    def test_a_name_that_is_not_known_is_an_error(self) -> None:
        pieces = render("refusal.html", title="x", person=None)
        self.assertRaises(jinja2.UndefinedError, list, pieces)

    def test_they_are_prepared(self) -> None:
        _environment.cache_clear()
        prepare()
        self.assertLess(10, len(_environment().cache))

    def test_controls_can_be_seen(self) -> None:
        self.assertEqual(visible("a\u202eb\x00c\n\u200b\xad"), "a\\u202eb\\x00c\\n\\u200b\\xad")
        self.assertEqual(visible("gr\xfc\xdfe, \u4e16\u754c"), "gr\xfc\xdfe, \u4e16\u754c")
        self.assertEqual(visible("\ud800"), "\\ud800")

    def test_marks_do_not_pile_up(self) -> None:
        self.assertEqual(visible("e\u0301" * 3), "e\u0301" * 3)
        self.assertEqual(visible("e" + "\u0301" * 5), "e" + "\u0301" * 4 + "\\u0301")
        self.assertEqual(visible("e\u0489"), "e\\u0489")

    def test_a_long_text_is_cut(self) -> None:
        self.assertEqual(visible("x" * 500), "x" * 500)
        self.assertEqual(visible("x" * 501), "x" * 500 + "…")
        self.assertEqual(whole("x" * 501 + "\u202e"), "x" * 501 + "\\u202e")

    def test_a_name_that_stands_beside_a_text_is_left_out_of_it(self) -> None:
        self.assertEqual(without("files!a: denied: no rule", "files!a"), "denied: no rule")
        for text in ("files!ab: denied", "denied files!a: by a rule", "files!a"):
            self.assertEqual(without(text, "files!a"), text)

    def test_times_are_of_no_place(self) -> None:
        self.assertEqual(moment(1_700_000_000), "2023-11-14 22:13Z")
        self.assertEqual(day(1_700_000_000), "2023-11-14")
        self.assertEqual(moment(1 << 61), "after the year 9999")
        self.assertEqual(moment(-(1 << 61)), "before the year 1")
