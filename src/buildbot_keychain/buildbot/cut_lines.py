"""Long lines as Buildbot's workers cut them, which loses text.

A worker cuts lines of more than 4096 characters, and means to drop nothing. But where it cuts
(buildbot_worker, ``util/lineboundaries.py``) a piece ends at the 4095th character of all that the
program has written at once, not of the line, while the next one begins 4096 characters after the
line: the text between is lost, and a piece that would begin after its end is an empty line. A
secret that was there is then in no line as a whole, nor in two of them together. So where a line
was cut, or may have been, the pieces of secrets at the edges are hidden too.

A cut shows by its place: its line end stands 4095 characters after the start of a line, of its own
or of one before it, that came with it.
"""

from __future__ import annotations

from buildbot_keychain.redaction import Redactor

CUT = 4095
"""Characters before a worker's cut; the master itself leaves one more in a line."""

PIECE = 4
"""Bytes: a shorter piece at a cut says little of a secret, and every line holds some."""

LONG_PIECE = 8
"""Bytes: the same, where a cut is possible and not certain."""


class CutLines:
    """The lines of one stream of a log, in their order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._after_cut = False
        self._after_empty = False

    def mended(self, text: str) -> str:
        """Give whole lines, as they came together, with the pieces of secrets at cuts hidden."""
        if not (self._after_cut or self._after_empty or len(text) > CUT or "\n\n" in text):
            self._after_empty = text == "\n"
            return text
        start, starts, result = 0, {0}, []
        for line in text.removesuffix("\n").split("\n"):
            end = start + len(line)
            start = end + 1
            starts.add(start)
            result.append(self._mend(line, cut=end - CUT in starts or len(line) == CUT + 1) + "\n")
        return "".join(result)

    def _mend(self, line: str, *, cut: bool) -> str:
        after_cut, after_empty = self._after_cut, self._after_empty
        # An empty line behind a cut is one whose text was lost: the cut is still to be seen.
        self._after_cut, self._after_empty = cut or (after_cut and not line), not line
        if not (cut or after_cut or after_empty):
            return line
        # Empty lines are common, so behind one it takes more to be the end of a secret.
        least = PIECE if after_cut else LONG_PIECE if after_empty else 0
        return self._redactor.redact_torn(line, at_start=least, at_end=PIECE if cut else 0)
