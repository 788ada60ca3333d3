"""A value of several words, which a program has taken apart and put together again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .spellings import Spelling

__all__ = ["argument_list", "collapsed_blanks"]


def collapsed_blanks(value: str) -> Iterator[str | Spelling]:
    """Each run of blanks as one, as an unquoted variable of a shell is printed; or word-wrapped."""
    words = value.split()
    if len(words) > 1:
        yield " ".join(words)
        yield Spelling("\n".join(words), given_only=True)


def argument_list(value: str) -> Iterator[str | Spelling]:
    """The words as elements of a list: what languages print of an argv. The ends are outside."""
    words = value.split()
    # The words of a text of several lines are lines.
    if len(words) <= 1 or "\n" in value:
        return
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
