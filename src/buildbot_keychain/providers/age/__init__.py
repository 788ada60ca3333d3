"""Decryption with age (https://age-encryption.org/v1): what providers of encrypted files share.

Contract: private keys are read from files that nobody else can read, or come from another provider;
they are kept only while a lookup needs them, and shown nowhere.

`_identities`   the private keys; the only module that imports pyrage
`_key_file`     where a provider reads them from
"""

from __future__ import annotations

from buildbot_keychain.providers.age._identities import AgeError, Identities
from buildbot_keychain.providers.age._key_file import read_identities

__all__ = ["AgeError", "Identities", "read_identities"]
