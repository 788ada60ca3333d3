"""Asking is tested in `tests.integration.test_doctor`, in a process of its own."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from buildbot.plugins import changes
from buildbot.secrets.providers.file import SecretInAFile
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.attention import EXPIRED, EXPIRES, TOKEN, Attention
from buildbot_keychain.inspection import Finding
from buildbot_keychain.inspection._loading import working_directory
from buildbot_keychain.inspection.doctor._secrets import (
    _ending,
    _ill,
    file_providers,
    providers_and_policy,
)
from buildbot_keychain.plugins import secrets
from tests.support.installations import codes, installation


class ProviderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)

    def found(self, *providers: Any) -> Any:
        return list(providers_and_policy(installation(self.directory, secretsProviders=providers)))

    def test_buildbots_own(self) -> None:
        own = SecretInAFile(dirname=str(self.directory))
        self.assertEqual(codes(self.found(own)), ["buildbot-provider", "no-policy"])
        self.assertEqual(self.found(), [])

    def test_ours_with_a_policy(self) -> None:
        files = secrets.SecretInAFile(str(self.directory), name="files")
        self.assertEqual(codes(self.found(secrets.SecretManager([files]))), ["no-policy"])
        manager = secrets.SecretManager([files], policy=[secrets.Allow("*", builders=["b"])])
        self.assertEqual(self.found(manager), [])

    def test_who_is_given_secrets_without_a_policy(self) -> None:
        own = [SecretInAFile(dirname=str(self.directory))]
        where: dict[str, Any] = {"gitBaseURL": "ssh://x"}
        gerrit = partial(changes.GerritChangeSource, "example.org", "ci", **where)
        poller = changes.GitHubPullrequestPoller("owner", "repository", token="x")
        for source, level in (
            (gerrit(), "problem"),
            (gerrit(handled_events=["comment-added"]), "problem"),
            (changes.GerritEventLogPoller("https://example.org", None, **where), "problem"),
            (poller, "problem"),
            (gerrit(handled_events=["change-merged", "ref-updated"]), "note"),
            (changes.GitPoller("https://example.org"), "note"),
        ):
            examined = installation(self.directory, secretsProviders=own, change_sources=[source])
            (*_, finding) = providers_and_policy(examined)
            self.assertEqual((finding.kind, finding.level), ("no-policy", level), source)

    def test_directories_of_secrets(self) -> None:
        """One may be named as it is called in the directory of the master."""
        (self.directory / "empty").mkdir(mode=0o700)
        (self.directory / "files").mkdir(mode=0o700)
        (self.directory / "files/token").touch(mode=0o600)
        with working_directory(self.directory):
            ours = [secrets.SecretInAFile(each, name=each) for each in ("files", "empty")]
            own = SecretInAFile(dirname="files")
        providers = [secrets.SecretManager(ours), own]
        examined = installation(self.directory, secretsProviders=providers)
        self.assertEqual(file_providers(examined), {"files", own.name})

    def test_what_ends(self) -> None:
        now = time.time()
        items = (
            Attention(TOKEN, EXPIRES, "vault", "the token", now + 9, "renew it"),
            Attention(TOKEN, EXPIRED, "vault", "the token", now - 9, "renew it"),
        )
        found = list(_ending(items))
        self.assertEqual(codes(found), ["expires", "expires"])
        self.assertEqual([each.level for each in found], ["note", "problem"])

    def test_what_a_check_finds(self) -> None:
        findings = [
            Finding("unchecked", "unavailable", "it is away", ("here",)),
            Finding("problem", "failed", "it is wrong"),
            Finding("problem", "missing", "x"),
            Finding("problem", "denied", "y"),
            Finding("note", "weak", "z"),
        ]
        found = list(_ill(SimpleNamespace(findings=findings), installation(self.directory)))
        self.assertEqual(codes(found), ["provider", "provider", "secrets"])
        self.assertEqual([each.level for each in found], ["unchecked", "problem", "problem"])
        self.assertIn("2 problems", found[2].sentence)
