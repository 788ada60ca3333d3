"""A conformance suite for providers: whoever writes one derives a test case and is tested by it.

::

    from twisted.trial.unittest import TestCase

    from buildbot_keychain.testing import ProviderContract


    class SecretInADictTests(ProviderContract, TestCase):
        def make_provider(self):
            self.values = {}
            return SecretInADict(self.values)

        def store(self, name, value):
            self.values[name] = value

It runs under trial and under pytest, and needs Twisted alone. What else a test case may say of its
provider is in `ProviderHooks`; what is not said is not tested, and the test skips and names it.
Each test's docstring is a clause of the contract. A provider that differs in one on purpose
replaces that test by one of what it does.
"""

from __future__ import annotations

from buildbot_keychain.testing._contract import ProviderContract
from buildbot_keychain.testing._lookup_tests import LookupTests

__all__ = ["LookupTests", "ProviderContract"]
