"""Writers of what leaves a store: a file for age recipients, one of sops, a script for Vault.

Contract: pure; the caller runs the programs and writes the files. Nothing here is made to be kept
in plain text: a file is encrypted before it exists, and what is piped into a program goes through
its standard input, as arguments and variables can be read by others.

`_document`   names and values as JSON
`_age`        that, encrypted for recipients
`_sops`       that, and the arguments with which sops encrypts it
`_kv`         a script of ``kv put``
"""

from __future__ import annotations

from buildbot_keychain.store.exports._age import age_file
from buildbot_keychain.store.exports._document import ExportError, Secrets
from buildbot_keychain.store.exports._kv import PROGRAMS, kv_script
from buildbot_keychain.store.exports._sops import sops_arguments, sops_input

__all__ = [
    "PROGRAMS",
    "ExportError",
    "Secrets",
    "age_file",
    "kv_script",
    "sops_arguments",
    "sops_input",
]
