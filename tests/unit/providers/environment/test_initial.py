from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain.providers.environment._initial import wipe


class WipeTests(TestCase):
    """What Linux shows of the environment that a process was started with."""

    def test_the_value_is_wiped_and_all_else_stays(self) -> None:
        if not Path("/proc/self/environ").exists():
            raise SkipTest("there is no /proc/self/environ here")
        program = """
            import os
            from buildbot_keychain.providers.environment._initial import wipe

            before = open("/proc/self/environ", "rb").read()
            value = os.environb.pop(b"CI_TOKEN")
            wipe(b"CI_TOKEN", value)
            after = open("/proc/self/environ", "rb").read()
            entry = b"\\0CI_TOKEN=" + value
            assert value.decode() == "väl-ue of it"
            assert before.count(entry) == 1
            assert after == before.replace(entry, b"\\0CI_TOKEN=" + bytes(len(value)))
            assert os.environ["LIKE_CI_TOKEN"] == "väl-ue of it"
            print("good")
        """
        environment = {"A": "1", "CI_TOKEN": "väl-ue of it", "LIKE_CI_TOKEN": "väl-ue of it"}
        done = subprocess.run(
            [sys.executable, "-I", "-c", textwrap.dedent(program)],
            env={**environment, "LC_ALL": "C.UTF-8", "B": "2"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.stdout, done.stderr), ("good\n", ""))

    def test_a_variable_that_is_not_there_changes_nothing(self) -> None:
        before = Path("/proc/self/environ").read_bytes()
        wipe(b"KEYCHAIN_UNIT_NO_SUCH", b"value")
        self.assertEqual(Path("/proc/self/environ").read_bytes(), before)

    def test_where_it_is_not_possible_nothing_happens(self) -> None:
        before = dict(os.environ)
        with mock.patch.object(Path, "open", side_effect=PermissionError):
            wipe(b"PATH", os.fsencode(os.environ["PATH"]))
        self.assertEqual(dict(os.environ), before)
