"""`CutLines`: pieces of secrets at the cuts of a worker; see also the sinks, with its own cuts."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import Label
from buildbot_keychain.redaction.cut_lines import CUT, CutLines

VALUE = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"


class CutLinesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.before = "." * (CUT - 10)

    def test_both_sides_of_a_cut(self) -> None:
        lines = CutLines(self.redactor.seen_by(None))
        masked = lines.mask_fragments(f"{self.before}{VALUE[:10]}\n{VALUE[11:]} end\n")
        self.assertEqual(masked, f"{self.before}<token>\n<token> end\n")

    def test_the_other_side_may_come_later(self) -> None:
        lines = CutLines(self.redactor.seen_by(None))
        lines.mask_fragments(f"{self.before}{VALUE[:10]}\n")
        self.assertEqual(lines.mask_fragments(f"{VALUE[11:]} end\n"), "<token> end\n")

    def test_each_piece_is_noted_with_its_line(self) -> None:
        noted: list[Label] = []
        lines = CutLines(self.redactor.seen_by(None), noted.append)
        lines.mask_fragments(f"one\n{self.before}{VALUE[:10]}\n{VALUE[11:]} end\n")
        self.assertEqual(noted, [Label("token", "<token>", line) for line in (1, 2)])

    def test_elsewhere_pieces_are_shown(self) -> None:
        text = f"{VALUE[:10]}\n{VALUE[11:]} end\n"
        self.assertIs(CutLines(self.redactor.seen_by(None)).mask_fragments(text), text)

    def test_readers_to_whom_it_was_not_given_see_pieces(self) -> None:
        text = f"{self.before}{VALUE[:10]}\n{VALUE[11:]} end\n"
        self.assertEqual(CutLines(self.redactor.seen_by(set())).mask_fragments(text), text)
