"""Reads the secrets of a Jenkins from the files in its home directory.

Contract: nothing is written and no program runs. Every value that Jenkins could read is read, or
reported with what is wrong with it; nothing is guessed. What nothing authenticates is checked for
all that can be checked, and a wrong ``master.key`` never yields a value.

`_home`          which files are read, and what names begin with
`_credentials`   the secrets in a file, and their names
`_xml`           XML 1.1 as a stream, in bounded memory
`_values`        what an encrypted text stands for, in all forms
`_keys`          the files with the keys
`_ciphers`       AES; the only module here that imports cryptography
"""

from __future__ import annotations

from buildbot_keychain.store.imports.jenkins._home import read_jenkins

__all__ = ["read_jenkins"]
