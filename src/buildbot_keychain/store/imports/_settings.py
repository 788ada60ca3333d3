"""Reads settings files: ``.env``, JSON, YAML and TOML, in the words of `buildbot_keychain.formats`.

Nested names are joined by ``/``. A number is taken as it is written, with a warning; any other
value that is not a text is a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.formats import FORMATS, Malformed, NonText
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem

MAX_FILE = 1 << 20
"""Bytes: the most that the readers of `buildbot_keychain.formats` are made for."""

_FREE = 5_000
"""Separators that any file may have."""
_CHARACTERS_EACH = 20
"""Characters of a file for each more: a name and a value have about twice as many."""

_NUMBER = "it is a number, which is taken as it is written"


class Unreadable(Exception):
    """A content that cannot be read.

    :param why: why, as the end of a sentence; it quotes nothing of it.
    """


def read_settings(form: str) -> Callable[[bytes, str], Iterator[Entry]]:
    """Return the reader of one of `FORMATS`: of a content, and where it is from."""

    def read(content: bytes, where: str) -> Iterator[Entry]:
        try:
            entries = FORMATS[form](text_of(content, lines=form != "json"))
        except (Malformed, Unreadable) as error:
            yield ImportProblem(where, f"cannot be read as {form}: {error}", "correct it")
            return
        for name, entry in entries.items():
            here = f"{where}: {quote(name)}"
            if isinstance(entry, str):
                yield ImportedSecret(name, entry, here)
            elif isinstance(entry, NonText) and entry.written is not None:
                yield ImportedSecret(name, entry.written, here, warning=_NUMBER)
            else:
                yield ImportProblem(here, f"is {entry.what}", entry.remedy)

    return read


def text_of(content: bytes, *, lines: bool = True) -> str:
    """Return the text that `content` is, if it can be read in memory in proportion to it.

    :param lines: whether the ends of lines separate names and values.
    :raise Unreadable: when it is not UTF-8, or has very many names and values for its size.
    """
    text = utf8.decode(content)
    if text is None:
        raise Unreadable("it is not UTF-8 text")
    separators = sum(map(text.count, "[{,:\n" if lines else "[{,:"))
    if separators > _FREE + len(text) // _CHARACTERS_EACH:
        raise Unreadable("it has more names and values than a file of secrets of its size")
    # Editors on Windows write a byte order mark, which is not part of the text.
    return text.removeprefix("\ufeff")
