"""Every provider of the catalog is announced everywhere, and nothing else is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from importlib.metadata import distribution, entry_points
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain.plugins.secrets
from buildbot_keychain import providers
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers.catalog import CATALOG, CatalogEntry

ROOT = Path(__file__).parents[2]
CONFIGURATION = "docs/reference/configuration.md"
LIBRARY = "docs/reference/library.md"


class CatalogTestCase(SynchronousTestCase):
    """Fails with a sentence that says what is missing and where."""

    def require(self, condition: object, sentence: str) -> None:
        if not condition:
            self.fail(sentence)

    def require_line(self, page: str, pattern: str, what: str) -> None:
        text = (ROOT / page).read_text(encoding="utf-8")
        self.require(re.search(pattern, text, re.MULTILINE), f"{page} does not mention {what}")


class CatalogTests(CatalogTestCase):
    """The table itself."""

    def test_every_provider_of_the_package_is_in_it(self) -> None:
        """A class that provides `ISecretProvider`, in whatever module."""
        found = set()
        for module in pkgutil.walk_packages(providers.__path__, f"{providers.__name__}."):
            for item in vars(importlib.import_module(module.name)).values():
                # A base class of several providers has no kind of its own.
                if inspect.isclass(item) and ISecretProvider.implementedBy(item):
                    found |= {item} if hasattr(item, "kind") else set()
        listed = {entry.provider for entry in CATALOG}
        for provider in found - listed:
            self.fail(f"{provider.__name__} is missing in buildbot_keychain.providers.catalog")

    def test_names_and_kinds_are_unique(self) -> None:
        """A kind addresses one provider; the default name is that of the class."""
        kinds = [entry.provider.kind for entry in CATALOG]
        self.assertEqual(sorted(kinds), sorted(set(kinds)))
        names = [item.__name__ for entry in CATALOG for item in entry.exports]
        self.assertEqual(sorted(names), sorted(set(names)))
        for entry in CATALOG:
            self.assertEqual(entry.provider.name, entry.name)

    def test_extras_and_pages_exist(self) -> None:
        """What users are sent to."""
        extras = distribution("buildbot-keychain").metadata.get_all("Provides-Extra", [])
        for entry in CATALOG:
            if entry.extra is not None:
                self.require(entry.extra in extras, f"pyproject.toml has no extra {entry.extra!r}")
            self.require((ROOT / "docs" / entry.page).exists(), f"docs/{entry.page} is missing")


class AnnouncementTests(CatalogTestCase):
    """The places that have to mention each provider."""

    def test_the_library(self) -> None:
        """`from buildbot_keychain import SecretInAFile`."""
        for entry in CATALOG:
            offered = entry.name in buildbot_keychain.__all__
            self.require(offered, f"buildbot_keychain does not export {entry.name}")
            self.assertIs(getattr(buildbot_keychain, entry.name), entry.provider)

    def test_the_plugins(self) -> None:
        """`from buildbot_keychain.plugins import secrets`: a Buildbot service for each provider."""
        plugins = buildbot_keychain.plugins.secrets
        for entry in CATALOG:
            for item in entry.exports:
                offered = item.__name__ in plugins.__all__
                self.require(offered, f"{plugins.__name__} does not export {item.__name__}")
            hosted = getattr(plugins, entry.name)
            self.assertIs(hosted.provider_class, entry.provider)
            self.assertEqual((hosted.__name__, hosted.name), (entry.name, entry.name))
            for item in entry.arguments:
                self.assertIs(getattr(plugins, item.__name__), item)

    def test_nothing_else_is_exported_there(self) -> None:
        """But the manager that they go into."""
        listed = {item.__name__ for entry in CATALOG for item in entry.exports}
        exported = set(buildbot_keychain.plugins.secrets.__all__)
        self.assertEqual(exported - listed, {"SecretManager"})

    def test_the_entry_points(self) -> None:
        """Buildbot's own plugin loader finds what `plugins.secrets` exports."""
        points = {point.name: point.value for point in entry_points(group="buildbot.secrets")}
        for name in buildbot_keychain.plugins.secrets.__all__:
            value = f"buildbot_keychain.plugins.secrets:{name}"
            found = points.get(f"keychain.{name}")
            self.require(
                found == value,
                f'pyproject.toml lacks the entry point "keychain.{name}" = "{value}"',
            )

    def test_the_readme(self) -> None:
        """A row of the table, with a link to its page and what to install."""
        for entry in CATALOG:
            needs = re.escape(f"[{entry.extra}]") if entry.extra else ""
            row = rf"^\| \[`{entry.name}`\]\([^)]*{_stem(entry)}[^)]*\) \|.*{needs}"
            what = f"{entry.name} in a row with a link to docs/{entry.page} and its extra"
            self.require_line("README.md", row, what)

    def test_the_reference(self) -> None:
        """A heading with its arguments for Buildbot, and a row for the library."""
        for entry in CATALOG:
            self.require_line(CONFIGURATION, rf"^### `{entry.name}`$", f"{entry.name} in a heading")
            self.require_line(LIBRARY, rf"^\| `{entry.name}` \|", f"{entry.name} in a row")
            for item in entry.arguments:
                name = item.__name__
                self.require_line(CONFIGURATION, rf"`{name}\b", name)

    def test_the_change_log(self) -> None:
        """Users read there that it is new."""
        for entry in CATALOG:
            self.require_line("CHANGELOG.md", rf"`{entry.name}\b", entry.name)


def _stem(entry: CatalogEntry) -> str:
    return re.escape(entry.page.removesuffix(".md"))
