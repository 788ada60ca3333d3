"""Our renderables where Buildbot renders."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot import install
from buildbot_keychain.buildbot._context import BuildContext
from buildbot_keychain.errors import RenderingError
from buildbot_keychain.interfaces import IRenderingContext
from buildbot_keychain.rendering import Interpolate
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider


class BuildContextTests(SynchronousTestCase):
    """`BuildContext`."""

    def setUp(self) -> None:
        self.properties = Properties(branch="main")
        self.context = BuildContext(self.properties)

    def test_it_is_one(self) -> None:
        verifyObject(IRenderingContext, self.context)
        self.assertIs(self.context.get_properties(), self.properties)

    def get(self, name: str) -> Deferred[str]:
        return Deferred.fromCoroutine(self.context.get_secret(name))

    def test_secrets_are_looked_up_in_the_master(self) -> None:
        self.properties.master = FakeMaster(DictProvider("files", {"token": "a-value"}))
        self.assertEqual(self.successResultOf(self.get("token")), "a-value")

    def test_outside_of_a_master(self) -> None:
        failure = self.failureResultOf(self.get("token"), RenderingError)
        self.assertIn(
            "secret 'token': it is rendered outside of a running master", str(failure.value)
        )

    def test_source_stamps(self) -> None:
        stamp = {"codebase": "", "branch": "main"}
        self.properties.sourcestamps = [stamp]
        self.assertEqual(self.context.get_source_stamp(""), stamp)
        self.assertEqual(self.context.get_source_stamp("lib"), {})

    def test_the_worker(self) -> None:
        self.assertRaises(RenderingError, self.context.get_worker_info)
        self.properties.build = SimpleNamespace(getWorkerInfo=lambda: {"admin": "somebody"})
        self.assertEqual(self.context.get_worker_info(), {"admin": "somebody"})

    def test_buildbot_renders_ours(self) -> None:
        install({})
        self.properties.master = FakeMaster(DictProvider("files", {"token": "a-value"}))
        rendered: Any = self.properties.render([Interpolate("%(prop:branch)s %(secret:token)s")])
        self.assertEqual(self.successResultOf(rendered), ["main a-value"])
