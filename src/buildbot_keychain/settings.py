"""The former place of `buildbot_keychain.configuration`, until nothing imports it from here."""

from __future__ import annotations

from buildbot_keychain.configuration import public_names, weakness, with_unique_names

__all__ = ["public_names", "weakness", "with_unique_names"]
