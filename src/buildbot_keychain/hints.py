"""`hint_for`: what may have been meant by the name of a secret that no provider holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any

from buildbot_keychain.configuration import addressed
from buildbot_keychain.errors import quote

_WITH_FIELDS = frozenset({"aws", "http", "kubernetes", "pass", "store", "vault"})
"""The kinds of providers whose secrets may have fields, which follow a ``|``."""

_SIMILARITY = 0.75
"""How similar a name must be, as `difflib` measures it."""

_LONGEST = 200
"""Characters of a name that is compared with others; it takes the square of that."""


def hint_for(path: str, providers: Sequence[Any], names: Collection[str]) -> str:
    """Return a sentence with what may have been meant by `path`, or ``""``.

    :param providers: those that were asked.
    :param names: the names that they can list; none for a hint that strangers may read, who could
        otherwise find out what secrets there are. Thousands take a good part of a second.
    """
    for mark in (":", "/"):
        prefix, _, rest = path.partition(mark)
        if rest and addressed(providers, prefix):
            return f"to ask {prefix!r} for {quote(rest)}, write {quote(f'{prefix}!{rest}')}."
    if len(path) <= _LONGEST:
        similar = {name.casefold(): name for name in names if len(name) <= _LONGEST}
        close = get_close_matches(path.casefold(), similar, 1, _SIMILARITY)
        if close:
            return f"did you mean {quote(similar[close[0]])}?"
    entry, slash, field = path.rpartition("/")
    with_fields = any(addressed(providers, kind) for kind in _WITH_FIELDS)
    if slash and entry and field and "|" not in path and with_fields:
        return f"if {quote(field)} is a field of {quote(entry)}, write {quote(f'{entry}|{field}')}."
    return ""
