from __future__ import annotations

import json
import os
import subprocess
from itertools import chain
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.exports import ExportError, kv_script

CANARY = "s3cr3t-canary"

PROGRAM = """\
#!/bin/sh
printf '%s\\n' "$@" >> "$OUT/arguments"
cat >> "$OUT/input"
echo >> "$OUT/input"
"""


class ScriptTests(SynchronousTestCase):
    def run_script(self, script: str) -> tuple[list[str], list[object]]:
        """Run it with a program in place of Vault's; return all arguments, and all inputs."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir()
        for name in ("vault", "bao"):
            (directory / name).write_text(PROGRAM)
            (directory / name).chmod(0o700)
        path = f"{directory}{os.pathsep}{os.defpath}"
        environment = {"PATH": path, "OUT": str(directory)}
        subprocess.run(["/bin/sh"], input=script.encode(), env=environment, check=True)
        arguments = (directory / "arguments").read_text().splitlines()
        inputs = (directory / "input").read_text().splitlines()
        return arguments, list(map(json.loads, inputs))

    def test_values_go_through_the_standard_input(self) -> None:
        values = (CANARY, "it's $HOME `x` \\n %s\n", "ä\x00\u2028'", "{}")
        secrets = [(f"team/{number}", value) for number, value in enumerate(values)]
        arguments, inputs = self.run_script(kv_script(secrets, "secret"))
        self.assertEqual(inputs, [{"value": value} for value in values])
        expected = [["kv", "put", "-mount=secret", name, "-"] for name, _ in secrets]
        self.assertEqual(arguments, list(chain.from_iterable(expected)))

    def test_bytes_mounts_and_openbao(self) -> None:
        script = kv_script([("it's", b"\xff\x00")], "my mount", "bao")
        arguments, inputs = self.run_script(script)
        self.assertEqual(inputs, [{"base64": "/wA="}])
        self.assertEqual(arguments, ["kv", "put", "-mount=my mount", "it's", "-"])

    def test_names_that_no_entry_can_have(self) -> None:
        for name in ("", "-x", "/a", "a/", "a//b", "a/../b", "a\nb", "\ud800"):
            error = self.assertRaises(ExportError, kv_script, [(name, CANARY)], "secret")
            self.assertNotIn(CANARY, str(error))
