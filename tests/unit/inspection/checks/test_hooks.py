from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.plugins import changes
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.checks._hooks import unchecked_senders
from buildbot_keychain.plugins import secrets
from buildbot_keychain.policy import Policy

BELIEVING = Policy([secrets.Allow("*", builders=["release"])])


class HooksTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.www: dict[str, Any] = {}
        self.sources: list[Any] = []

    def found(self, dialects: Any = None, policy: Policy | None = BELIEVING) -> list[str]:
        www = {"change_hook_dialects": dialects, **self.www}
        config = SimpleNamespace(www=www, change_sources=self.sources)
        return list(unchecked_senders(config, policy))

    def remedies(self, dialects: Any) -> list[str]:
        return [sentence.rpartition(": ")[2] for sentence in self.found(dialects)]

    def test_hooks_that_check_nothing(self) -> None:
        for dialect in ("base", "bitbucket", "bitbucketcloud", "bitbucketserver", "gitorious"):
            each: tuple[Any, ...] = (True, {}, None)
            for options in each:
                (sentence,) = self.found({dialect: options})
                self.assertIn(f"the hook {dialect!r} takes what anybody sends", sentence)
                self.assertIn('set c["www"]["change_hook_auth"]', sentence)

    def test_hooks_that_can_check_a_secret(self) -> None:
        strictly = "set its secret, and strict to True"
        for dialect, options, expected in (
            ("github", {}, strictly),
            ("github", {"secret": "s"}, strictly),
            ("github", {"strict": True}, strictly),
            ("gitlab", True, "set its secret"),
            ("gitea", {"secret": ""}, "set its secret"),
        ):
            self.assertEqual(self.remedies({dialect: options}), [expected])
        signed = {"secret": "s", "strict": True}
        self.assertEqual(self.remedies(dict.fromkeys(("github", "gitlab", "gitea"), signed)), [])

    def test_hooks_of_which_nobody_knows(self) -> None:
        own = {"custom_class": object}
        self.assertEqual(
            self.found({"base": own, "github": own, "poller": True, "another": {}}), []
        )

    def test_hooks_that_ask_for_a_password(self) -> None:
        self.www = {"change_hook_auth": ["x"]}
        self.assertEqual(self.found({"base": True, "github": {}}), [])

    def test_no_hooks(self) -> None:
        self.assertEqual(self.found(None), [])
        self.assertEqual(self.found({}), [])

    def test_a_source_with_the_password_that_everybody_knows(self) -> None:
        """A password of the hooks does not help."""
        self.www = {"change_hook_auth": ["x"]}
        self.sources = [
            changes.PBChangeSource(passwd="p", port=0),
            changes.GitPoller("r", branch="main"),
        ]
        self.assertEqual(self.found(), [])
        self.sources.append(changes.PBChangeSource(port=0))
        (sentence,) = self.found()
        self.assertIn("a PBChangeSource takes what anybody sends who knows Buildbot's", sentence)
        self.assertTrue(sentence.endswith(": set its passwd"))

    def test_mails(self) -> None:
        self.sources = [changes.SVNCommitEmailMaildirSource("/srv/mail")]
        (sentence,) = self.found()
        self.assertIn("a SVNCommitEmailMaildirSource takes what anybody sends by mail", sentence)

    def test_policies_that_do_not_believe_what_a_change_says(self) -> None:
        self.sources = [changes.PBChangeSource(port=0)]
        for rules in (
            [],
            [secrets.Allow("*", outside=True), secrets.Allow("*", services=["*"])],
            [secrets.Deny("*")],
        ):
            self.assertEqual(self.found({"base": True}, Policy(rules)), [])
        self.assertEqual(self.found({"base": True}, None), [])
        denied = Policy([secrets.Deny("*"), secrets.Allow("a")])
        self.assertEqual(len(self.found({"base": True}, denied)), 2)
