from __future__ import annotations

from tests.support.keychain_command import SecretFilesTestCase, run_here

CONFIG = """
from buildbot_keychain.plugins import secrets
c = BuildmasterConfig = {{}}
c["secretsProviders"] = [secrets.SecretManager(socket={socket})]
"""


class EvictTests(SecretFilesTestCase):
    """What happens without a master; `tests/integration/test_store_socket.py` has one."""

    def test_one_thing_must_be_named(self) -> None:
        for words in ((), ("x", "--all"), ("--provider", "p", "--all"), ("x", "--provider", "p")):
            ended = run_here("evict", *words, "--socket", "none")
            self.assertEqual(ended.status, 2)
            self.assertIn("say what to evict: the NAME of a secret, --provider or", ended.err)

    def test_nobody_listens(self) -> None:
        ended = run_here("evict", "--all", "--socket", str(self.directory / "none"))
        self.assertEqual(ended.status, 4)
        self.assertIn("no master listens on", ended.err)

    def test_the_configuration_says_where(self) -> None:
        config = self.directory / "master.cfg"
        for socket, said in (
            ("True", "no master listens on .*/keychain-sockets/SecretManager.socket"),
            ("'own/s'", "no master listens on .*/own/s "),
            ("False", "no SecretManager of the configuration has a socket: write"),
        ):
            config.write_text(CONFIG.format(socket=socket))
            ended = run_here("evict", "--all", "--config", str(config))
            self.assertEqual(ended.status, 4)
            self.assertRegex(ended.err, said)
