"""Long lines as Buildbot's workers cut them, which loses text.

A worker cuts a line at 4096 characters. At the first cut of a line it drops one character; further
on it drops all of what would be the next lines, and sends empty ones (buildbot_worker,
``util/lineboundaries.py``: each piece ends at ``max_line_length - 1`` of the whole text, while the
next one begins ``max_line_length`` later). A secret at a cut is then in no line as a whole, nor in
both together. So where a line was cut, the pieces of secrets at the edges are hidden too.
"""

from __future__ import annotations

from buildbot_keychain.redaction import Redactor

CUT = 4095
"""Characters of a line that a worker has cut; the master itself leaves one more."""


class CutLines:
    """The lines of one stream of a log, in their order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._after_cut = False

    def mended(self, text: str) -> str:
        """Give whole lines with the pieces of secrets at cuts hidden."""
        if len(text) < CUT and not self._after_cut:
            return text
        return "".join(f"{self._mend(line)}\n" for line in text.removesuffix("\n").split("\n"))

    def _mend(self, line: str) -> str:
        after_cut, cut = self._after_cut, len(line) in {CUT, CUT + 1}
        # An empty line after a cut is one whose text was lost: the cut is still to be seen.
        self._after_cut = cut or (after_cut and not line)
        if not cut and not after_cut:
            return line
        return self._redactor.redact_torn(line, at_start=after_cut, at_end=cut)
