"""``buildbot-keychain completion``: what it prints completes in real shells."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.support.keychain_command import run_here

STORE = ("--key-file", "/keys/a ring", "--store=sqlite:////data/x", "--socket", "/home/me/s")


def _commands(names: Sequence[str], options: Sequence[str] = ()) -> str:
    """Return a function of a shell that stands for the command, and lists these secrets.

    :param options: which say in which store.
    """
    listed = " ".join(map(shlex.quote, names))
    expected = shlex.quote(" ".join(["list --names", *options]))
    test = f'[ "$*" = {expected} ] && [ $# = {2 + len(options)} ]'
    return f"buildbot-keychain() {{ {test} && printf '%s\\n' {listed}; }}\nHOME=/home/me\n"


class CompletionTests(SynchronousTestCase):
    def script(self, shell: str) -> str:
        ended = run_here("completion", shell)
        self.assertEqual((ended.status, ended.err), (0, ""))
        return ended.out

    def program(self, shell: str) -> str:
        found = shutil.which(shell)
        if found is None:
            raise SkipTest(f"there is no {shell} on this machine")
        return found

    def completed(
        self,
        *words: str,
        names: Sequence[str] = (),
        options: Sequence[str] = (),
        typed: str = "",
    ) -> list[str]:
        """Return what bash offers for the last of `words`.

        :param names: of the secrets that there are.
        :param options: with which they are listed.
        :param typed: the line, if it is not made of these words.
        """
        line = " ".join(f"'{word}'" for word in words)
        script = (
            f"{_commands(names, options)}{self.script('bash')}"
            f"COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}\n"
            f"COMP_LINE={shlex.quote(typed or line)}\nCOMP_POINT=${{#COMP_LINE}}\n"
            '_buildbot_keychain\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        bash = self.program("bash")
        return subprocess.check_output([bash, "-euc", script], text=True).splitlines()

    def test_bash(self) -> None:
        command = "buildbot-keychain"
        self.assertEqual(self.completed(command, "sc"), ["scrub"])
        self.assertEqual(self.completed(command, "scrub", "--w"), ["--write"])
        self.assertEqual(self.completed(command, "redact", "--bu"), ["--build-log"])
        self.assertEqual(self.completed(command, "redact", "--config", "-"), [""])

    def test_names_of_secrets_in_bash(self) -> None:
        command, names = "buildbot-keychain", ["deploy/a b", "deploy/c", "x"]
        for word in ("get", "diff", "rm"):
            offered = self.completed(command, word, "deploy/", names=names)
            self.assertEqual(offered, ["deploy/a\\ b", "deploy/c"])
        self.assertEqual(self.completed(command, "redact", "", names=names), [""])

    def test_names_in_the_store_that_the_line_names_in_bash(self) -> None:
        command, names = "buildbot-keychain", ["deploy/c"]
        # As readline cuts it; the cursor is at the end.
        words = (command, "get", "--key-file", "/keys/a\\ ring", "--store", "=", "sqlite", ":", "d")
        typed = f"{command} get --key-file /keys/a\\ ring --store=sqlite:////data/x --socket ~/s d"
        self.assertEqual(self.completed(*words, names=names, options=STORE, typed=typed), names)
        self.assertEqual(self.completed(*words, names=names, typed=typed), [""])
        of_config = f"{command} get --config master.cfg d"
        self.assertEqual(self.completed(*words, names=names, typed=of_config), [""])
        unfinished = f"{command} get --socket ~/s 'd"
        socket = ("--socket", "/home/me/s")
        found = self.completed(*words, names=names, options=socket, typed=unfinished)
        self.assertEqual(found, names)

    def test_zsh(self) -> None:
        zsh = self.program("zsh")
        script = self.script("zsh")
        loaded = (
            "_arguments() { print -rl -- $@ }\n_describe() { print -rl -- $commands }\n"
            f"compdef() {{ true }}\n{script}\nwords=(buildbot-keychain $1 '') CURRENT=$2\n"
            "_buildbot_keychain\n"
        )

        def offered(*arguments: str) -> str:
            return subprocess.check_output([zsh, "-fc", loaded, "zsh", *arguments], text=True)

        self.assertIn("scrub:find and replace secrets", offered("", "2"))
        self.assertIn("--write[replace secrets in place]\n", offered("scrub", "3"))
        self.assertIn("--config[hide secrets of the providers", offered("redact", "3"))
        self.assertIn("*:secret:_buildbot_keychain_secrets\n", offered("get", "3"))

    def test_names_of_secrets_in_zsh(self) -> None:
        script = (
            f"{_commands(['a b', 'c'])}compdef() {{ true }}\ncompadd() {{ print -rl -- $names }}\n"
            f"{self.script('zsh')}\n_buildbot_keychain_secrets\n"
        )
        offered = subprocess.check_output([self.program("zsh"), "-fc", script], text=True)
        self.assertEqual(offered.splitlines(), ["a b", "c"])

    def test_names_in_the_store_that_the_line_names_in_zsh(self) -> None:
        for line, expected in (
            ("get --key-file '/keys/a ring' --store=sqlite:////data/x --socket ~/s d", ["a b"]),
            ("get --key-file /keys/ring d", []),
            ("get --config master.cfg d", []),
        ):
            script = (
                f"{_commands(['a b'], STORE)}compdef() {{ true }}\n"
                f"compadd() {{ print -rl -- $names }}\n{self.script('zsh')}\n"
                f"words=(${{(z)1}})\n_buildbot_keychain_secrets\n"
            )
            command = [self.program("zsh"), "-fc", script, "zsh", line]
            offered = subprocess.check_output(command, text=True)
            self.assertEqual(offered.split("\n")[:-1] if offered.strip() else [], expected)

    def test_zsh_calls_the_file_itself(self) -> None:
        """What zsh does with a completion function at the first use."""
        script = (
            "_describe() { print -rl -- $commands }\n"
            f"_buildbot-keychain() {{\n{self.script('zsh')}}}\n"
            "words=(buildbot-keychain '') CURRENT=2\n_buildbot-keychain\n"
        )
        offered = subprocess.check_output([self.program("zsh"), "-fc", script], text=True)
        self.assertIn("scrub:find and replace secrets", offered)

    def test_fish(self) -> None:
        lines = self.script("fish").splitlines()
        begin = "complete -c buildbot-keychain -n '__fish_seen_subcommand_from scrub'"
        self.assertIn(f"{begin} -l write -d 'replace secrets in place'", lines)
        self.assertTrue(any(line.startswith(f"{begin} -l config -r -F -d '") for line in lines))
        begin = "complete -c buildbot-keychain -f -n '__fish_seen_subcommand_from get' -a '("
        self.assertTrue(any(line.startswith(begin) for line in lines))

    def test_another_shell(self) -> None:
        self.assertEqual(run_here("completion", "tcsh").status, 2)
