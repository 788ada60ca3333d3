from __future__ import annotations

from buildbot_worker.util.lineboundaries import LineBoundaryFinder
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.redaction import RedactionPolicy, Redactor

VALUE = "s3cr3t-which-a-worker-tears-apart-0123456789"
NEWLINES = r"(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)"
SHOWN = 3
"""Characters: shorter pieces than four are not hidden."""


def as_a_worker_sends(text: str, size: int) -> list[str]:
    """Return what a worker sends of a program's output that arrives in chunks of `size`."""
    finder = LineBoundaryFinder(4096, NEWLINES)
    parts = [finder.append(text[at : at + size], 0.0) for at in range(0, len(text), size)]
    return [part[0] for part in [*parts, finder.flush()] if part is not None]


class CutLinesTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.pieces = {VALUE[at : at + SHOWN + 1] for at in range(len(VALUE) - SHOWN)}

    def stored(self, chunks: list[str]) -> str:
        streams = LogStreams(self.redactor.seen_by(None), "t")
        return "".join(map(streams.feed, chunks)) + streams.close()

    def test_no_piece_is_shown_wherever_the_cut_is(self) -> None:
        for cuts in (1, 2, 3):
            for before in range(cuts * 4096 - len(VALUE) - 4, cuts * 4096 + 4):
                for size in (1 << 20, 5000):
                    chunks = as_a_worker_sends("." * before + VALUE + " and more\nnext\n", size)
                    text = self.stored(chunks)
                    shown = [piece for piece in self.pieces if piece in text]
                    self.assertEqual(shown, [], f"{before} characters before, chunks of {size}")
                    self.assertTrue(text.endswith("next\n"))

    def test_lines_whose_beginning_a_worker_lost_show_no_long_piece(self) -> None:
        pieces = {VALUE[at : at + 8] for at in range(len(VALUE) - 7)}
        text = "".join(f"{'.' * before}{VALUE}\n" for before in range(4096 - len(VALUE), 4100, 3))
        for size in (1 << 20, *range(4000, 34_000, 617)):
            stored = self.stored(as_a_worker_sends(text, size))
            self.assertEqual([piece for piece in pieces if piece in stored], [], size)

    def test_lines_are_as_many_as_before(self) -> None:
        chunks = as_a_worker_sends("." * 4080 + VALUE + "\nnext\n", 1 << 20)
        self.assertEqual(self.stored(chunks).count("\n"), "".join(chunks).count("\n"))

    def test_other_long_lines_are_not_altered(self) -> None:
        for length in (4000, 4095, 4096, 5000, 20_000):
            text = "".join(as_a_worker_sends("abcdefgh" * (length // 8) + "\nx\n", 1 << 20))
            self.assertEqual(self.stored([text]), text)

    def test_short_lines_with_a_piece_of_a_secret_are_not_altered(self) -> None:
        text = f"begins {VALUE[:20]}\nother\n"
        self.assertEqual(self.stored([text]), text)
