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

# The line end before a line that is empty, or that begins so far before a line end.
_DOUBTFUL = re.compile(f"\n(?=\n|.{{{CUT}}}\n)", re.DOTALL)


class CutLines:
    """The lines of one stream of a log, in their order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._after_cut = False
        self._after_empty = False

    def mended(self, text: str) -> str:
        """Give whole lines, as they came together, with the pieces of secrets at cuts hidden."""
        starts, cuts = self._doubtful(text)
        result: list[str] = []
        done = following = 0
        for start in starts:
            if start != following:
                self._after_cut = self._after_empty = False
            end = text.find("\n", start)
            if end < 0:
                break
            cut, empty = end in cuts, start == end
            if cut or self._after_cut or self._after_empty:
                line = text[start:end]
                mended = self._mended_line(line, cut=cut)
                if mended != line:
                    result += text[done:start], mended
                    done = end
            # An empty line behind a cut is one whose text was lost: the cut is still to be seen.
            self._after_cut, self._after_empty = cut or (self._after_cut and empty), empty
            following = end + 1
        if following < len(text):
            self._after_cut = self._after_empty = False
        return "".join((*result, text[done:])) if result else text

    def _doubtful(self, text: str) -> tuple[list[int], set[int]]:
        """Give, ascending, where those lines start that are cut or empty, or follow such a one.

        And the line ends at which a line may have been cut.
        """
        starts = {0} if self._after_cut or self._after_empty else set()
        cuts = set()
        for match in _DOUBTFUL.finditer(f"\n{text}"):
            start = match.start()
            if text[start] == "\n":
                starts.update((start, start + 1))
            end = start + CUT
            if text[end : end + 1] == "\n":
                cuts.add(end)
                starts.update((text.rfind("\n", 0, end) + 1, end + 1))
        return sorted(starts), cuts

    def _mended_line(self, line: str, *, cut: bool) -> str:
        # Empty lines are common, so behind one it takes more to be the end of a secret.
        least = PIECE if self._after_cut else LONG_PIECE if self._after_empty else 0
        return self._redactor.redact_torn(line, at_start=least, at_end=PIECE if cut else 0)
