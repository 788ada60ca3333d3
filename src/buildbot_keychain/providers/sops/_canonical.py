"""`canonical_name`: the one name of a value in files of sops, whatever links lead to its file.

Nothing is decrypted: the names of values are readable. Everything here blocks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from buildbot_keychain.providers.files import FileNames, may_be_a_secret
from buildbot_keychain.providers.sops._ciphertext import is_encrypted
from buildbot_keychain.providers.sops._document import Node
from buildbot_keychain.providers.sops._files import (
    SUFFIXES_OF_FILES,
    Candidate,
    candidates,
    stem_of,
)

_COMMENT = ",type:comment]"
"""The end of an encrypted comment, which does not count in a list."""


def canonical_name(places: Sequence[str], name: str, form: str | None) -> str:
    """Return what the value called `name` is called; `name` where there is none.

    :param places: files and directories, in the order in which they are searched.
    :param form: the format of a place that is a file; ``None`` for what its name and text show.
    :raise SopsError: when a place or a file cannot be read.
    """
    found = [
        (candidate, _spelled(places, candidate))
        for place in places
        for candidate in candidates(place, name, form)
    ]
    if len({spelled for _, spelled in found}) == 1:
        return found[0][1]
    return next((spelled for candidate, spelled in found if _is_in(candidate)), name)


def _spelled(places: Sequence[str], candidate: Candidate) -> str:
    """Return the name of what a candidate names: by its file, as the first place has it.

    A file that is in no place, but behind links, is called by the first of these.
    """
    real = os.path.realpath(candidate.path)
    suffixes = ("",) if candidate.whole else SUFFIXES_OF_FILES
    directories: list[FileNames] = []
    for place in places:
        if os.path.isdir(place):
            names = FileNames(place, suffixes, may_be_a_secret)
            directories.append(names)
            below = names.path_of(real)
            if below is not None:
                return _named(below, candidate)
        elif not candidate.whole and os.path.realpath(place) == real:
            return candidate.name
    links = (names.link_to(real) for names in directories)
    named = (_named(link, candidate) for link in links if link is not None)
    return next(named, candidate.name)  # it is removed at this moment


def _named(file: str, candidate: Candidate) -> str:
    return file if candidate.whole else f"{stem_of(file)}/{candidate.name}"


def _is_in(candidate: Candidate) -> bool:
    """Return whether the file of a candidate has the value that it names."""
    document = candidate.document()
    return document is not None and any(
        _has(branch, candidate.name) for branch in document.branches
    )


def _has(node: Node, name: str) -> bool:
    return any(
        name == key if not isinstance(value, (dict, list)) else _is_below(name, key, value)
        for key, value in _members(node)
    )


def _is_below(name: str, key: str, node: Node) -> bool:
    return name.startswith(f"{key}/") and _has(node, name[len(key) + 1 :])


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        values = [each for each in node if not _is_comment(each)]
        yield from ((str(index), value) for index, value in enumerate(values))


def _is_comment(node: Node) -> bool:
    return isinstance(node, str) and is_encrypted(node) and node.endswith(_COMMENT)
