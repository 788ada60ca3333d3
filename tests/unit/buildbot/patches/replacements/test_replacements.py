"""Arguments that the installed Buildbot does not have yet."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure
from twisted.web.test.requesthelper import DummyRequest

from buildbot_keychain.buildbot.patches import Target
from buildbot_keychain.buildbot.patches._patches import Replacement
from buildbot_keychain.buildbot.patches.table import TABLE
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.replacement_case import ReplacementTestCase


class UnknownArgumentTests(ReplacementTestCase):
    """A later Buildbot passes more arguments; an administrator may have accepted that."""

    def arguments(self, target: Target) -> list[Any]:
        """Return arguments for Buildbot's own function, without ``self``."""
        known = {
            "build": self.properties,
            "buildrequest": SimpleNamespace(id=1),
            "conn": FakeBuild(),
            "new_config": self.plain.config,
            "properties": FakeBuild(),
            "request": DummyRequest([]),
            "routingKey": ("builds", "1", "new"),
            "set_props": Properties(),
            "why": Failure(ValueError()),
        }
        _self, *names = inspect.signature(target.value()).parameters
        return [known.get(name, name) for name in names if name not in {"args", "kwargs"}]

    def call(self, replacement: Replacement, master: Any) -> Any:
        """Call a replacement with two arguments that no function of Buildbot has."""

        def original(_self: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls.append((*args, kwargs))
            return succeed(True)

        self.properties = Properties()
        self.properties.master = master
        host: Any = FakeBuild()
        vars(host).update(
            master=master,
            build=None,
            step=None,
            env=None,
            get=str,
            _logFormatter="{} {}".format,
            _master=master,
            ssh_private_key=None,
            template_type="plain",
            username="alice",
        )
        if replacement.target.path.startswith("buildbot.master:"):
            host = master
        elif replacement.target.path.startswith("buildbot.config.master:"):
            host = MasterConfig()
        arguments = self.arguments(replacement.target)
        called = replacement.make(original)(host, *arguments, "unknown", unknown=1)
        if isinstance(called, Deferred):
            # Of the fakes; it would be told of wherever the garbage is collected.
            called.addErrback(lambda _: None)
        return called

    def functions(self) -> list[Replacement]:
        """Return the rows that replace functions."""
        replacements = [replacement for patch in TABLE for replacement in patch.replaces]
        return [r for r in replacements if inspect.isfunction(r.target.value())]

    def test_they_are_passed_on(self) -> None:
        for replacement in self.functions():
            self.call(replacement, FakeMaster())
            self.assertEqual(self.calls.pop()[-2:], ("unknown", {"unknown": 1}), replacement)

    def test_masters_with_a_keychain_accept_them(self) -> None:
        for replacement in self.functions():
            self.call(replacement, self.kept)
