r"""Reads ``.env`` files: ``NAME=value`` lines, without expansion of any kind.

There is no standard. This reads what Docker, shells and the dotenv libraries agree on, and rejects
the rest by its line:

- blank lines and lines that begin with ``#`` are ignored; ``export`` may stand before a name;
- a value without quotes ends at the end of its line or before `` #``, and blanks around it are
  ignored; so it is empty if nothing but a comment follows the blanks after ``=``, and begins with
  ``#`` if that follows ``=`` at once;
- ``'…'`` is taken literally; in ``"…"``, ``\n``, ``\r``, ``\t``, ``\"``, ``\\`` and ``\$`` are
  escapes, and other backslashes are literal. Both may span lines;
- ``$`` is literal everywhere.
"""

from __future__ import annotations

import re

from buildbot_keychain.formats._entries import Entries, Malformed, add_entry

_SKIPPED = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_./-]*)[ \t]*=[ \t]*")
_QUOTED = {
    "'": re.compile(r"'([^']*)'"),
    '"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
}
_AFTER_QUOTES = re.compile(r"[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|\Z)")
_BARE = re.compile(r"([^\n]*)(?:\n|\Z)")
_COMMENT = re.compile(r"[ \t]#.*", re.DOTALL)
_ESCAPE = re.compile(r'\\([nrt"\\$])')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_env(text: str) -> Entries:
    """Return the variables of a ``.env`` file.

    :raise Malformed: when a line is none of the above, or a name is there twice.
    """
    entries: Entries = {}
    position = counted = 0
    line = 1
    while position < len(text):
        line += text.count("\n", counted, position)
        counted = position
        skipped = _SKIPPED.match(text, position)
        if skipped:
            position = skipped.end()
            continue
        named = _NAME.match(text, position)
        if not named:
            msg = f"line {line} is not NAME=value"
            raise Malformed(msg)
        if named[1] in entries:
            msg = f"the name at line {line} is there a second time"
            raise Malformed(msg)
        value, position = _value(text, named.end(), line)
        add_entry(entries, named[1], value)
    return entries


def _value(text: str, position: int, line: int) -> tuple[str, int]:
    """Return the value that begins at `position`, and where the next line begins."""
    quote = text[position : position + 1]
    if quote not in _QUOTED:
        # With one blank before it, if there are any: what follows may be a comment.
        bare = _BARE.match(text, position - (text[position - 1] in " \t"))
        assert bare  # noqa: S101 - it always matches
        return _COMMENT.sub("", bare[1]).strip(" \t\r"), bare.end()
    quoted = _QUOTED[quote].match(text, position)
    end = quoted and _AFTER_QUOTES.match(text, quoted.end())
    if not quoted or not end:
        problem = "is not closed" if not quoted else "is followed by more text on its line"
        msg = f"the quoted value that begins at line {line} {problem}"
        raise Malformed(msg)
    value = quoted[1]
    if quote == '"':
        value = _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), value)
    return value, end.end()
