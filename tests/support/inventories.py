"""Inventories of a redactor for the logs of builds, and what they hide."""

from __future__ import annotations

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.scanner import TIERS


def holding(**secrets: str) -> Inventory:
    """Return an inventory with some secrets, by name."""
    result = Inventory(RedactionPolicy.build_log(), TIERS[0])
    for name, value in secrets.items():
        result.add(name, value)
    return result


def is_open(known: Inventory, text: str) -> bool:
    """Return whether a text is hidden from everybody."""
    return Audience(known, frozenset()).redact(text) != text
