"""Redacting text for those who read it.

Hidden is everything of the secrets that were given to them, and of all others what nobody could
have guessed. For hiding a text tells whoever printed it that the guess was right, and that must not
help anyone who does not have the secret: see the package's docstring.
"""

from __future__ import annotations

import bisect
import html
import sys
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from buildbot_keychain.secretive import secretive

from .covered import Covered
from .dumps import Dumps
from .fragments import torn
from .inventory import Inventory
from .matching.escapes import has_controls
from .matching.pattern import ANONYMOUS
from .matching.view import covers, views_of
from .output.naming import labels_in_html
from .output.writer import Run, Writer, unite
from .snapshot import Snapshot
from .stream import RedactionStream

__all__ = ["Audience", "Label", "Match"]


class Match(NamedTuple):
    """Where something would be hidden: text[start:end], of the secret `name`."""

    name: str
    start: int
    end: int


class Label(NamedTuple):
    """What stands in a text for a secret: the true `name`, what is `shown`, and its line from 0.

    A secret over several lines is one of these, where it begins.
    """

    name: str
    shown: str
    line: int


_Hidden = tuple[str, Sequence[Label]]
"""A text as it is shown, and the labels in it."""

LONGEST = 4096
"""Characters: what was hidden in a longer text is not remembered."""

MOST = 8
"""Texts of which it is."""

LONGEST_PASSED = 256
"""Characters: of a longer text, it is not remembered that nothing was hidden in it."""

MOST_PASSED = 256
"""Texts of which it is."""


@secretive
class _Remembered:
    """What was found in whole texts while a snapshot was the latest."""

    __slots__ = ("hidden", "passed", "snapshot")

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.snapshot = snapshot
        self.hidden: dict[str, _Hidden] = {}
        self.passed: dict[str, None] = {}


def _keep(texts: dict[str, Any], text: str, found: object, most: int) -> None:
    if len(texts) >= most:
        texts.clear()
    texts[text] = found


