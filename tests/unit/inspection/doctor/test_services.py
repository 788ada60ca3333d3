from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.plugins import changes, reporters, util
from buildbot.secrets.providers.vault_hvac import (
    HashiCorpVaultKvSecretProvider,
    VaultAuthenticatorToken,
)
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._services import services
from tests.support.installations import codes, installation

PLAIN = "http://example.org/"


class ServiceTests(SynchronousTestCase):
    def found(self, **settings: Any) -> list[tuple[str, str, int]]:
        found = list(services(installation(Path("/srv/master"), **settings)))
        codes(found)
        return [(each.kind, each.level, len(each.places)) for each in found]

    def sources(self, *sources: Any) -> list[tuple[str, str, int]]:
        return self.found(change_sources=list(sources))

    def test_changes_in_plain(self) -> None:
        self.assertEqual(self.found(), [])
        gerrit = changes.GerritEventLogPoller(PLAIN, None, gitBaseURL="x")
        found = self.sources(changes.GitPoller("git://example.org/app"), gerrit)
        self.assertEqual(found, [("plain-service", "note", 2)])
        for url in ("https://example.org/app", "git@example.org:app", "http://localhost/app"):
            self.assertEqual(self.sources(changes.GitPoller(url, project=PLAIN)), [])
        stream = changes.GerritChangeSource("example.org", "ci", gitBaseURL=PLAIN)
        self.assertEqual(self.sources(stream), [])

    def test_secrets_in_plain(self) -> None:
        stream = changes.GerritChangeSource(
            "example.org", "ci", gitBaseURL="ssh://x", http_url=PLAIN, http_auth=("ci", "x")
        )
        subversion = changes.SVNPoller("svn://example.org/app", svnuser="ci", svnpasswd="x")
        named = changes.GitPoller("http://ci:x@example.org/app")
        found = self.sources(stream, subversion, named)
        self.assertEqual(found, [("plain-service", "problem", 3)])
        status = reporters.GitLabStatusPush("x", baseURL=PLAIN)
        self.assertEqual(self.found(services={"a": status}), [("plain-service", "problem", 1)])
        vault = HashiCorpVaultKvSecretProvider(
            vault_server=PLAIN, authenticator=VaultAuthenticatorToken("x"), secrets_mount="kv"
        )
        self.assertEqual(self.found(secretsProviders=[vault]), [("plain-service", "problem", 1)])

    def test_certificates(self) -> None:
        status = reporters.GitHubStatusPush(token="x", verify=False)
        dialects = {"github": {"secret": "x", "verify": False}, "base": True}
        www = {
            **MasterConfig().www,
            "auth": util.GitLabAuth("https://example.org", "id", "x"),
            "change_hook_dialects": dialects,
            "avatar_methods": [util.AvatarGitHub(verify=False)],
        }
        found = self.found(www=www, services={"a": status})
        self.assertEqual(found, [("unverified", "problem", 1)] * 3)
        self.assertEqual(self.found(services={"a": reporters.GitHubStatusPush(token="x")}), [])
