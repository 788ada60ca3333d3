"""Which versions of what are at work, for people who report or look into a problem.

Read from the metadata of installed distributions; nothing is imported for it.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from buildbot_keychain.redaction.matching.scanner import TIERS

DISTRIBUTION = "buildbot-keychain"

ACCEPT_VARIABLE = "BUILDBOT_KEYCHAIN_ACCEPT_UNGUARDED"
"""The environment variable by which an administrator accepts patches that do not fit a version of
Buildbot: their names, separated by commas."""


class UnfitBuildbotError(Exception):
    """Buildbot is not as this library needs it to be.

    :ivar sentences: what would be wrong, and why; there is no value in them.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("; ".join(self.sentences))


_REQUIREMENT = re.compile(r"([\w.-]+)[^;]*;.*\bextra *== *['\"]([\w-]+)['\"]")
_ONLY_BEFORE = re.compile(r"python_version *< *['\"](\d+)\.(\d+)['\"]")


def version_of(distribution: str) -> str | None:
    """Return the version of a distribution, or ``None`` if it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def engine() -> str:
    """Return what redaction matches with, in words."""
    if TIERS[0] == "native":
        return f"daachorse {version_of('daachorse')}"
    return "the standard library"


def extras() -> dict[str, bool]:
    """Return the extras of this distribution, and whether what each needs is installed.

    Without ``all``, which is all of them.
    """
    needed: dict[str, list[str]] = {}
    try:
        for extra in metadata(DISTRIBUTION).get_all("Provides-Extra", []):
            needed[extra] = []
        requirements = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    needed.pop("all", None)
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement)
        before = _ONLY_BEFORE.search(requirement)
        is_past = before is not None and sys.version_info >= (int(before[1]), int(before[2]))
        if found and found[2] in needed and not is_past:
            needed[found[2]].append(found[1])
    return {
        extra: all(version_of(package) is not None for package in packages)
        for extra, packages in sorted(needed.items())
    }


def describe() -> list[str]:
    """Return lines about this installation, without line ends."""
    found = extras()
    have = [extra for extra, is_there in found.items() if is_there]
    lack = [extra for extra, is_there in found.items() if not is_there]
    return [
        f"{DISTRIBUTION} {version_of(DISTRIBUTION) or '(not installed)'}",
        f"Python {platform.python_version()}",
        f"Twisted {version_of('twisted')}",
        f"Buildbot {version_of('buildbot') or '(not installed)'}",
        f"engine: {engine()}",
        f"extras: {', '.join(have) or 'none'}",
        *([f"extras that are not installed: {', '.join(lack)}"] if lack else []),
    ]
