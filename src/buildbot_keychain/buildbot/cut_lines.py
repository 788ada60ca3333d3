"""Long lines as Buildbot's workers cut them, which loses text.

A worker cuts a line at 4096 characters. At the first cut it drops one character; further on in what
a program has written at once it drops all 4096, and sends an empty line (buildbot_worker,
``util/lineboundaries.py``: each piece ends at ``max_line_length - 1`` of the whole text, while the
next one begins ``max_line_length`` later). A secret at a cut is then in no line as a whole, nor in
both together. So where a line was cut, or may have been, the pieces of secrets at the edges are
hidden too.
"""

from __future__ import annotations

from buildbot_keychain.redaction import Redactor

CUT = 4095
"""Characters of a line that a worker has cut; the master itself leaves one more."""

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
        """Give whole lines with the pieces of secrets at cuts hidden."""
        if not (self._after_cut or self._after_empty or len(text) > CUT or "\n\n" in text):
            self._after_empty = text == "\n"
            return text
        return "".join(f"{self._mend(line)}\n" for line in text.removesuffix("\n").split("\n"))

    def _mend(self, line: str) -> str:
        after_cut, after_empty = self._after_cut, self._after_empty
        cut = len(line) in {CUT, CUT + 1}
        # An empty line behind a cut is one whose text was lost: the cut is still to be seen.
        self._after_cut, self._after_empty = cut or (after_cut and not line), not line
        if not (cut or after_cut or after_empty):
            return line
        # Empty lines are common, so behind one it takes more to be the end of a secret.
        least = PIECE if after_cut else LONG_PIECE if after_empty else 0
        return self._redactor.redact_torn(line, at_start=least, at_end=PIECE if cut else 0)
