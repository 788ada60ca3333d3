from __future__ import annotations

from tests.support.page_site import ViewTestCase


class FileTests(ViewTestCase):
    def test_they_hold_nothing_of_a_visitor(self) -> None:
        for page in ("styles.css", "page.css", "theme.css"):
            texts = {self.text(person, page) for person in ("ada", "nina", "")}
            self.assertEqual(len(texts), 1)
        self.assertIn("--bb-link-color: #123456", self.text("", "theme.css"))