@secretive
class Audience:
    """Readers, as far as redaction knows them: by the secrets that were given to them."""

    def __init__(self, inventory: Inventory, given: AbstractSet[str] | None) -> None:
        """Take the live set of names of what is given; ``None`` stands for everything."""
        self._inventory = inventory
        self._given = given
        # What was given when a text last came, and what is compiled of that.
        self._latest: tuple[AbstractSet[str] | None, Covered] = None, inventory.everything
        self._remembered = _Remembered(None)

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added, and given, before this call."""
        seen, covered = self._latest
        if self._given != seen:
            seen = frozenset(self._given or ())
            covered = self._inventory.covered(seen)
            self._latest = seen, covered
        return covered.latest or covered.snapshot()

    def rest(self) -> None:
        """Keep nothing compiled for these readers, of whom little is expected, until a text comes.

        For a few short secrets that is a megabyte.
        """
        self._latest = None, self._inventory.everything
        self._remembered = _Remembered(None)

    def in_html(self) -> Audience:
        """Return the same readers, of pages of HTML: a label is ``&lt;name&gt;`` there."""
        return _HtmlAudience(self._inventory, self._given)

    def redact(self, text: str) -> str:
        """Return a whole text (str) with every occurrence of every secret hidden."""
        found = self._found_in(text)
        return text if found is None else found[0]

    def labels_in(self, text: str) -> Sequence[Label]:
        """List the labels that `redact` shows in a whole text (str), without their lines."""
        found = self._found_in(text)
        return () if found is None else found[1]

    def redact_bytes(self, data: bytes) -> bytes:
        """Return data (bytes) with every occurrence of every secret hidden.

        Secrets are looked for in UTF-8; bytes that are not UTF-8 stay as they are.
        """
        stream = self.stream()
        return stream.feed_bytes(data) + stream.close_bytes()

    def stream(self, note: Callable[[Label], object] | None = None) -> RedactionStream:
        """Begin an independent stream of text; `note` is called with each label that it shows.

        Lines count from the start of what is returned by the call during which `note` is called;
        the label may stand in what later calls return.
        """
        if note is None:
            return RedactionStream(self)

        def covered(secret: int, label: bytes, line: int) -> None:
            note(self._label(secret, label, line))

        return RedactionStream(self, covered)

    def _label(self, secret: int, label: bytes, line: int) -> Label:
        name = self._inventory.secrets[secret % ANONYMOUS].name
        return Label(name, label.decode("utf-8", "replace"), line)

    def find(self, text: str) -> list[Match]:
        """List what `redact` would hide in a text (str): places in characters, in order."""
        data = text.encode("utf-8", "surrogatepass")
        found, characters, at = [], 0, 0
        for start, end, secret in _runs(data, self.snapshot()):
            characters += _length(data[at:start])
            size = _length(data[start:end])
            name = self._inventory.secrets[secret % ANONYMOUS].name
            found.append(Match(name, characters, characters + size))
            characters, at = characters + size, end
        return found

    def redact_torn(
        self,
        line: str,
        note: Callable[[Label], object] | None = None,
        *,
        at_start: int = 0,
        at_end: int = 0,
    ) -> str:
        """Hide pieces of secrets at the edges of a line (str, without its line end).

        For hosts that cut lines and lose text at the cut; all else in the line stays for `redact`.
        At the start it hides the end of a secret of at least so many bytes (4 or more), at the end
        the beginning of one; 0 leaves that edge alone. Only what was given is hidden in pieces.
        `note` is called with each label that stands for one.
        """
        snapshot = self.snapshot()
        redacted, hidden = torn(line, snapshot, at_start=at_start, at_end=at_end)
        if note is not None:
            for secret in hidden:
                note(self._label(secret, snapshot.labels[secret], 0))
        return redacted

    def _found_in(self, text: str) -> _Hidden | None:
        """Return a text (str) redacted, and the labels that it shows; ``None`` if it passes.

        Hosts write the same text to several places, one after another, and what they write of a
        build is full of the same names.
        """
        snapshot = self.snapshot()
        known = self._remembered
        if known.snapshot is not snapshot:
            known = self._remembered = _Remembered(snapshot)
        if text in known.passed:
            return None
        found = known.hidden.get(text)
        if found is not None:
            return found
        if _passes(text, snapshot):
            if len(text) <= LONGEST_PASSED:
                _keep(known.passed, text, None, MOST_PASSED)
            return None
        found = self._hidden_in(text)
        if len(text) <= LONGEST:
            _keep(known.hidden, text, found, MOST)
        return found

    def _hidden_in(self, text: str) -> _Hidden:
        labels: list[Label] = []
        stream = self.stream(lambda label: labels.append(label._replace(line=0)))
        return stream.feed(text) + stream.close(), labels


class _HtmlAudience(Audience):
    """Readers of pages of HTML."""

    _plain: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Return the snapshot with its labels escaped."""
        plain = super().snapshot()
        if plain is not self._plain:
            labels = labels_in_html(plain.labels, (*plain.last.layers, *plain.open_layers))
            self._plain, self._html = plain, plain.with_labels(labels)
        return self._html

    def _label(self, secret: int, label: bytes, line: int) -> Label:
        noted = super()._label(secret, label, line)
        return noted._replace(shown=html.unescape(noted.shown))


def _passes(text: str, snapshot: Snapshot) -> bool:
    """Return whether there is certainly nothing to hide in a whole text, at a glance."""
    data = text.encode("utf-8", "surrogatepass")
    if snapshot.through_escapes and has_controls(data):
        return False
    return snapshot.passes_whole(data)


def _runs(data: bytes, snapshot: Snapshot) -> list[Run]:
    """List what is hidden of a whole text (bytes)."""
    views = views_of(data, through_escapes=snapshot.through_escapes)
    dumps = Dumps()
    dumps.feed(data, snapshot, marked=True, final=True)
    spans = [snapshot.find_at_end(view.text, 0) for view in views]
    covered = list(covers(views, spans))
    if snapshot.unknown is not None:
        covered = snapshot.unknown.runs(covered, len(data))
    runs = unite([*dumps.covered, *covered])
    if snapshot.then is None:
        return runs
    # The next ones look at what these leave: places there, and how far they are from those here.
    shown, shifts, at = bytearray(), [(0, 0)], 0
    for run in runs:
        shown += data[at : run[0]]
        shown += Writer().write(data, *run[:2], [run], snapshot.labels)
        at = run[1]
        shifts.append((len(shown), at - len(shown)))
    others = _runs(bytes(shown + data[at:]), snapshot.then)
    return unite([*runs, *(_shifted(run, shifts) for run in others)])


def _shifted(run: Run, shifts: Sequence[tuple[int, int]]) -> Run:
    """Return a run where it stands in the text."""
    start, end, secret = run
    shift = shifts[bisect.bisect_right(shifts, (start, sys.maxsize)) - 1][1]
    return start + shift, end + shift, secret


def _length(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogatepass"))
