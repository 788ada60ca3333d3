"""Lookups, and what Buildbot does with values by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from buildbot.process.remotecommand import RemoteCommand

from buildbot_keychain.buildbot.patches import replacements
from tests.support.buildbot_patches import unpatched
from tests.support.builds import FakeBuild
from tests.support.replacement_case import OPEN, VALUE, ReplacementTestCase


class LookupTests(ReplacementTestCase):
    """Lookups of Buildbot's own classes."""

    def test_values_are_not_collected(self) -> None:
        use_secret = replacements.use_secret(self.original)
        use_secret(SimpleNamespace(master=self.kept), VALUE, "token")
        self.assertEqual(self.calls, [])
        for master in (self.plain, None):
            use_secret(SimpleNamespace(master=master), VALUE, "token")
        self.assertEqual(self.calls, [(VALUE, "token")] * 2)

    def test_authors_of_steps_have_texts_redacted(self) -> None:
        clean_text = replacements.clean_text(lambda _self, text: text.replace("a", "b"))
        for text, clean in ((f"a {VALUE}", "b <token>"), ("a", "b")):
            properties = SimpleNamespace(master=self.kept, build=self.build)
            self.assertEqual(clean_text(properties, text), clean)
        properties = SimpleNamespace(master=self.kept, build=None)
        self.assertEqual(
            clean_text(properties, f"{VALUE} {OPEN}"), f"{VALUE} <secret>".replace("a", "b")
        )
        for master in (self.plain, None):
            self.assertEqual(clean_text(SimpleNamespace(master=master), VALUE), VALUE)

    def test_what_a_worker_sends_is_not_altered(self) -> None:
        """By us; values that Buildbot collected before there was a keychain stay hidden."""
        properties: Any = Properties()
        properties.useSecret("collected-before", "before")
        properties.build = self.build
        command: Any = RemoteCommand("shell", {}, collectStdout=True)
        command.step = SimpleNamespace(build=SimpleNamespace(properties=properties))
        with unpatched():
            original = Properties.cleanupTextFromSecrets
        self.patch(Properties, "cleanupTextFromSecrets", replacements.clean_text(original))
        command.remoteUpdate("stdout", f"{VALUE} collected-before\n", is_flushed=False)
        self.assertEqual(command.stdout, f"{VALUE} <before>\n")
        properties.build = build = FakeBuild()
        vars(build)["master"] = self.kept
        self.keychain.given.give(properties.build, "token")
        self.assertEqual(properties.cleanupTextFromSecrets(VALUE), "<token>")
        (told,) = self.keychain.hidden_secrets
        self.assertEqual((told.secret, told.sink), ("token", "build state"))

    def test_secrets_are_looked_up_in_the_keychain(self) -> None:
        look_up = replacements.look_up(self.original)
        kept = SimpleNamespace(master=self.kept)
        details = self.successResultOf(look_up(kept, "files!token"))
        self.assertEqual(details.value, VALUE)
        self.assertIsNone(self.successResultOf(look_up(kept, "files!nope")))
        self.assertEqual(look_up(SimpleNamespace(master=self.plain), "token", 1), "original")
        self.assertEqual(self.calls, [("token", 1)])

    def test_for_whom_buildbot_renders(self) -> None:
        look_up = replacements.look_up(self.original)

        def get(_self: Any, properties: Any) -> Any:
            return look_up(SimpleNamespace(master=self.kept), "requesters!x")

        render = replacements.render_secret(get)
        build = FakeBuild()
        details = self.successResultOf(render(None, build))
        self.assertEqual(details.value, "x for linux")
        self.assertEqual(self.successResultOf(get(None, build)).value, "x for None")
