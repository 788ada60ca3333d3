"""The labels that stand in the output for secrets, and why they are never taken for text.

A label is ``<name>``. It must not be a place where a secret is found again, so that redacting twice
changes nothing:

- a name that contains a form of a secret, or whose label occurs inside one, is shown as
  ``<secret>``;
- a label in the text is one opaque thing. No occurrence reaches into it, and for the rule that
  short values stand between non-alphanumerics a label beside them counts as a letter; beside lists
  of bytes, where the next byte of the list would be. But ``<password>`` before a password and
  ``</password>`` is an element of XML.

In a page of HTML a label is escaped: ``&lt;name&gt;``. There, both spellings are opaque.
"""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from buildbot_keychain.redaction.matching.escapes import has_controls
from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.matching.pattern import Span

__all__ = ["ANONYMOUS_LABEL", "Labels", "escaped", "fallback", "plain"]

ANONYMOUS_LABEL = b"<secret"
"""What the label of a secret without a name begins with."""

_TOKEN = re.compile(rb"<[^<>\r\n]+>")
_TOKEN_IN_HTML = re.compile(rb"<[^<>\r\n]+>|&lt;(?:(?!&[lg]t;)[^<>\r\n])+&gt;")
_BETWEEN = re.compile(rb"[,: ]+")
_DIGITS = re.compile(rb"\w|\\")


def plain(name: str) -> str | None:
    """The label of a name (str), or None if the name has no place in one."""
    label = f"<{name}>"
    data = label.encode("utf-8", "surrogatepass")
    return label if _TOKEN.fullmatch(data) and not has_controls(data) else None


def fallback(texts: Iterable[bytes]) -> str:
    """The label of a secret that cannot be named: the first that stands in none of the texts."""
    held = [text for text in texts if ANONYMOUS_LABEL in text]
    label, number = "<secret>", 1
    while any(label.encode() in text for text in held):
        number += 1
        label = f"<secret-{number}>"
    return label


def escaped(label: bytes) -> bytes:
    """Return a label as a page of HTML shows it."""
    return html.escape(label.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")


class Labels:
    """The labels in use, as they are recognised in a text."""

    def __init__(
        self, labels: Mapping[int, bytes], anonymous: bytes, plain: Labels | None = None
    ) -> None:
        """Take the labels (bytes) of secrets, by their index, and the one of all others.

        :param plain: of which these are the escaped ones; they are labels too, but not written.
        """
        self._by_secret = labels
        self._anonymous = anonymous
        self._plain = plain
        self.known = frozenset((*labels.values(), anonymous))
        """What is taken for a label."""
        self._starts, self._token = b"<", _TOKEN
        if plain is not None:
            self.known |= plain.known
            self._starts, self._token = b"<&", _TOKEN_IN_HTML
        self._sorted = sorted(self.known)
        self.longest = max(map(len, self.known))

    def __getitem__(self, secret: int) -> bytes:
        """Return what stands for a secret, by its index."""
        return self._by_secret.get(secret, self._anonymous)

    def in_html(self, is_hidden: Callable[[bytes], bool]) -> Labels:
        """Return those for a page of HTML.

        :param is_hidden: whether a secret would be found in a text.
        """
        anonymous = escaped(self._anonymous)
        labels = {secret: escaped(label) for secret, label in self._by_secret.items()}
        if is_hidden(b"\0".join(labels.values())):
            for secret, label in labels.items():
                labels[secret] = anonymous if is_hidden(label) else label
        return Labels(labels, anonymous, self)

    def judged(
        self, text: bytes, spans: list[Span], *, final: bool
    ) -> tuple[list[Span], list[Span]]:
        """Return the spans that do not reach into a label, and those that do.

        Those that still might are marked.
        """
        if not any(bracket in text for bracket in self._starts):
            return spans, []
        tokens = [
            (match.start(), match.end())
            for match in self._token.finditer(text)
            if match[0] in self.known
        ]
        open_at = len(text) if final else self._unfinished(text)
        if not tokens and open_at == len(text):
            return spans, []
        kept, dropped = [], []
        for span in spans:
            judged = self._judged(text, tokens, open_at, span, final=final)
            if judged is None:
                dropped.append(span)
            else:
                kept.append(judged)
        return kept, dropped

    def _judged(
        self,
        text: bytes,
        tokens: Sequence[tuple[int, int]],
        open_at: int,
        span: Span,
        *,
        final: bool,
    ) -> Span | None:
        """Return a span, or None if it reaches into a label or is a word with a label beside it."""
        first, reach = span.start - span.shown, span.words
        certain = span.end + reach <= open_at
        at = bisect.bisect_left(tokens, (span.end + reach,)) - 1
        if at >= 0 and tokens[at][0] >= span.end:
            if _adjoins(text, span.end, tokens[at][0], span):
                return None
            at -= 1
        if at >= 0 and tokens[at][1] + reach > first:
            start, end = tokens[at]
            if end <= first and not _adjoins(text, end, first, span):
                return span if certain else span._replace(final=False)
            opening = text[start:end]
            if end != first or not self._is_of(opening, span.secret):
                return None
            bracket = len(b"<") if opening.startswith(b"<") else len(b"&lt;")
            closing = opening[:bracket] + b"/" + opening[bracket:]
            after = text[span.end : span.end + len(closing)]
            if after != closing:
                if final or not closing.startswith(after):
                    return None
                certain = False
        return span if certain else span._replace(final=False)

    def _is_of(self, label: bytes, secret: int) -> bool:
        """Return whether a label stands for a secret."""
        return label == self[secret] or (self._plain is not None and label == self._plain[secret])

    def may_end_in(self, beginning: bytes) -> bool:
        """Whether a label ends with the beginning of a pattern, white space and case apart."""
        backwards = fold(beginning)[::-1]
        at = bisect.bisect_left(self._backwards, backwards)
        return at < len(self._backwards) and self._backwards[at].startswith(backwards)

    @cached_property
    def _backwards(self) -> list[bytes]:
        return sorted(fold(label)[::-1] for label in self.known)

    def _unfinished(self, text: bytes) -> int:
        """Where a label begins that the end of the text leaves unfinished, or the length."""
        start = len(text)
        for bracket in self._starts:
            # An escaped label goes on after its first ampersand, and a plain one has one bracket.
            begin = text.find(bracket, max(0, len(text) - self.longest))
            while 0 <= begin < start:
                if self._begins(text[begin:]):
                    start = begin
                begin = text.find(bracket, begin + 1)
        return start

    def _begins(self, rest: bytes) -> bool:
        """Return whether this is the beginning of a label, and not all of it."""
        at = bisect.bisect_right(self._sorted, rest)
        return at < len(self._sorted) and self._sorted[at].startswith(rest)


def _adjoins(text: bytes, start: int, end: int, span: Span) -> bool:
    """Return whether the gap between a label and a word is that between bytes of a list."""
    if start == end:
        return True
    listed = _BETWEEN.search(text, span.start, span.end) is not None
    return listed and _DIGITS.search(text, start, end) is None
