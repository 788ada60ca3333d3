"""For whom keys are wrapped, as a command line says it."""

from __future__ import annotations

import argparse

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli.store import _wrapping


class WrappingTests(SynchronousTestCase):
    def test_passphrases_are_asked_for_with_the_name_of_whose_they_are(self) -> None:
        asked: list[str] = []

        def answer(question: str) -> str:
            asked.append(question)
            return "correct horse battery staple"

        self.patch(_prompt, "ask_hidden_twice", answer)
        parser = argparse.ArgumentParser()
        _wrapping.add_arguments(parser, "title")
        arguments = parser.parse_args(["--passphrase", "--passphrase", "bob"])
        found = _wrapping.wrappers(arguments, _terminal.Terminal(quiet=True))
        self.assertEqual(
            [(one.kind, one.label) for one in found],
            [
                ("passphrase", "passphrase"),
                ("passphrase", "bob"),
            ],
        )
        self.assertEqual(asked, ["new passphrase", "new passphrase of bob"])
