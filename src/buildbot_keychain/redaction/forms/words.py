"""A value of several words, which a program has taken apart and put together again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from .spellings import Spelling

__all__ = ["argument_list", "collapsed_blanks", "words_of"]

_BLANKS = re.compile(r"[ \t\n\r\v\f]+")


def words_of(value: str) -> Iterable[Sequence[str]]:
    """Return the words of a value (str) if it has several, as languages and as shells split it.

    To shells, awk and xargs a no-break space and the other blanks of Unicode are no white space.
    """
    both = (tuple(value.split()), tuple(filter(None, _BLANKS.split(value))))
    return [words for words in dict.fromkeys(both) if len(words) > 1]


def collapsed_blanks(value: str) -> Iterator[str | Spelling]:
    """Each run of blanks as one, as an unquoted variable of a shell is printed; or word-wrapped."""
    for words in words_of(value):
        yield " ".join(words)
        yield Spelling("\n".join(words), given_only=True)


def argument_list(value: str) -> Iterator[str | Spelling]:
    """The words as elements of a list: what languages print of an argv. The ends are outside."""
    # The words of a text of several lines are lines.
    if "\n" not in value:
        for words in words_of(value):
            yield from _lists(words)


def _lists(words: Sequence[str]) -> Iterator[str | Spelling]:
    lists = (
        map(repr, words),  # Python
        (repr(word.encode("utf-8", "surrogatepass")) for word in words),
        (json.dumps(word, ensure_ascii=False) for word in words),  # JSON, Go %q, Rust {:?}, PHP
        (re.sub(r"#(?=[$@{])", r"\\#", json.dumps(word, ensure_ascii=False)) for word in words),
        ("'" + re.sub(r"[\\']", r"\\\g<0>", word) + "'" for word in words),  # Node, Perl
        iter(words),  # Java's Arrays.toString, Go %v
    )
    for elements in map(list, lists):
        for between in (", ", ",", " "):
            yield between.join(elements).removeprefix("b").strip("'\"")
        yield Spelling(",\n".join(elements).removeprefix("b").strip("'\""), given_only=True)
