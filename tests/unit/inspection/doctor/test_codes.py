from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor import CODES, PAGE
from buildbot_keychain.inspection.doctor._codes import found

DOCS = Path(__file__).parents[4] / "docs"


class CodeTests(SynchronousTestCase):
    def test_each_is_a_section_of_the_page(self) -> None:
        """The heading is the anchor: lower case, letters and hyphens."""
        path = re.fullmatch(r"https://[^/]+/page/(.+)\.html", PAGE)
        assert path is not None
        text = (DOCS / f"{path[1]}.md").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"^### (.+)$", text, re.MULTILINE), list(CODES))
        for code in CODES:
            self.assertRegex(code, r"\A[a-z]+(-[a-z]+)*\Z")

    def test_a_finding_links_to_its_section(self) -> None:
        finding = found("swap", "it is open", "/dev/sda2", remedy="close it")
        self.assertEqual((finding.level, finding.kind), ("note", "swap"))
        self.assertEqual(finding.page, f"{PAGE}#swap")
        self.assertEqual(found("swap", "", remedy="", level="problem").level, "problem")
