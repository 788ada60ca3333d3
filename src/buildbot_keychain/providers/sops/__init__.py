"""Secrets in files that sops has encrypted for age keys, and that may therefore live in git.

Contract: a file is decrypted and verified as a whole at each lookup, and nothing of it is kept. If
anything in it was changed by something other than sops, none of it is used. A value that stands in
it unencrypted is never served, and neither is a file that other users can write to.

Design: files have the format of sops 3 (https://github.com/getsops/sops). Each value of a YAML,
JSON, dotenv or INI file is encrypted on its own with the file's data key, which is encrypted for
each recipient. A MAC over all values in their order, encrypted too, protects the file as a whole.
It also covers unencrypted values, in the form that sops's Go libraries give them, so reading a file
means counting a ``007`` exactly as they do.

Modules, from a lookup down to the bytes:

`_provider`       `SecretInSops`
`_listing`        all values of a place, for an import into a store
`_files`          which files may hold a name; who may have written them
`_decryption`     decrypts all values of a document and verifies the MAC
`_document`       a file's text as a tree of names and values, and sops's metadata
`_flat_metadata`  metadata in formats without nesting
`_metadata`       for whom a file is encrypted, and its MAC
`_scalars`        what an unencrypted value counts as in the MAC
`_data_key`       opens the data key with the configured age identities
`_shamir`         combines a data key that was split between key groups
`_ciphertext`     one encrypted value; the only module that imports cryptography
"""

from __future__ import annotations

from buildbot_keychain.providers.sops._listing import sops_values
from buildbot_keychain.providers.sops._provider import DEFAULT_KEY_FILE, SecretInSops

__all__ = ["DEFAULT_KEY_FILE", "SecretInSops", "sops_values"]
