"""The part of a master that is at work."""

from __future__ import annotations

from typing import Any

from buildbot.process.builder import Builder
from buildbot.process.buildstep import BuildStep
from buildbot.secrets.manager import SecretManager
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import AsyncMultiService, BuildbotService, MasterService, SharedService
from buildbot.worker.protocols.manager.pb import Dispatcher
from buildbot.www.auth import AuthBase
from buildbot.www.hooks.base import BaseHookHandler
from buildbot.www.hooks.github import GitHubEventHandler
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._stack import ASKS_FOR_NOBODY, nearest_on_stack
from buildbot_keychain.deferreds import returns_deferred
from tests.support.builds import FakeBuild

HERE = __name__


def working(cls: type, name: str | None = None) -> Any:
    """Return an object of a subclass of `cls`, not initialised, whose methods ask who it is."""

    def work(self: Any, function: Any = nearest_on_stack) -> Any:
        return function()

    made: Any = type("Working", (cls,), {"work": work})
    worker = object.__new__(made)
    if name is not None:
        worker.name = name
    return worker


class OfGitea(BaseHookHandler):
    """As that of the plug-in."""

    __module__ = "buildbot_gitea.webhook"


class NearestTests(SynchronousTestCase):
    """`nearest_on_stack`."""

    def test_nobody(self) -> None:
        self.assertIsNone(nearest_on_stack())
        self.assertIsNone(working(object).work())

    def test_parts_with_names(self) -> None:
        for cls, name, kind, found in (
            (BuildbotService, "github", "service", "github"),
            (SecretProviderBase, "vault", "provider", "vault"),
            (BaseHookHandler, None, "service", f"hook/{HERE.rpartition('.')[2]}"),
            (GitHubEventHandler, None, "service", "hook/github"),
            (OfGitea, None, "service", "hook/gitea"),
            (AuthBase, None, "service", "auth"),
            (Dispatcher, None, "service", "pb"),
        ):
            requester = working(cls, name).work()
            self.assertEqual((requester.kind, requester.service), (kind, found))
            self.assertTrue(str(requester.service_class).endswith("Working"))

    def test_the_database(self) -> None:
        class Master(MasterService):
            def get_db_config(self) -> Any:
                return nearest_on_stack()

            def get_db_url(self) -> Any:
                return nearest_on_stack()

        self.assertEqual(Master().get_db_config().service, "db_url")
        self.assertEqual(Master().get_db_url().service, "db_url")

    def test_a_step_works_for_its_build(self) -> None:
        step = working(BuildStep)
        step.build = FakeBuild()
        self.assertIs(step.work(), step.build)

    def test_the_nearest_counts(self) -> None:
        outer, inner = working(BuildbotService, "outer"), working(BuildbotService, "inner")
        self.assertEqual(outer.work(inner.work).service, "inner")

    def test_parts_that_ask_for_nobody(self) -> None:
        service = working(BuildbotService, "outer")
        for cls in (Builder, AsyncMultiService, MasterService):
            self.assertIs(service.work(working(cls).work), ASKS_FOR_NOBODY)

    def test_parts_that_work_for_others(self) -> None:
        service = working(BuildbotService, "outer")
        for cls in (SecretManager, SharedService):
            self.assertEqual(service.work(working(cls).work).service, "outer")

    def test_a_coroutine_that_goes_on(self) -> None:
        waiting: Deferred[None] = Deferred()

        @returns_deferred
        async def work(self: Any) -> Any:
            await waiting
            return nearest_on_stack()

        found = work(working(BuildbotService, "poller"))
        working(BuildbotService, "other").work(lambda: waiting.callback(None))
        self.assertEqual(self.successResultOf(found).service, "poller")

    def test_what_pretends_to_be_a_service(self) -> None:
        class Pretender:
            name = "pretender"
            __class__ = BuildbotService

            def work(self) -> Any:
                return nearest_on_stack()

        self.assertIsNone(Pretender().work())
