"""The conformance suite as a whole: a good provider passes it."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from tests.support.provider_contract import GoodProviderContract


class GoodProviderTests(GoodProviderContract, TestCase):
    pass
