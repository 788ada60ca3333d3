"""`ProviderContract`: the whole contract in one class to derive from."""

from __future__ import annotations

from buildbot_keychain.testing._configuration_tests import ConfigurationTests
from buildbot_keychain.testing._description_tests import DescriptionTests
from buildbot_keychain.testing._failure_tests import FailureTests
from buildbot_keychain.testing._lifecycle_tests import LifecycleTests
from buildbot_keychain.testing._lookup_tests import LookupTests
from buildbot_keychain.testing._name_tests import NameTests


class ProviderContract(
    LookupTests,
    NameTests,
    DescriptionTests,
    FailureTests,
    LifecycleTests,
    ConfigurationTests,
):
    """The tests of a provider; derive from this and from ``twisted.trial.unittest.TestCase``.

    `ProviderHooks.make_provider` and `ProviderHooks.store` must be overridden.
    """
