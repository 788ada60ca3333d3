"""The pages in the root and in docs/: their links work, their code compiles, their names exist."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^ *```([\w{}]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PICTURE = re.compile(r' (?:src|srcset)="([^"]+)"')
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_KNOWN = ("buildbot", "buildbot_keychain", "twisted", "zope")


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield page and text of each block of code of that language."""
    for page in PAGES:
        for found, text in _BLOCK.findall(page.read_text()):
            if found == language:
                yield str(page.relative_to(ROOT)), text


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on the repository's web pages, and on the site."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def exists(module: str, name: str) -> bool:
    """Return whether ``from module import name`` works."""
    if hasattr(importlib.import_module(module), name):
        return True
    return importlib.util.find_spec(f"{module}.{name}") is not None


class LinkTests(SynchronousTestCase):
    """Relative links; Sphinx checks those within docs/ again, and `make linkcheck` the others."""

    def test_links_lead_to_files_and_headings(self) -> None:
        """Each relative link names a file that exists, and a heading in it."""
        broken = []
        for page in PAGES:
            for link in _LINK.findall(_BLOCK.sub("", page.read_text())):
                if "://" in link:
                    continue
                path, _, fragment = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                if not target.exists():
                    broken.append(f"{page.name}: {link}")
                elif fragment:
                    headings = map(anchor, _HEADING.findall(target.read_text()))
                    if fragment not in headings:
                        broken.append(f"{page.name}: {link}")
        self.assertEqual(broken, [])

    def test_pictures_are_shown_for_light_and_dark_screens_and_are_small(self) -> None:
        shown = {
            (page.parent / path).resolve()
            for page in PAGES
            for path in _PICTURE.findall(page.read_text())
        }
        kept = set((ROOT / "docs" / "_static").rglob("*.webp"))
        self.assertEqual(shown, kept)
        others = {"light": "dark", "dark": "light"}
        for path in kept:
            name, _, scheme = path.stem.rpartition("-")
            self.assertIn(path.with_stem(f"{name}-{others[scheme]}"), kept)
        self.assertLess(sum(path.stat().st_size for path in kept), 1 << 20)

    def test_every_page_is_reached_from_the_readme(self) -> None:
        """Nobody reads a page that no other page links to."""
        reached, waiting = set(), [ROOT / "README.md"]
        while waiting:
            page = waiting.pop()
            if page in reached or page.suffix != ".md":
                continue
            reached.add(page)
            links = [link.partition("#")[0] for link in _LINK.findall(page.read_text())]
            waiting += [
                (page.parent / link).resolve() for link in links if link and ":" not in link
            ]
        self.assertEqual(sorted(map(str, set(PAGES) - reached)), [])


class CodeTests(SynchronousTestCase):
    """Blocks of code."""

    def test_python_is_python(self) -> None:
        """Each block compiles; `await` may stand at its top."""
        for page, text in blocks("python"):
            compile(text, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    def test_what_is_imported_exists(self) -> None:
        """Each name imported from buildbot_keychain, Buildbot, Twisted or zope exists."""
        for page, text in blocks("python"):
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.ImportFrom) or node.module is None:
                    continue
                if node.module.partition(".")[0] in _KNOWN:
                    for name in node.names:
                        self.assertTrue(exists(node.module, name.name), f"{page}: {name.name}")

    def test_what_is_used_of_our_plugins_exists(self) -> None:
        """Each `secrets.X` and `util.X` is in the module that the page imports."""
        plugins = "buildbot_keychain.plugins"
        ours = {name: importlib.import_module(f"{plugins}.{name}") for name in ("secrets", "util")}
        for page, text in blocks("python"):
            if f"from {plugins} import" in text:
                for module, name in re.findall(r"\b(?<![\w.])(secrets|util)\.([A-Z]\w+)", text):
                    if f"plugins import {module}\n" in text or "import secrets, util" in text:
                        self.assertTrue(hasattr(ours[module], name), f"{page}: {module}.{name}")

    def test_commands_are_commands(self) -> None:
        """A shell accepts each block, without running it."""
        shell = shutil.which("bash")
        if shell is None:
            raise SkipTest("there is no bash on this machine")
        for page, text in blocks("sh"):
            checked = subprocess.run([shell, "-n", "-c", text], capture_output=True, check=False)
            self.assertEqual(checked.stderr.decode(), "", page)

    def test_make_targets_exist(self) -> None:
        """`make x` on a page is a target of the Makefile."""
        makefile = (ROOT / "Makefile").read_text()
        for page in PAGES:
            for target in re.findall(r"\bmake ([a-z-]+)\b", "".join(_code(page))):
                self.assertRegex(makefile, rf"(?m)^{target}:", page.name)


class NameTests(SynchronousTestCase):
    """Names of modules, classes and files in the prose and the code of pages."""

    def test_dotted_names_exist(self) -> None:
        """Each `buildbot_keychain.x.y` is a module, or an attribute of one."""
        missing = [
            f"{page.relative_to(ROOT)}: {name}"
            for page in PAGES
            for name in set(re.findall(r"\bbuildbot_keychain(?:\.\w+)+", page.read_text()))
            if not _resolves(name)
        ]
        self.assertEqual(missing, [])

    def test_paths_exist(self) -> None:
        """Each path into the repository's folders is a file or a folder."""
        missing = [
            f"{page.relative_to(ROOT)}: {path}"
            for page in PAGES
            for path in re.findall(
                r"(?<![\w./-])(?:src|tests|docs|examples|requirements)/[\w./-]*", page.read_text()
            )
            if not (ROOT / path.rstrip(".")).exists()
        ]
        self.assertEqual(missing, [])


def _resolves(name: str) -> bool:
    """Return whether a dotted name leads to a module or to an attribute of one."""
    module, *rest = name.split(".")
    found = importlib.import_module(module)
    for part in rest:
        module = f"{module}.{part}"
        if hasattr(found, part):
            found = getattr(found, part)
        else:
            try:
                found = importlib.import_module(module)
            except ImportError:
                return False
    return True


def _code(page: Path) -> Iterator[str]:
    text = page.read_text()
    yield from (block for language, block in _BLOCK.findall(text) if language == "sh")
    yield from re.findall(r"`[^`\n]+`", _BLOCK.sub("", text))
