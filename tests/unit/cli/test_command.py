from __future__ import annotations

import argparse

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli._command import add_config_argument


class ConfigArgumentTests(SynchronousTestCase):
    def test_it_is_the_current_directory_unless_it_is_given(self) -> None:
        parser = argparse.ArgumentParser()
        add_config_argument(parser, "that of the master")
        self.assertEqual(parser.parse_args([]).config, ".")
        self.assertEqual(parser.parse_args(["--config", "master.cfg"]).config, "master.cfg")
        text = " ".join(parser.format_help().split())
        self.assertIn("--config MASTER.CFG that of the master, which is executed;", text)
        self.assertIn("(default: the current one)", text)
