"""The pages on Vault: their commands are run against OpenBao, and the errors they quote exist."""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.manager import SecretManager
from buildbot_keychain.plugins import util
from buildbot_keychain.providers import http, vault
from buildbot_keychain.providers.files import SecretInAFile
from tests.support.openbao import engines
from tests.support.openbao.certificates import Authority
from tests.support.openbao.server import OpenBao
from tests.support.pages import code_blocks

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"


class HowToTests(TestCase):
    """`vault.md`."""

    timeout = 120

    async def test_the_commands_and_the_configuration_work(self) -> None:
        """Run the commands on a server with TLS; then the provider reads a secret."""
        directory = Path(self.mktemp()).resolve()
        held = directory / "secrets"
        held.mkdir(mode=0o700, parents=True)
        authority = Authority(directory)
        server = OpenBao(authority=authority)
        self.addCleanup(server.stop)
        server.start()
        engines.enable_kv(server.root)
        engines.write_kv(server.root, "ci/deploy", password="of-the-how-to")

        blocks = code_blocks(HOW_TO / "vault.md")
        for language, text in blocks:
            if language == "hcl":
                (held / text.partition("\n")[0].removeprefix("# ")).write_text(text)
            elif language == "sh":
                await self.run_commands(text, held, server, authority)
        (held / "buildbot.hcl").unlink()
        configuration, wrapped, *_ = (text for language, text in blocks if language == "python")
        for old, new in {
            "https://vault.example.org:8200": server.address,
            "/etc/buildbot/secrets": str(held),
            "/etc/buildbot/vault-ca.pem": str(authority.certificate),
        }.items():
            self.assertIn(old, configuration)
            configuration = configuration.replace(old, new)

        hosted = names_of(configuration)["c"]["secretsProviders"][1]
        provider = vault.SecretInVault(*hosted._config_args, **hosted._config_kwargs)
        self.assertEqual(await self.read(provider, held), "of-the-how-to")
        login = names_of(wrapped)["authenticator"]
        provider = vault.SecretInVault(server.address, login, ca_bundle=authority.certificate)
        self.assertEqual(await self.read(provider, held), "of-the-how-to")

    async def run_commands(
        self, text: str, directory: Path, server: OpenBao, authority: Authority
    ) -> None:
        """Run a block of commands as an administrator does."""
        environment = {
            "BAO_ADDR": server.address,
            "BAO_CACERT": str(authority.certificate),
            "BAO_TOKEN": str(server.root.token),
            "HOME": str(directory),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        script = f"set -eu\numask 077\n{text}"
        out, err, status = await getProcessOutputAndValue(
            "/bin/bash", ["-c", script], env=environment, path=str(directory)
        )
        self.assertEqual(status, 0, (out + err).decode())

    async def read(self, provider: Any, directory: Path) -> str:
        """Look up the page's secret in a manager that also has the files."""
        manager = SecretManager([SecretInAFile(directory), provider])
        self.addCleanup(manager.stopService)
        manager.startService()
        value: str = await manager.render(util.Secret("vault!ci/deploy|password"))
        return value


def names_of(text: str) -> dict[str, Any]:
    """Run a block of Python of the page, and return what it defines."""
    names: dict[str, Any] = {}
    exec(compile(text, "vault.md", "exec"), names)
    return names


class TroubleshootingTests(SynchronousTestCase):
    """`vault-troubleshooting.md`."""

    def test_each_quoted_error_exists(self) -> None:
        """All parts of it, in order, stand in one message of the source code."""
        rows = re.findall(
            r"^\| `([^`]*)` \| ", (HOW_TO / "vault-troubleshooting.md").read_text(), re.MULTILINE
        )
        self.assertGreater(len(rows), 25)
        known = list(messages())
        for row in rows:
            parts = [re.escape(part.strip()) for part in row.split("…")]
            pattern = re.compile(".*".join(parts))
            self.assertTrue(any(pattern.search(text) for text in known), row)


def messages() -> list[str]:
    """Return the texts in the source code, with a blank for each placeholder."""
    found = []
    folders = [Path(str(package.__file__)).parent for package in (http, vault)]
    for path in [path for folder in folders for path in folder.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else " "
                        for part in node.values
                    )
                )
    return found
