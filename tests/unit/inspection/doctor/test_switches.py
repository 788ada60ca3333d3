from __future__ import annotations

import http.client
import logging
from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.plugins import changes, reporters, util
from buildbot.process.remotecommand import RemoteCommand
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._switches import debug_switches
from tests.support.installations import codes, installation


class SwitchTests(SynchronousTestCase):
    def found(self, **settings: Any) -> Any:
        return list(debug_switches(installation(Path("/srv/master"), **settings)))

    def test_of_the_master(self) -> None:
        self.assertEqual(self.found(), [])
        found = self.found(www={"debug": True}, mq={"type": "simple", "debug": True})
        self.assertEqual(codes(found), ["debug", "debug"])

    def test_of_services(self) -> None:
        www = {
            **MasterConfig().www,
            "auth": util.GitHubAuth("id", "x", apiVersion=4, debug=True),
            "avatar_methods": [util.AvatarGitHub(debug=True), util.AvatarGravatar()],
            "change_hook_dialects": {"github": {"secret": "x", "debug": True}, "base": True},
        }
        gerrit = changes.GerritChangeSource("example.org", "ci", gitBaseURL="ssh://x", debug=True)
        status = reporters.GitHubStatusPush(token="x", debug=True)
        quiet = reporters.GitHubStatusPush(token="x", name="quiet")
        (finding,) = self.found(
            www=www, change_sources=[gerrit], services={"a": status, "b": quiet}
        )
        self.assertEqual((finding.kind, len(finding.places)), ("debug", 5))
        self.assertNotIn("quiet", str(finding.places))

    def test_of_the_process(self) -> None:
        self.patch(http.client.HTTPConnection, "debuglevel", 1)
        self.patch(RemoteCommand, "debug", True)
        logger = logging.getLogger("sqlalchemy.engine")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.INFO)
        self.assertEqual(codes(self.found()), ["debug"] * 3)
