"""Which files a configuration consists of, and the secrets in them."""

from __future__ import annotations

import sys
import sysconfig
import warnings
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from buildbot_keychain.inspection.plain_secrets._literals import literals_in
from buildbot_keychain.inspection.plain_secrets._shapes import shapes_in

_LARGEST = 4 * 1024 * 1024
_INSTALLED = ("site-packages", "dist-packages")


class PlainSecret(NamedTuple):
    """A secret that stands as it is in a file.

    :param line: its line, from 1.
    :param kind: what it is: of which kind, or where it stands.
    """

    file: Path
    line: int
    kind: str


def files_of(configuration: Path, before: Collection[str]) -> list[Path]:
    """Return the files of a configuration that has been executed: its own, and its modules.

    Modules that are installed are left out.

    :param before: the names of the modules that were imported before.
    """
    library = Path(sysconfig.get_path("stdlib")).resolve()
    found = {configuration.resolve()}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in before or not isinstance(file, str) or not file.endswith(".py"):
            continue
        path = Path(file).resolve()
        if path.is_relative_to(library) or not set(_INSTALLED).isdisjoint(path.parts):
            continue
        found.add(path)
    return sorted(found)


def plain_secrets(files: Iterable[Path]) -> Iterator[PlainSecret]:
    """Yield the secrets that stand in `files`; what cannot be read has none. Blocks."""
    for file in files:
        try:
            if file.stat().st_size > _LARGEST:
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line, kind in secrets_in(text):
            yield PlainSecret(file, line, kind)


def secrets_in(text: str) -> list[tuple[int, str]]:
    """Return the lines of a program in Python with a secret, each once, and what that is."""
    found: dict[int, str] = {}
    for place, kind in shapes_in(text):
        found.setdefault(text.count("\n", 0, place) + 1, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in what others have written
            for line, name in literals_in(text):
                found.setdefault(line, f"random text as {name}")
    except (SyntaxError, ValueError, RecursionError):  # Buildbot says so
        pass
    return sorted(found.items())
