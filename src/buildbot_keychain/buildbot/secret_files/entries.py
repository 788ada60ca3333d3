"""What a configuration asks for: which files, holding what. Pure; knows neither worker nor build.

A *block* is one ``withSecrets``: the files that are there for the steps inside it. The step that
writes them and the step that removes them share the block object, and find each other by it.
It holds renderables and never a secret's value.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from buildbot_keychain.errors import ConfigurationError

SHAPE = "withSecrets takes a list of (path, renderable) pairs"


@dataclass(frozen=True)
class Entry:
    """One file.

    :ivar path: where, as the user wrote it: a `str` or a renderable.
    :ivar content: what is written: a renderable, or a `str` or `bytes` as it is.
    """

    path: object
    content: object


class Block:
    """The files of one ``withSecrets``.

    Two blocks that ask for the same are equal, so that a reconfiguration which changes nothing sees
    no change. Equal blocks are still different blocks: whoever pairs them does it by identity.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Block):
            return NotImplemented
        return self.entries == other.entries

    def __repr__(self) -> str:
        return f"Block({[entry.path for entry in self.entries]!r})"

    def plain_paths(self) -> set[str]:
        """Give the paths that are known before any build, spelt in one way."""
        return {posixpath.normpath(e.path) for e in self.entries if isinstance(e.path, str)}


def parse(secrets: object) -> Block:
    """Make a block of what the user gave to ``withSecrets``.

    :param secrets: a list or tuple of (path, renderable) pairs. A path is a `str` or a renderable;
        a content is a renderable, a `str` or `bytes`, and need not hold a secret at all.
    :raise ConfigurationError: for anything else, and for the same path twice.
    """
    if not isinstance(secrets, (list, tuple)):
        msg = f"{SHAPE}, not {type(secrets).__name__}"
        raise ConfigurationError(msg)
    block = Block(_entry(index, pair) for index, pair in enumerate(secrets))
    seen: set[str] = set()
    for entry in block.entries:
        if isinstance(entry.path, str):
            path = posixpath.normpath(entry.path)
            if path in seen:
                msg = f"withSecrets was given the path {entry.path!r} twice"
                raise ConfigurationError(msg)
            seen.add(path)
    return block


def refuse_overlap(inner: Block, outer: Block) -> None:
    """Refuse a block inside of another one that has a file at the same path.

    :raise ConfigurationError: it names the path.
    """
    both = sorted(inner.plain_paths() & outer.plain_paths())
    if both:
        msg = (
            f"withSecrets was given the path {both[0]!r} inside of another withSecrets that has "
            f"it already"
        )
        raise ConfigurationError(msg)


def _entry(index: int, pair: object) -> Entry:
    # What the pair holds is never shown: a content may be a password typed into master.cfg.
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004 - a pair
        msg = f"{SHAPE}; its element {index} is not a pair"
        raise ConfigurationError(msg)
    path, content = pair
    if isinstance(path, str):
        check_path(path)
    elif not _renderable(path):
        msg = f"{SHAPE}; the path of element {index} is {type(path).__name__}"
        raise ConfigurationError(msg)
    if not isinstance(content, (str, bytes)) and not _renderable(content):
        where = repr(path) if isinstance(path, str) else f"element {index}"
        msg = (
            f"{SHAPE}; the content for {where} is {type(content).__name__}, "
            f"not a renderable, str or bytes"
        )
        raise ConfigurationError(msg)
    return Entry(path, content)


def _renderable(value: object) -> bool:
    return not isinstance(value, type) and callable(getattr(value, "getRenderingFor", None))


def check_path(path: str) -> None:
    """Refuse a path that can name no file on any worker.

    :raise ConfigurationError: it says what is wrong with the path.
    """
    wrong = None
    if not path.strip():
        wrong = "is empty"
    elif not path.isprintable():
        wrong = "holds a character that cannot be printed"
    elif path.endswith(("/", "\\")) or path.replace("\\", "/").split("/")[-1] in (".", ".."):
        wrong = "names a directory; a file's name is missing"
    elif path == "~" or (path.startswith("~") and path[1] not in "/\\"):
        wrong = "names another user's home directory; write it out"
    if wrong is not None:
        msg = f"withSecrets: the path {path!r} {wrong}"
        raise ConfigurationError(msg)
