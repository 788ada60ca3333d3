from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain.providers.environment._initial import wipe


def run_with_environment(argv: list[str], entries: list[str]) -> int:
    """Run a program with exactly these entries in its environment, and return its exit status.

    Python's own functions take a mapping, which cannot have a name twice.
    """
    libc = ctypes.CDLL(None)
    child = os.fork()
    if child == 0:
        arguments = [[os.fsencode(text) for text in texts] for texts in (argv, entries)]
        arrays = [(ctypes.c_char_p * (len(texts) + 1))(*texts, None) for texts in arguments]
        libc.execve(os.fsencode(argv[0]), *arrays)
        os._exit(127)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


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
            wipe(b"CI_TOKEN")
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

    def test_every_entry_of_the_name_is_wiped(self) -> None:
        """A program may pass a variable twice; which one counts differs from library to library."""
        if not Path("/proc/self/environ").exists():
            raise SkipTest("there is no /proc/self/environ here")
        program = (
            "import os\n"
            "from buildbot_keychain.providers.environment._initial import wipe\n"
            "del os.environ['CI_TOKEN']\n"
            "wipe(b'CI_TOKEN')\n"
            "left = open('/proc/self/environ', 'rb').read()\n"
            "assert b'value' not in left, left\n"
            "assert b'LIKE_CI_TOKEN=stays' in left and b'CI_TOKEN_2=stays' in left, left\n"
        )
        entries = ["CI_TOKEN=first-value", "LIKE_CI_TOKEN=stays", "CI_TOKEN=second-value"]
        status = run_with_environment(
            [sys.executable, "-I", "-c", program], [*entries, "CI_TOKEN_2=stays"]
        )
        self.assertEqual(status, 0)

    def test_a_variable_that_is_not_there_changes_nothing(self) -> None:
        before = Path("/proc/self/environ").read_bytes()
        wipe(b"KEYCHAIN_UNIT_NO_SUCH")
        self.assertEqual(Path("/proc/self/environ").read_bytes(), before)

    def test_where_it_is_not_possible_nothing_happens(self) -> None:
        before = dict(os.environ)
        with mock.patch.object(Path, "open", side_effect=PermissionError):
            wipe(b"PATH")
        self.assertEqual(dict(os.environ), before)
