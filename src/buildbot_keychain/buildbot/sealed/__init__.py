"""What a master seals with keys of its own: values of plug-ins, and what is typed into forms.

The keys are derived from a secret that stands in the master's database, sealed with a key of the
ring that ``SecretManager(key_file=...)`` names. So they stay when the keys of the ring rotate, and
a copy of the database opens nothing.

`_keys`    `MasterKeys`: the keys of one master
`_state`   `SealedState`: values that plug-ins keep
`_writes`  which fields of those that plug-ins keep elsewhere were sealed
"""

from __future__ import annotations

from buildbot_keychain.buildbot.sealed._keys import KeyFile, MasterKeys, SealingKeys
from buildbot_keychain.buildbot.sealed._state import SealedState

__all__ = ["KeyFile", "MasterKeys", "SealedState", "SealingKeys"]
