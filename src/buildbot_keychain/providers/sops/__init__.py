"""Files that sops has encrypted for age keys: secrets that may live in git.

The format is the one of sops 3 (https://github.com/getsops/sops): each value of a YAML, JSON,
dotenv or INI file is encrypted for itself under the file's data key, which is encrypted for each
recipient; a MAC, encrypted too, covers all values in their order. Modules, from the bytes up:

`document`    a file's text as a tree of names and values, and sops's metadata
`scalars`     what a value that is not encrypted counts as in the MAC
`metadata`    what sops says of a file: for whom, by which rules, its MAC
`age`         the identities that open the data key; the one module that knows pyrage
`shamir`      joins a data key that was split between key groups
`ciphertext`  one encrypted value; the one module that knows cryptography
`tree`        decrypts all values and verifies the MAC
`files`       which file is read for a name, and who else may have written it
`provider`    `SecretInSops`

A file is decrypted and verified as a whole at each lookup; nothing of it is kept.
"""

from __future__ import annotations

from buildbot_keychain.providers.sops.provider import SecretInSops

__all__ = ["SecretInSops"]
