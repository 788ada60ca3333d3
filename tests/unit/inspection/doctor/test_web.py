from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.plugins import util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.inspection.doctor._web import open_pages
from tests.support.installations import codes, installation

LOCAL = "tcp:8010:interface=127.0.0.1"
AUTHZ = util.Authz(
    allowRules=[util.AnyControlEndpointMatcher(role="admins")],
    roleMatchers=[util.RolesFromUsername(["admins"], ["alice"])],
)
CLOSED = {"port": LOCAL, "auth": util.UserPasswordAuth({"alice": "x"}), "authz": AUTHZ}


class WebTests(SynchronousTestCase):
    def found(self, url: str = "https://ci.example.org/", **www: Any) -> Any:
        merged = {**MasterConfig().www, **CLOSED, **www}
        return list(open_pages(installation(Path("/srv/master"), www=merged, buildbotURL=url)))

    def test_a_closed_one(self) -> None:
        self.assertEqual(self.found(), [])
        self.assertEqual(self.found("http://localhost:8010/"), [])
        self.assertEqual(list(open_pages(Installation(Path("/a"), Path("/a/b"), None))), [])

    def test_in_plain(self) -> None:
        self.assertEqual(codes(self.found("http://ci.example.org/")), ["http"])
        (finding,) = self.found(port=8011)
        self.assertEqual((finding.kind, finding.level), ("plain-port", "note"))
        self.assertIn('"tcp:8011:interface=127.0.0.1"', finding.remedy)

    def test_anybody_logs_in_as_anybody(self) -> None:
        found = self.found(auth=util.RemoteUserAuth(), port=8010)
        self.assertEqual([(f.kind, f.level) for f in found][1:], [("plain-port", "problem")])
        self.assertEqual(self.found(auth=util.RemoteUserAuth()), [])

    def test_nobody_logs_in(self) -> None:
        found = self.found(auth=None, authz=None, port=8010)
        self.assertEqual(codes(found), ["plain-port", "no-login", "no-authz"])
        self.assertEqual(found[1].level, "problem")
        (finding,) = self.found(auth=None)
        self.assertEqual((finding.kind, finding.level), ("no-login", "note"))

    def test_anybody_controls(self) -> None:
        for authz in (None, util.Authz(allowRules=[util.StopBuildEndpointMatcher(role="a")])):
            (finding,) = self.found(authz=authz)
            self.assertEqual(finding.kind, "no-authz")

    def test_no_pages(self) -> None:
        self.assertEqual(codes(self.found(port=None, auth=None, authz=None)), [])

    def test_origins(self) -> None:
        for origin in ("*", "https://*", "http*", "*://*", "https://*:8080", "https://*.org"):
            found = codes(self.found(allowed_origins=[origin]))
            self.assertEqual(found, ["allowed-origins"], origin)
        for origin in ("https://ci.example.org", "https://*.example.org", "https://a.org:*"):
            self.assertEqual(codes(self.found(allowed_origins=[origin])), [], origin)

    def test_hooks(self) -> None:
        dialects = {
            "base": True,
            "github": {"secret": "x"},
            "gitlab": {},
            "bitbucket": True,
            "gitea": {"secret": "x"},
        }
        found = self.found(change_hook_dialects=dialects)
        self.assertEqual(codes(found), ["open-hook"] * 4)
        self.assertIn("set its secret, and strict to True", [each.remedy for each in found])
        self.assertEqual(self.found(change_hook_dialects=dialects, change_hook_auth=object()), [])
