from __future__ import annotations

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from buildbot.changes.gitpoller import GitPoller
from buildbot.changes.pb import ChangePerspective
from buildbot.www.change_hook import ChangeHookResource
from buildbot.www.hooks.base import BaseHookHandler
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import ChangeSources
from tests.support.logged import lines_logged


class Updates:
    """Buildbot's update methods, as ours stand in for them."""

    def __init__(self) -> None:
        self.sources = ChangeSources()
        self.stated: list[dict[str, Any]] = []

    def addChange(self, *, properties: Any = None, **_: Any) -> Deferred[int]:
        self.stated.append(self.sources.stated(properties))
        return succeed(1)


class OwnPoller(GitPoller):
    """Of somebody else, who may do other things than Buildbot."""

    def add(self, updates: Updates) -> Any:
        return updates.addChange(branch="main")


class OwnHandler(BaseHookHandler):
    pass


class GiteaHandler(BaseHookHandler):
    """As that of the plug-in, which has the events handled by another class."""

    __module__ = "buildbot_gitea.webhook"

    def __init__(self, master: Any, options: Any) -> None:
        super().__init__(master, options)
        self.handler = options["class"](master, options)


class GiteaEvents(OwnHandler):
    __module__ = "buildbot_gitea.webhook"


class ChangeSourcesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.updates = Updates()
        self.of_gitea = OwnHandler
        self.master: Any = SimpleNamespace(data=SimpleNamespace(updates=self.updates))

    def hook(self, uri: str, sent: bytes = b"{}", **change: Any) -> dict[str, Any]:
        """Return what is stated of a change that a hook brings, which was sent something."""
        hooks = ChangeHookResource.__new__(ChangeHookResource)
        hooks.master = self.master
        hooks.dialects = {"base": True, "github": {}, "own": {"custom_class": OwnHandler}}
        hooks.dialects["gitea"] = {"class": self.of_gitea}
        hooks._dialect_handlers = {}
        hooks._plugins = {"base": BaseHookHandler, "github": BaseHookHandler, "gitea": GiteaHandler}
        request: Any = SimpleNamespace(uri=uri.encode(), content=BytesIO(sent))
        self.successResultOf(hooks.submitChanges([change], request, "git"))
        return self.updates.stated[-1]

    def test_buildbots_own(self) -> None:
        perspective = ChangePerspective(self.master, None)
        self.successResultOf(perspective.perspective_addChange({"files": [], "who": "x"}))
        self.assertEqual(self.updates.stated, [{}])
        for uri in ("/change_hook/github", "/change_hook", "/change_hook/base?a=/own"):
            self.assertEqual(self.hook(uri, properties={"a": 1}), {"a": 1}, uri)

    def test_those_of_others(self) -> None:
        poller = OwnPoller.__new__(OwnPoller)
        lines = lines_logged(self)
        for _ in range(2):
            self.successResultOf(poller.add(self.updates))
        self.assertEqual(self.updates.stated, [{"keychain_outside": None}] * 2)
        (line,) = lines
        self.assertIn(f"{__name__}.OwnPoller does not say whether", line)

        self.assertEqual(self.hook("/change_hook/own"), {"keychain_outside": None})
        self.assertEqual(self.hook("/change_hook/gitea"), {"keychain_outside": None})
        self.updates.addChange()
        self.assertEqual(self.updates.stated[-1], {"keychain_outside": None})

        def bring() -> None:
            self.updates.addChange()

        bring()
        self.assertEqual(self.updates.stated[-1], {"keychain_outside": None})

    def test_a_tag_of_gitea(self) -> None:
        self.of_gitea = GiteaEvents
        for ref, stated in (("tags/main", {"keychain_tag": True}), ("heads/tags/main", {})):
            sent = json.dumps({"ref": f"refs/{ref}"}).encode()
            self.assertEqual(self.hook("/change_hook/gitea", sent), stated, ref)
            properties = {"keychain_outside": False}
            found = self.hook("/change_hook/gitea", sent, properties=properties)
            self.assertEqual(found, properties | stated)
        self.assertEqual(self.hook("/change_hook/gitea", b'{"ref": 1}'), {})
        self.assertEqual(self.hook("/change_hook/github", b'{"ref": "refs/tags/main"}'), {})

    def test_what_is_stated_stays(self) -> None:
        for stated in (True, False, None, "x"):
            properties = {"keychain_outside": stated, "a": 1}
            self.assertEqual(self.hook("/change_hook/own", properties=properties), properties)
