"""What a configuration asks for: which files, with which content. Pure: no worker, no build.

A *block* is one ``withSecrets``: the files that are there for the steps inside it. The step that
writes them and the step that removes them share the block object, and find each other by it.
It holds renderables and never a secret's value.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.arguments import is_renderable
from buildbot_keychain.secretive import secretive

SHAPE = "withSecrets takes a list of (path, renderable) pairs"


@secretive
@dataclass(frozen=True, repr=False)
class FileSpec:
    """One file.

    :ivar path: where, as the user wrote it: a `str` or a renderable.
    :ivar content: what is written: a renderable, or a `str` or `bytes` as it is.
    """

    path: object
    content: object


class Block:
    """The files of one ``withSecrets``.

    Two blocks that ask for the same are equal, so that a reconfiguration which changes nothing sees
    no change. Equal blocks are still different blocks: they are paired with steps by identity.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, files: Iterable[FileSpec]) -> None:
        self.files = tuple(files)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Block):
            return NotImplemented
        return self.files == other.files

    def __repr__(self) -> str:
        return f"Block({[file.path for file in self.files]!r})"

    def plain_paths(self) -> set[str]:
        """Return the paths that are known before any build, each in its shortest spelling."""
        return {posixpath.normpath(f.path) for f in self.files if isinstance(f.path, str)}


def parse_block(secrets: object) -> Block:
    """Return the block that the argument of ``withSecrets`` describes.

    :param secrets: a list or tuple of (path, renderable) pairs. A path is a `str` or a renderable;
        a content is a renderable, a `str` or `bytes`, and need not hold a secret at all.
    :raise ConfigurationError: for anything else, and for the same path twice.
    """
    if not isinstance(secrets, (list, tuple)):
        raise ConfigurationError(f"{SHAPE}, not {type(secrets).__name__}")
    if _is_pair(secrets):
        raise ConfigurationError(f"{SHAPE}, not one pair: write withSecrets([(path, renderable)])")
    if secrets and all(isinstance(item, (list, tuple)) and _all_pairs(item) for item in secrets):
        msg = f"{SHAPE}, not a list in a list: remove the inner brackets"
        raise ConfigurationError(msg)
    block = Block(_file_spec(index, pair) for index, pair in enumerate(secrets))
    seen: set[str] = set()
    for file in block.files:
        if isinstance(file.path, str):
            path = posixpath.normpath(file.path)
            if path in seen:
                raise ConfigurationError(f"withSecrets was given the path {file.path!r} twice")
            seen.add(path)
    return block


def check_overlap(inner: Block, outer: Block) -> None:
    """Check that a block inside another one has no file at the same path.

    :raise ConfigurationError: naming the path.
    """
    both = sorted(inner.plain_paths() & outer.plain_paths())
    if both:
        msg = (
            f"withSecrets was given the path {both[0]!r} inside of another withSecrets that has "
            f"it already"
        )
        raise ConfigurationError(msg)


def _is_pair(value: object) -> bool:
    """Return whether `value` is (path, renderable), and so not a list of such pairs."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2  # noqa: PLR2004 - a pair
        and not isinstance(value[0], (list, tuple))
        and not isinstance(value[1], (list, tuple))
    )


def _all_pairs(value: list[object] | tuple[object, ...]) -> bool:
    return bool(value) and all(map(_is_pair, value))


def _file_spec(index: int, pair: object) -> FileSpec:
    # What the pair holds is never shown: a content may be a password typed into master.cfg.
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004 - a pair
        raise ConfigurationError(
            f"{SHAPE}; its element {index} is not a pair but of type {type(pair).__name__}"
        )
    path, content = pair
    if getattr(path, "secret_name", None) and isinstance(content, str):
        msg = f"{SHAPE}; element {index} has the secret first: write (path, Secret('...'))"
        raise ConfigurationError(msg)
    if isinstance(path, str):
        check_path(path)
    elif not is_renderable(path):
        msg = (
            f"{SHAPE}; the path of element {index} must be a str or a renderable, "
            f"not {type(path).__name__}"
        )
        raise ConfigurationError(msg)
    if not isinstance(content, (str, bytes)) and not is_renderable(content):
        where = repr(path) if isinstance(path, str) else f"element {index}"
        msg = (
            f"{SHAPE}; the content for {where} must be a renderable, str or bytes, "
            f"not {type(content).__name__}"
        )
        raise ConfigurationError(msg)
    return FileSpec(path, content)


def check_path(path: str) -> None:
    """Check that a path can name a file on some worker.

    :raise ConfigurationError: saying what is wrong with the path.
    """
    problem = None
    if not path.strip():
        problem = "is empty; name a file"
    elif not path.isprintable():
        problem = "holds a character that cannot be printed; remove it"
    elif path.endswith(("/", "\\")) or path.replace("\\", "/").split("/")[-1] in (".", ".."):
        problem = "names a directory; add the file's name"
    elif path == "~" or (path.startswith("~") and path[1] not in "/\\"):
        problem = "names another user's home directory; write that directory out"
    if problem is not None:
        raise ConfigurationError(f"withSecrets: the path {path!r} {problem}")
