"""Commands that ask a Vault leave neither values nor its token where others find them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.openbao import engines
from tests.support.openbao.api import Api
from tests.support.openbao.shared_server import SharedServer
from tests.support.password_store.real_stores import require_programs
from tests.support.traced_commands import VALUE, script_of_vault
from tests.support.traces import files_with, trace


class TraceTests(SharedServer, SynchronousTestCase):
    @classmethod
    def prepare(cls, root: Api) -> None:
        engines.enable_kv(root)
        engines.write_kv(root, "a", value=VALUE)
        root.write("sys/mounts/transit", type="transit")
        root.write("transit/keys/ring")

    def setUp(self) -> None:
        require_programs("strace")
        self.base = Path(tempfile.mkdtemp(prefix="keychain-trace-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.base)

    def test_all_commands(self) -> None:
        token = str(self.server.root.token)
        file = self.base / "token"
        file.touch(mode=0o600)
        file.write_text(token)
        asked = self.server.address, str(file)
        seen = trace(self.base, *asked)
        ends = [f"{words[0]} 0" for words, _, _ in script_of_vault(self.base, *asked)]
        self.assertEqual(list(seen.ends), ends, (self.base / "messages").read_text())
        self.assertEqual(seen.without_dumps, len(ends), "one process for each command")
        self.assertEqual(seen.given([VALUE, token]), [])
        self.assertEqual({one[:5] for one in seen.written([VALUE])}, {"pipe:"})
        self.assertEqual({one.partition(":")[0] for one in seen.written([token])}, {"socket"})
        self.assertEqual(files_with(self.base, [VALUE, token]), {"token"})
