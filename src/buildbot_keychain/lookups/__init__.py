"""Looking a secret up: the providers are asked, in order, and no value gets out that is not hidden.

The rules:

1. Providers are asked in the order of the configuration, one after the other.
2. ``None`` means "ask the next one"; an error ends the lookup, whatever providers follow, but for
   one that is optional and unavailable.
3. ``provider!path`` asks that one provider; a bare path asks them all, but those that want that.
4. The redactor knows a value before anyone else does: it is told here, or by the provider.
5. A provider whose own arguments are being rendered is not asked for the secrets that they name.
6. Every error crosses `buildbot_keychain.boundary`, also one of a provider that we did not write.
7. Where there is a policy, it decides for each who asks, before any provider is asked (`access`).
8. Between a lookup and a provider stands what contains load and faults (`resilience`).

The configuration is passed in with each lookup, so it may be another one at any time; a lookup
finishes with the one it began with.

`_lookups`      `Lookups`
`_addressing`   which providers a name asks, and who waits for whom
`_asking`       how one provider is asked
`_foreign`      what an error of other code means
`_answers`      what an answer must be
`_hiding`       how the redactor is told
`_batches`      what is done together because it comes together
`_hints`        what may have been meant by a name that nobody holds
"""

from __future__ import annotations

from buildbot_keychain.lookups._answers import is_blank, text_of
from buildbot_keychain.lookups._batches import Batches
from buildbot_keychain.lookups._hints import Hints
from buildbot_keychain.lookups._lookups import Lookups

__all__ = ["Batches", "Hints", "Lookups", "is_blank", "text_of"]
