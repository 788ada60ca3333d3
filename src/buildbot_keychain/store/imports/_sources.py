"""`read_file`: reads one file of a known form. Blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from buildbot_keychain.formats import FORMATS
from buildbot_keychain.store.imports._entries import Entry
from buildbot_keychain.store.imports._files import FileProblem, content_of
from buildbot_keychain.store.imports._kubernetes import read_kubernetes
from buildbot_keychain.store.imports._settings import MAX_FILE, read_settings
from buildbot_keychain.store.imports._vault import read_vault

CONTENTS: dict[str, Callable[[bytes, str], Iterator[Entry]]] = {
    **{form: read_settings(form) for form in FORMATS},
    "kubernetes": read_kubernetes,
    "vault": read_vault,
}
"""The readers of a content and of where it is from, by form."""


def read_file(path: Path, form: str) -> Iterator[Entry]:
    """Yield what is in a file.

    :param path: a regular file of at most 1 MiB.
    :param form: one of `CONTENTS`.
    """
    try:
        content = content_of(path, MAX_FILE)
    except FileProblem as problem:
        yield problem.at(str(path))
        return
    yield from CONTENTS[form](content, str(path))
