"""Rules about the source tree: private modules stay in their package; tests mirror the source.

`UNTESTED` and `IMPORTS_PRIVATE` list the folders in which that is not yet true everywhere. A
folder where it has become true must be taken off its list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "buildbot_keychain"
TESTS = ROOT / "tests"
UNIT = TESTS / "unit"

IMPORTS_PRIVATE: tuple[str, ...] = (
    "tests.docs.",
    "tests.integration.",
    "tests.support.",
    "tests.unit.providers.vault.",
)
"""Packages with modules that import private modules of others."""


def modules(*folders: Path) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of each module."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            parts = (
                path.relative_to(SOURCE if SOURCE in path.parents else ROOT).with_suffix("").parts
            )
            yield ".".join(parts).removesuffix(".__init__"), path


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports; a name of a module may be one in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def has_logic(path: Path) -> bool:
    """Return whether any function of a module has a body; a class that only keeps data has none."""
    return any(
        not _is_stub(statement)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name != "__init__"
        for statement in node.body
    )


def _is_stub(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, (ast.Pass, ast.Raise))


class StructureTestCase(SynchronousTestCase):
    """Compares what was found with the list of folders where it is known."""

    def check(self, found: set[str], known: tuple[str, ...]) -> None:
        new = sorted(one for one in found if not one.startswith(known))
        if new:
            self.fail("\n".join(new))
        for folder in known:
            remain = [one for one in found if one.startswith(folder)]
            self.assertNotEqual(remain, [], f"take {folder!r} off the list")


class PrivateModuleTests(StructureTestCase):
    """A module whose name begins with an underscore is its package's own business."""

    def test_none_is_imported_from_outside_its_package(self) -> None:
        """But by the unit tests of the same package."""
        everything = list(modules(PACKAGE, TESTS))
        private = {name for name, _ in everything if name.rpartition(".")[2].startswith("_")}
        found = set()
        for importer, path in everything:
            for name in private.intersection(imported(path)):
                package = name.rpartition(".")[0]
                unit_tests = package.replace("buildbot_keychain", "tests.unit", 1)
                inside = f"{importer}."
                if not inside.startswith((f"{package}.", f"{unit_tests}.")):
                    found.add(f"{importer} imports {name}")
        self.check(found, IMPORTS_PRIVATE)


class TestTreeTests(StructureTestCase):
    """Unit tests mirror the source and stand by themselves."""

    def test_unit_tests_import_nothing_from_integration(self) -> None:
        """What both need stands in `tests.support`."""
        for importer, path in modules(UNIT, TESTS / "support"):
            borrowed = [n for n in imported(path) if n.startswith("tests.integration")]
            self.assertEqual(borrowed, [], importer)

    def test_every_module_with_logic_has_a_unit_test_of_its_name(self) -> None:
        """``files/_directory.py`` has ``files/test_directory.py``."""
        missing = set()
        for _, path in modules(PACKAGE):
            below = path.relative_to(PACKAGE)
            if path.name == "__init__.py" or not has_logic(path):
                continue
            test = UNIT / below.parent / f"test_{path.name.removeprefix('_')}"
            if not test.exists():
                missing.add(f"{below} has no unit test; add {test.relative_to(ROOT)}")
        self.assertEqual(sorted(missing), [], "\n".join(sorted(missing)))
