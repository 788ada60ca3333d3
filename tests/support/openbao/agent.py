"""An OpenBao agent in front of a server: it listens on a Unix socket and adds its own token."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.openbao.server import OpenBao
from tests.support.openbao.waiting import DEADLINE, wait_until
from tests.support.real_processes import command_path

_CONFIGURATION = """
vault {{ address = "{address}" }}
auto_auth {{
  method "token_file" {{ config = {{ token_file_path = "{directory}/token" }} }}
}}
api_proxy {{ use_auto_auth_token = true }}
listener "unix" {{
  address = "{directory}/agent.sock"
  socket_mode = "0600"
  tls_disable = true
}}
"""


class Agent:
    """An agent; `address` is the URL of its socket.

    :param token: the one that it adds to each request.
    """

    def __init__(self, server: OpenBao, token: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-agent-"))
        self.address = f"unix://{self.directory}/agent.sock"
        (self.directory / "token").write_text(token)
        configuration = self.directory / "agent.hcl"
        configuration.write_text(
            _CONFIGURATION.format(address=server.address, directory=self.directory)
        )
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [command_path("bao"), "agent", f"-config={configuration}"],
                cwd=self.directory,
                env={"HOME": str(self.directory), "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._has_token, "the agent has logged in", self._ended)

    def stop(self) -> None:
        """Kill it, and remove all that it wrote."""
        self._process.kill()
        self._process.wait(DEADLINE)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _has_token(self) -> bool:
        return "renewed auth token" in self._log or "authentication successful" in self._log

    @property
    def _log(self) -> str:
        return (self.directory / "log").read_text("utf-8", "backslashreplace")

    def _ended(self) -> str:
        status = self._process.poll()
        return "" if status is None else f"bao agent ended with status {status}:\n{self._log}"
