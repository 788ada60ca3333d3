"""The table fits the installed Buildbot, and what it expects is expected indeed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from buildbot.config import ConfigErrors
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import install
from buildbot_keychain.buildbot.patches import PATCHES, gaps_in
from buildbot_keychain.buildbot.patches._expectations import MissingTargetError, Target
from buildbot_keychain.buildbot.patches._patches import Patch
from buildbot_keychain.buildbot.patches.table import TABLE
from buildbot_keychain.versions import ACCEPT_VARIABLE
from tests.support.buildbot_patches import broken, missing, replaced, unpatched

PAGE = Path(__file__).parents[4] / "docs" / "development" / "patches.md"


class InstalledBuildbotTests(SynchronousTestCase):
    """The Buildbot that is installed here."""

    def test_every_expectation_is_met(self) -> None:
        with unpatched():
            self.assertEqual([str(gap) for gap in gaps_in(TABLE)], [])

    def test_names_are_words_and_differ(self) -> None:
        names = [patch.name for patch in TABLE]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual([name for name in names if not re.fullmatch("[a-z-]+", name)], [])

    def test_every_patch_expects_something(self) -> None:
        self.assertEqual([patch.name for patch in TABLE if not patch.expects], [])


class DifferentBuildbotTests(SynchronousTestCase):
    """A Buildbot in which one thing differs."""

    def setUp(self) -> None:
        context = unpatched()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def targets(self) -> list[Any]:
        """Return everything that the patches replace, as it is now."""
        return [_current(r.target) for patch in TABLE for r in patch.replaces]

    def assert_guarded(self, patch: Patch) -> None:
        """The configuration is an error that names the gap, unless that is accepted."""
        before = self.targets()
        error = self.assertRaises(ConfigErrors, install, {})
        (sentence,) = (text for text in error.errors if f"patch {patch.name!r}" in text)
        self.assertIn(patch.gap, sentence)
        (names,) = set(re.findall(rf"{ACCEPT_VARIABLE}=(\S+)", "".join(error.errors)))
        self.assertIn(patch.name, names.split(","))
        self.assertFalse(PATCHES.applied)
        self.assertEqual(self.targets(), before)
        install({ACCEPT_VARIABLE: names})
        self.assertTrue(PATCHES.applied)
        PATCHES.revert()
        self.assertEqual(self.targets(), before)

    def test_each_expectation(self) -> None:
        for patch in TABLE:
            for expectation in patch.expects:
                with replaced(expectation.target, broken(expectation)):
                    self.assert_guarded(patch)

    def test_each_thing_that_is_missing(self) -> None:
        """Of Buildbot's; without Twisted's and Python's, nothing would run at all."""
        for patch in TABLE:
            for target in (
                *(replacement.target for replacement in patch.replaces),
                *(expectation.target for expectation in patch.expects),
            ):
                # What every object has cannot be missing.
                if target.path.startswith("buildbot.") and not hasattr(object, target.attribute):
                    with missing(target):
                        self.assert_guarded(patch)


class DocumentationTests(SynchronousTestCase):
    """The page for maintainers of the patches."""

    def test_it_has_this_table(self) -> None:
        _, _, table = PAGE.read_text(encoding="utf-8").partition("\n## The table\n")
        rows = [line for line in table.splitlines() if line.startswith("| `")]
        self.assertEqual(rows, [_row(patch) for patch in TABLE])


def _current(target: Target) -> Any:
    try:
        return target.value()
    except MissingTargetError:
        return None


def _row(patch: Patch) -> str:
    replaced_names = [f"`{replacement.target.name}`" for replacement in patch.replaces]
    where = ", ".join(filter(None, [*replaced_names, patch.per_master])) or "nothing"
    expected = "; ".join(map(str, patch.expects))
    return f"| `{patch.name}` | {patch.gap} | {where} | {expected} |"
