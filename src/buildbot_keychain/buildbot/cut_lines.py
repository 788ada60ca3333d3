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

import re

from buildbot_keychain.redaction import Redactor

CUT = 4095
"""Characters before a worker's cut; the master itself leaves one more in a line."""

PIECE = 4
"""Bytes: a shorter piece at a cut says little of a secret, and every line holds some."""

LONG_PIECE = 8
"""Bytes: the same, where a cut is possible and not certain."""

_LINE_END = re.compile("\n")


class CutLines:
    """The lines of one stream of a log, in their order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._after_cut = False
        self._after_empty = False

    def mended(self, text: str) -> str:
        """Give whole lines, as they came together, with the pieces of secrets at cuts hidden."""
        cuts = _cuts(text) if len(text) > CUT else frozenset()
        if not (cuts or self._after_cut or self._after_empty or "\n\n" in text):
            self._after_empty = text == "\n"
            return text
        result: list[str] = []
        done = start = 0
        for match in _LINE_END.finditer(text):
            end = match.start()
            cut, empty = end in cuts, start == end
            if cut or self._after_cut or self._after_empty:
                result += text[done:start], self._mended_line(text[start:end], cut=cut)
                done = end
            # An empty line behind a cut is one whose text was lost: the cut is still to be seen.
            self._after_cut, self._after_empty = cut or (self._after_cut and empty), empty
            start = end + 1
        return "".join((*result, text[done:]))

    def _mended_line(self, line: str, *, cut: bool) -> str:
        # Empty lines are common, so behind one it takes more to be the end of a secret.
        least = PIECE if self._after_cut else LONG_PIECE if self._after_empty else 0
        return self._redactor.redact_torn(line, at_start=least, at_end=PIECE if cut else 0)


def _cuts(text: str) -> frozenset[int]:
    """Give the line ends of `text` at which a line may have been cut."""
    ends = [match.start() for match in _LINE_END.finditer(text)]
    starts = [0, *(end + 1 for end in ends)]
    # The master's own cut, which loses nothing, is one character further on.
    return frozenset(ends).intersection(
        [start + CUT for start in starts] + [start + CUT + 1 for start in starts]
    )
