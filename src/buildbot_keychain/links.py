"""`link_of_others`: whether a link may lead astray somebody who may do more than whoever made it.

Root, who changes a file in a directory of another user, changes what a link there leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def link_of_others(path: Path) -> Path | None:
    """Return a link on the way that is neither root's nor of the owner of what is at `path`.

    :return: ``None`` if there is no such link.
    :raise OSError: when nothing is there.
    """
    trusted = {0, path.stat().st_uid}
    return next((link for link in _links(path) if link.lstat().st_uid not in trusted), None)


def _links(path: Path) -> Iterator[Path]:
    """Yield the links on the way to what is at `path`."""
    for each in (*reversed(path.parents), path):
        if each.is_symlink():
            yield each
            yield from _links(each.parent / each.readlink() / path.relative_to(each))
            return
