"""What authors of providers and plug-ins test them with.

`SealedStateInMemory` stands in for the `SealedState` of a plug-in. `ProviderContract` is a
conformance suite for providers: derive a test case from it, and it tests your provider.

::

    from twisted.trial.unittest import TestCase

    from buildbot_keychain.testing import ProviderContract


    class SecretInADictTests(ProviderContract, TestCase):
        def make_provider(self):
            self.values = {}
            return SecretInADict(self.values)

        def store(self, name, value):
            self.values[name] = value

The suite runs under trial and under pytest, and needs nothing but Twisted.

**Contract.** A provider returns the value, returns ``None`` for a secret that it does not hold, or
fails with a `ProviderError`; no log, error or ``repr`` shows a value; a stopped provider leaves
nothing behind.

**Design.** Each test's docstring is a clause of that contract. A test stores fresh random values,
so whatever shows one can be recognised, in any spelling that redaction knows. The tests reach the
store through hooks that the author overrides; a test whose hook is missing is skipped and names
it. A provider that breaks a clause on purpose overrides that test with one of what it does.

**Modules.** `_hooks` declares the hooks, `_harness` has what the tests share. The clauses are in
`_lookup_tests`, `_name_tests`, `_description_tests`, `_failure_tests`, `_lifecycle_tests` and
`_configuration_tests`, and `_contract` combines them. `_leak_detector` finds values in logs and
errors, `_resource_leaks` lists the threads and processes that a provider could leave behind.
`_sealed_state` has the stand-in.
"""

from __future__ import annotations

from buildbot_keychain.testing._contract import ProviderContract
from buildbot_keychain.testing._lookup_tests import LookupTests
from buildbot_keychain.testing._sealed_state import SealedStateInMemory

__all__ = ["LookupTests", "ProviderContract", "SealedStateInMemory"]
