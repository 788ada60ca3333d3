"""One OpenBao server: a process of its own, as in production, on a port that it keeps.

In memory by default: what it stored is gone when it ends. With ``durable=True`` it has a raft log
in its directory and knows everything again after a restart.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.openbao.api import Api
from tests.support.openbao.certificates import Authority, Certificate
from tests.support.openbao.waiting import DEADLINE, wait_until
from tests.support.ports import free_port
from tests.support.real_processes import command_path


class OpenBao:
    """A server; `address` is its URL, `root` the API for its administrator.

    :param durable: keep what is stored over a restart.
    :param authority: serve TLS with a certificate of this authority.
    :param settings: more of the configuration's keys.
    """

    def __init__(
        self,
        *,
        durable: bool = False,
        authority: Authority | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self._program = command_path("bao")
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-bao-"))
        self.port = free_port()
        self.cluster_port = free_port()
        self.authority = authority
        self.name = f"node-{self.port}"
        self.address = f"http{'s' if authority else ''}://127.0.0.1:{self.port}"
        tls = authority.context() if authority else None
        self.root = Api(self.address, tls=tls)
        self._durable = durable
        self._settings = settings or {}
        self._certificate = authority.server() if authority else None
        self._process: subprocess.Popen[bytes] | None = None
        self.unseal_key: str | None = None

    @property
    def log(self) -> str:
        """All that the server wrote so far, of all its runs."""
        return (self.directory / "log").read_text("utf-8", "backslashreplace")

    def start(self) -> None:
        """Start it, and wait until it serves: initialised at the first start, and unsealed."""
        self.start_sealed()
        if self.unseal_key is None:
            made = self.root.write("sys/init", secret_shares=1, secret_threshold=1)
            self.adopt(made["keys_base64"][0], made["root_token"])
        self.unseal()

    def adopt(self, unseal_key: str, root_token: str) -> None:
        """Take over the key and the root token, of which the node of a cluster makes none."""
        self.unseal_key = unseal_key
        self.root = self.root.with_token(root_token)

    def start_sealed(self) -> None:
        """Start the process, and wait until it answers requests about its seal."""
        if self._process is not None:
            raise RuntimeError("it runs already")
        configuration = self.directory / "configuration.json"
        configuration.write_text(json.dumps(self._configuration()))
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "server", f"-config={configuration}", "-log-level=info"],
                cwd=self.directory,
                env={"HOME": str(self.directory), "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until(lambda: self.root.read("sys/seal-status"), "the server answers")

    def unseal(self) -> None:
        """Unseal it, and wait until it serves."""
        self._wait_until(self._takes_key, "the server takes its key")
        self._wait_until(self._serves, "the server serves")

    def seal(self) -> None:
        """Seal it: it answers, and serves nothing until `unseal`."""
        self.root.request("PUT", "sys/seal")

    def kill(self) -> None:
        """Kill it: it gets no chance to finish anything. `start` starts it again."""
        self._end("kill")

    def terminate(self) -> None:
        """Stop it as the system does at shutdown. `start` starts it again."""
        self._end("terminate")

    def stop(self) -> None:
        """Kill it, and remove all that it wrote. A second call does nothing."""
        self._end("kill")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self, how: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            getattr(process, how)()
            process.wait(DEADLINE)
            if not self._durable:
                self.unseal_key = None

    def _takes_key(self) -> bool:
        """Send the key; the node of a cluster refuses it while its leader does not answer it."""
        self.root.write("sys/unseal", key=self.unseal_key)
        return True

    def _serves(self) -> bool:
        self.root.read("sys/health?standbyok=true")
        election = self.root.read("sys/leader")
        return not election["ha_enabled"] or "leader_address" in election

    def _wait_until(self, done: Callable[[], object], what: str) -> None:
        wait_until(done, what, self._ended)

    def _ended(self) -> str:
        assert self._process is not None
        status = self._process.poll()
        if status is None:
            return ""
        self._process = None
        return f"bao ended with status {status}:\n{self.log}"

    def _configuration(self) -> dict[str, Any]:
        storage: dict[str, Any] = {"inmem": {}}
        if self._durable:
            data = self.directory / "data"
            data.mkdir(mode=0o700, exist_ok=True)
            raft = {"path": str(data), "node_id": self.name, "performance_multiplier": 1}
            # How soon a node that joins may vote.
            raft |= {"autopilot_reconcile_interval": "1s", "autopilot_update_interval": "1s"}
            storage = {"raft": raft}
        listener: dict[str, Any] = {
            "address": f"127.0.0.1:{self.port}",
            "cluster_address": f"127.0.0.1:{self.cluster_port}",
        }
        if self._certificate is None:
            listener["tls_disable"] = True
        else:
            listener |= _served(self._certificate)
        return {
            "storage": storage,
            "listener": [{"tcp": listener}],
            "api_addr": self.address,
            "cluster_addr": f"https://127.0.0.1:{self.cluster_port}",
            **self._settings,
        }


def _served(certificate: Certificate) -> dict[str, Any]:
    return {
        "tls_cert_file": str(certificate.certificate),
        "tls_key_file": str(certificate.key),
    }
