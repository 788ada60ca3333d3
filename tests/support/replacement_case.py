"""One master with a keychain and one without, for the functions that replace Buildbot's."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider, RequesterProvider

VALUE = "s3cr3t-t0ken"
OPEN = "q8ZkV2mXw4LrT9sYbN6cJ3"
"""A secret that nobody could guess, and that nobody was given."""


class ReplacementTestCase(SynchronousTestCase):
    """One master with a keychain, and one without."""

    def setUp(self) -> None:
        self.plain = FakeMaster()
        self.kept = FakeMaster(DictProvider("files", {"token": VALUE}), RequesterProvider())
        self.keychain = MasterKeychain.of(self.kept)
        self.keychain.redactor.add("token", VALUE)
        self.keychain.redactor.add("open", OPEN)
        self.build: Any = FakeBuild()
        vars(self.build).update(master=self.kept)
        self.keychain.given.give(self.build, "token")
        self.calls: list[tuple[Any, ...]] = []

    def original(self, _self: Any, *args: Any) -> Any:
        """Stand for Buildbot's own function."""
        self.calls.append(args)
        return "original"
