"""Long lines, which Buildbot's workers cut and thereby lose text of.

A worker cuts lines of more than 4,096 characters, and means to drop nothing. But where it cuts
(buildbot_worker, ``util/lineboundaries.py``) a part ends at the 4,095th character of everything
that the program wrote at once, not of the line, while the next part begins 4,096 characters after
the line: the text in between is lost, and a part that would begin after its end is an empty line. A
secret that stood there is in no line as a whole, nor in two lines together. So where a line was
cut, or may have been, the fragments of secrets at its edges are masked too.

A cut is recognised by its position: its line end stands 4,095 characters after the start of a line,
its own or an earlier one, that arrived together with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from buildbot_keychain.secretive import secretive

from .audience import Audience, Label

__all__ = ["CutLines"]

CUT = 4095
"""Characters before a worker's cut; the master itself leaves one more in a line."""

FRAGMENT_AT_CUT = 4
"""Bytes: a shorter fragment at a cut says little about a secret, and every line contains some."""

FRAGMENT_AFTER_EMPTY_LINE = 8
"""Bytes: the same behind an empty line, which is common: a cut is possible there, not certain."""

# The line end before a line that is empty, or that starts so far before another line end.
_BEFORE_SUSPECT = re.compile(f"\n(?=\n|.{{{CUT}}}\n)", re.DOTALL)


@secretive
class CutLines:
    """The lines of one stream of a log, in their order."""

    def __init__(self, audience: Audience, note: Callable[[Label], object] | None = None) -> None:
        """Begin a stream; `note` is called with each label, with its line in that text."""
        self._audience = audience
        self._note = note
        self._after_cut = False
        self._after_empty = False

    def mask_fragments(self, text: str) -> str:
        """Return `text`, whole lines that arrived together, with fragments at cuts masked."""
        if not (self._after_cut or self._after_empty or len(text) > CUT or "\n\n" in f"\n{text}"):
            return text
        starts, cuts = self._suspect_lines(text)
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
                pieces: list[Label] = []
                masked = self._mask_line(line, pieces.append, cut=cut)
                if masked != line:
                    self._tell(pieces, text.count("\n", 0, start))
                    result += text[done:start], masked
                    done = end
            # An empty line after a cut is one whose text was lost: the cut is still to come.
            self._after_cut, self._after_empty = cut or (self._after_cut and empty), empty
            following = end + 1
        if following < len(text):
            self._after_cut = self._after_empty = False
        return "".join((*result, text[done:])) if result else text

    def _suspect_lines(self, text: str) -> tuple[list[int], set[int]]:
        """Return where lines start that are cut or empty, or follow such a line, ascending.

        And the line ends at which a line may have been cut.
        """
        starts = {0} if self._after_cut or self._after_empty else set()
        cuts = set()
        for match in _BEFORE_SUSPECT.finditer(f"\n{text}"):
            start = match.start()
            if text[start] == "\n":
                starts.update((start, start + 1))
            end = start + CUT
            if text[end : end + 1] == "\n":
                cuts.add(end)
                starts.update((text.rfind("\n", 0, end) + 1, end + 1))
        return sorted(starts), cuts

    def _mask_line(self, line: str, note: Callable[[Label], object], *, cut: bool) -> str:
        at_start = 0
        if self._after_cut:
            at_start = FRAGMENT_AT_CUT
        elif self._after_empty:
            at_start = FRAGMENT_AFTER_EMPTY_LINE
        return self._audience.redact_torn(
            line, note, at_start=at_start, at_end=FRAGMENT_AT_CUT if cut else 0
        )

    def _tell(self, labels: Iterable[Label], line: int) -> None:
        if self._note is not None:
            for label in labels:
                self._note(label._replace(line=line))
