"""`ProviderContract`: all of the contract in one class to derive from."""

from __future__ import annotations

from buildbot_keychain.testing.answers import AnswerTests
from buildbot_keychain.testing.configuration import ConfigurationTests
from buildbot_keychain.testing.lifetime import LifetimeTests
from buildbot_keychain.testing.trouble import TroubleTests


class ProviderContract(AnswerTests, TroubleTests, LifetimeTests, ConfigurationTests):
    """The tests of a provider; derive from this and from ``twisted.trial.unittest.TestCase``.

    `ProviderHooks.make_provider` and `ProviderHooks.store` must be overridden.
    """
