"""The public names, frozen: a change of them changes this list, and belongs into the change log.

The names of providers, and of what their arguments take, are those of the catalog.
"""

from __future__ import annotations

import importlib

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.catalog import CATALOG

PROVIDERS = [entry.name for entry in CATALOG]

EXPORTS = {
    "buildbot_keychain": [
        "Interpolate",
        "Requester",
        "Secret",
        "SecretDetails",
        "SecretManager",
        *PROVIDERS,
    ],
    "buildbot_keychain.plugins.secrets": [
        "SecretManager",
        *(item.__name__ for entry in CATALOG for item in entry.exports),
    ],
    "buildbot_keychain.plugins.util": [
        "BuildFactory",
        "Interpolate",
        "Secret",
    ],
    "buildbot_keychain.redaction": [
        "FORMS",
        "PARTS",
        "Form",
        "Match",
        "Part",
        "Protection",
        "RedactionPolicy",
        "RedactionStream",
        "Redactor",
        "Spelling",
        "WeakSecret",
    ],
    "buildbot_keychain.testing": [
        "LookupTests",
        "ProviderContract",
    ],
}


class ExportTests(SynchronousTestCase):
    """`__all__` of each public module."""

    def test_nothing_came_or_went(self) -> None:
        """Each module offers these names and no others, sorted."""
        for module, names in EXPORTS.items():
            offered = list(importlib.import_module(module).__all__)
            self.assertEqual(offered, sorted(names, key=_as_ruff_sorts), module)

    def test_each_name_is_there(self) -> None:
        """A name in `__all__` without an object behind it breaks `import *`."""
        for module, names in EXPORTS.items():
            offered = vars(importlib.import_module(module))
            self.assertEqual([name for name in names if name not in offered], [], module)


def _as_ruff_sorts(name: str) -> tuple[bool, str]:
    """Sort constants before classes."""
    return not name.isupper(), name
