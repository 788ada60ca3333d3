"""Secrets in the Unix password store: files that `pass`, gopass or passage encrypted.

Most stores are encrypted with GnuPG; those of age need no program.

Contract: gpg is run, `pass` never is. A passphrase reaches gpg through a file descriptor only: it
is never in an argument, an environment variable, a file or the memory of an agent. The store is
only read, and no decrypted value is kept. Every program has a deadline and is killed with whatever
it started.

Design: gpg leaves private keys to gpg-agent, so each decryption needs an agent that listens in
the right GnuPG home. Where the administrator's agent may hold unlocked keys, it is used and left
alone; otherwise a private agent is started, in a temporary directory that links to the configured
home, and ends with the provider. What gpg prints for people is never parsed: its status lines say
how a decryption ended.

Modules, from a lookup down to the processes:

`_provider`      `SecretInPass`: names, deadlines, one decryption for simultaneous lookups
`_listing`       whole entries of a store, for an import into ours
`_entry_reader`  one entry: read the file, decrypt it with gpg, explain a failure
`_age_reader`    the same with age
`_plaintext`     what an entry decrypts to, checked
`_store`         the encrypted files and the `.gpg-id` files
`_entry`         the text of a decrypted entry: password, fields; pure
`_one_time`      codes of ``otpauth://`` lines; the only module that imports pyotp
`_passphrase`    which passphrases gpg accepts; pure
`_keyring`       decryption with the private keys of one home, under a deadline
`_gnupg`         gpg itself; the only module that imports python-gnupg
`_status`        the outcome of a decryption, from gpg's status lines; pure
`_gnupg_home`    which agent is used for a home
`_agent`         one agent: how to reach it; how to start and end a private one
`_processes`     programs that are killed at a deadline
"""

from __future__ import annotations

from buildbot_keychain.providers.password_store._listing import password_store_values
from buildbot_keychain.providers.password_store._provider import SecretInPass

__all__ = ["SecretInPass", "password_store_values"]
