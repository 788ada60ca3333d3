"""The public names, frozen: a change of them changes this list, and belongs into the change log.

Providers, and the classes that their arguments take, are left out: they are those of the catalog.
"""

from __future__ import annotations

import importlib

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.catalog import CATALOG

PROVIDERS = {item.__name__ for entry in CATALOG for item in entry.exports}

EXPORTS = {
    "buildbot_keychain": [
        "Allow",
        "AuditToDatabase",
        "AuditToFile",
        "AuditToSyslog",
        "Deny",
        "Interpolate",
        "MetricsPort",
        "Requester",
        "Resilience",
        "Secret",
        "SecretDetails",
        "SecretManager",
        "SourceStamp",
    ],
    "buildbot_keychain.plugins": [
        "changes",
        "keychain",
        "reporters",
        "schedulers",
        "secrets",
        "statistics",
        "steps",
        "util",
        "webhooks",
        "worker",
        "www",
    ],
    "buildbot_keychain.plugins.reporters": ["ApprovalGenerator"],
    "buildbot_keychain.plugins.secrets": [
        "Allow",
        "Approval",
        "AuditToDatabase",
        "AuditToFile",
        "AuditToSyslog",
        "Deny",
        "HashiCorpVaultKvSecretProvider",
        "MetricsPort",
        "Resilience",
        "SecretManager",
        "now",
    ],
    "buildbot_keychain.plugins.keychain": ["SealedField", "SealedState", "hide"],
    "buildbot_keychain.plugins.steps": ["HideValue", "SetPropertyFromCommand", "ShellCommand"],
    "buildbot_keychain.plugins.util": [
        "BuildFactory",
        "Hidden",
        "Interpolate",
        "Secret",
        "SecretParameter",
    ],
    "buildbot_keychain.redaction": [
        "FORMS",
        "PARTS",
        "Audience",
        "Form",
        "Hiding",
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
        "SealedStateInMemory",
    ],
}


class ExportTests(SynchronousTestCase):
    """`__all__` of each public module."""

    def test_nothing_came_or_went(self) -> None:
        """Each module offers these names and no others."""
        for module, names in EXPORTS.items():
            offered = set(importlib.import_module(module).__all__)
            self.assertEqual(sorted(offered - PROVIDERS), sorted(names), module)

    def test_each_name_is_there(self) -> None:
        """A name in `__all__` without an object behind it breaks `import *`."""
        for module in EXPORTS:
            found = importlib.import_module(module)
            self.assertEqual([name for name in found.__all__ if not hasattr(found, name)], [])
