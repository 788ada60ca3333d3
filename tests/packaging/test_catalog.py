"""Every provider of the catalog is registered and documented everywhere, and nothing else is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib.metadata import distribution, entry_points
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain.plugins.secrets
from buildbot_keychain import providers
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers.catalog import CATALOG, CatalogEntry
from buildbot_keychain.providers.service import ProviderService

ROOT = Path(__file__).parents[2]
PLUGINS = buildbot_keychain.plugins.secrets
HOSTED_PROVIDERS = PLUGINS.SecretInAFile.__module__
"""The module with the Buildbot service of each provider."""


def missing(entry: CatalogEntry) -> Iterator[str]:
    """Yield a sentence for each place that does not mention the provider of `entry`."""
    yield from _missing_exports(entry)
    yield from _missing_in_the_distribution(entry)
    yield from _missing_for_users(entry)
    yield from _missing_in_the_reference(entry)


def _missing_exports(entry: CatalogEntry) -> Iterator[str]:
    name = entry.name
    if getattr(buildbot_keychain, name, None) is not entry.provider:
        yield f"buildbot_keychain does not export {name}"
    elif name not in buildbot_keychain.__all__:
        yield f"buildbot_keychain.__all__ lacks {name}"
    for item in entry.exports:
        if item.__name__ not in PLUGINS.__all__:
            yield f"{PLUGINS.__name__}.__all__ lacks {item.__name__}"
    hosted: Any = getattr(PLUGINS, name, None)
    if getattr(hosted, "provider_class", None) is not entry.provider:
        what = "does not exist" if hosted is None else "is not the HostedProvider of that class"
        yield f"{PLUGINS.__name__}.{name} {what}; add one in {HOSTED_PROVIDERS} and import it"
    elif (hosted.__name__, hosted.name) != (name, name):
        yield f"{HOSTED_PROVIDERS}.{hosted.__name__} must be called {name}, and so must its name"
    for item in entry.arguments:
        if getattr(PLUGINS, item.__name__, None) is not item:
            yield f"{PLUGINS.__name__} does not import {item.__name__}"


def _missing_in_the_distribution(entry: CatalogEntry) -> Iterator[str]:
    points = {point.name: point.value for point in entry_points(group="buildbot.secrets")}
    for item in entry.exports:
        point, value = f"keychain.{item.__name__}", f"{PLUGINS.__name__}:{item.__name__}"
        if points.get(point) != value:
            yield f'pyproject.toml lacks the entry point "{point}" = "{value}"'
    if entry.extra is None:
        return
    extras = distribution("buildbot-keychain").metadata.get_all("Provides-Extra", [])
    if entry.extra not in extras:
        yield f"pyproject.toml has no extra {entry.extra!r}"
    in_all = rf'^all = \["buildbot-keychain\[([a-z,]+,)?{entry.extra}[,\]]'
    yield from _search("pyproject.toml", in_all, f"{entry.extra!r} in the extra 'all'")


def _missing_for_users(entry: CatalogEntry) -> Iterator[str]:
    name, page = entry.name, re.escape(entry.page.removesuffix(".md"))
    if not (ROOT / "docs" / entry.page).exists():
        yield f"docs/{entry.page} is missing"
    extra = re.escape(f"[{entry.extra}]") if entry.extra else ""
    row = f"a row for {name} with a link to docs/{entry.page}"
    with_extra = f"{row} and its extra" if extra else row
    yield from _search(
        "README.md", rf"^\| \[`{name}`\]\([^)]*{page}[^)]*\) \|.*{extra}", with_extra
    )
    yield from _search("docs/index.md", rf"^\| \[`{name}`\]\({page}[^)]*\) \|", row)
    yield from _search("docs/index.md", rf"^{page}$", f"{entry.page} in its toctree")
    if entry.extra:
        row = f"a row for the extra `{entry.extra}` with {name}"
        yield from _search("docs/how-to/install.md", rf"^\| `{entry.extra}` \|.*`{name}`", row)
    yield from _search("CHANGELOG.md", rf"`{name}\b", name)


def _missing_in_the_reference(entry: CatalogEntry) -> Iterator[str]:
    name, reference = entry.name, "docs/reference"
    yield from _search(f"{reference}/library.md", rf"^\| `{name}` \|", f"a row for {name}")
    yield from _search(
        f"{reference}/library.md", rf"^    {name},$", f"{name} in its first block of code"
    )
    yield from _search(f"{reference}/support.md", rf"^\| `{name}` \|", f"a row for {name}")
    for page in ("library", "plugins"):
        directive = f".. autoclass:: {name}"
        yield from _search(f"{reference}/api/{page}.rst", rf"^{directive}$", f"'{directive}'")
    yield from _search(
        f"{reference}/configuration.md", rf"^### `{name}`$", f"{name} in a heading '###'"
    )
    for item in entry.exports:
        point = f"keychain.{item.__name__}"
        yield from _search(
            f"{reference}/configuration.md", rf"`{point}`", f"`{point}` among the entry points"
        )
    for item in entry.arguments:
        yield from _search(f"{reference}/configuration.md", rf"`{item.__name__}\b", item.__name__)


def _search(page: str, pattern: str, what: str) -> Iterator[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    if not re.search(pattern, text, re.MULTILINE):
        yield f"{page} lacks {what}"


NO_PROVIDERS = {
    *("Allow", "Approval", "AuditToDatabase", "AuditToFile", "AuditToSyslog", "Deny"),
    *("MetricsPort", "Resilience", "SecretManager"),
}
"""The manager, and what goes into it beside providers."""


class CatalogTests(SynchronousTestCase):
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


class MentionTests(SynchronousTestCase):
    """The places that have to mention each provider."""

    def test_every_provider_is_mentioned_everywhere(self) -> None:
        """The message is a list of all that has to be done."""
        sentences = [sentence for entry in CATALOG for sentence in missing(entry)]
        if sentences:
            self.fail("\n".join(sentences))

    def test_a_new_provider_is_told_every_place(self) -> None:
        """Each place is in the list at once, with what has to be added there."""

        class SecretInConsul(ProviderService):
            name = "SecretInConsul"
            kind = "consul"

        sentences = "\n".join(missing(CatalogEntry(SecretInConsul, "how-to/consul.md", "consul")))
        plugins = "buildbot_keychain.plugins.secrets"
        for sentence in (
            "buildbot_keychain does not export SecretInConsul",
            f"{plugins}.__all__ lacks SecretInConsul",
            f"{plugins}.SecretInConsul does not exist; add one in {HOSTED_PROVIDERS}",
            f'the entry point "keychain.SecretInConsul" = "{plugins}:SecretInConsul"',
            "pyproject.toml has no extra 'consul'",
            "pyproject.toml lacks 'consul' in the extra 'all'",
            "docs/how-to/consul.md is missing",
            "README.md lacks a row for SecretInConsul with a link to docs/how-to/consul.md and its",
            "docs/index.md lacks a row for SecretInConsul",
            "docs/index.md lacks how-to/consul.md in its toctree",
            "docs/how-to/install.md lacks a row for the extra `consul` with SecretInConsul",
            "CHANGELOG.md lacks SecretInConsul",
            "docs/reference/library.md lacks a row for SecretInConsul",
            "docs/reference/library.md lacks SecretInConsul in its first block of code",
            "docs/reference/support.md lacks a row for SecretInConsul",
            "docs/reference/api/library.rst lacks '.. autoclass:: SecretInConsul'",
            "docs/reference/api/plugins.rst lacks '.. autoclass:: SecretInConsul'",
            "docs/reference/configuration.md lacks SecretInConsul in a heading '###'",
            "docs/reference/configuration.md lacks `keychain.SecretInConsul` among the entry",
        ):
            self.assertIn(sentence, sentences)

    def test_the_core_class_in_place_of_its_buildbot_service(self) -> None:
        """A likely mistake: the class of the core is exported to ``master.cfg``."""
        entry = next(one for one in CATALOG if one.name == "SecretInHTTP")
        self.patch(PLUGINS, "SecretInHTTP", entry.provider)
        (sentence,) = missing(entry)
        self.assertIn("SecretInHTTP is not the HostedProvider of that class; add one in", sentence)

    def test_nothing_else_is_exported_to_buildbot(self) -> None:
        """But the manager, what goes into it, Buildbot's name for a provider, and a function."""
        listed = {item.__name__ for entry in CATALOG for item in entry.exports}
        self.assertEqual(
            set(PLUGINS.__all__) - listed,
            {"HashiCorpVaultKvSecretProvider", "now", *NO_PROVIDERS},
        )
        points = {point.name for point in entry_points(group="buildbot.secrets")}
        ours = {name.removeprefix("keychain.") for name in points if name.startswith("keychain.")}
        self.assertEqual(ours - listed, NO_PROVIDERS)
