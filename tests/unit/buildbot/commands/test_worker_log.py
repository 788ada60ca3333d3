from __future__ import annotations

from typing import Any

from buildbot.worker.protocols import msgpack
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.commands._worker_log import hide_from_worker_log
from buildbot_keychain.redaction import Redactor
from tests.support.commands import VALUE, Command


class HideFromWorkerLogTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)

    def hide(self, system: str | None = "posix", **args: Any) -> tuple[dict[str, Any], str]:
        command = Command(system, **args)
        before = repr(args)
        result = hide_from_worker_log(self.redactor.seen_by(None), command)
        self.assertEqual(repr(command.args), before)
        return result

    def test_what_holds_no_secret_is_sent_as_it_is(self) -> None:
        args: dict[str, Any] = {
            "command": ["echo", "x"],
            "env": {"A": "b"},
            "logEnviron": True,
            "workdir": "w",
        }
        self.assertEqual(self.hide(**args), (args, ""))
        self.assertEqual(self.hide(path="x"), ({"path": "x"}, ""))
        self.assertEqual(self.hide(command="echo x", env=None)[0]["command"], "echo x")

    def test_elements_of_a_list_are_marked(self) -> None:
        args, _ = self.hide(command=["curl", f"-p{VALUE}", b"bytes-" + VALUE.encode()])
        self.assertEqual(
            args["command"],
            [
                "curl",
                ("obfuscated", f"-p{VALUE}", "-p<token>"),
                ("obfuscated", b"bytes-" + VALUE.encode(), b"bytes-<token>"),
            ],
        )

    def test_what_is_marked_already_stays_so(self) -> None:
        args, _ = self.hide(command=[("obfuscated", VALUE, "XXX"), ("obfuscated", "a", VALUE)])
        self.assertEqual(
            args["command"], [("obfuscated", VALUE, "XXX"), ("obfuscated", "a", "<token>")]
        )

    def test_a_string_becomes_what_the_worker_would_make_of_it(self) -> None:
        for system in ("posix", None):
            args, _ = self.hide(system, command=f"echo {VALUE}")
            self.assertEqual(
                args["command"],
                ["/bin/sh", "-c", ("obfuscated", f"echo {VALUE}", "echo <token>")],
            )

    def test_a_string_for_windows_stays_a_string(self) -> None:
        args, _ = self.hide("nt", command=f"echo {VALUE}")
        self.assertEqual(args["command"], f"echo {VALUE}")

    def test_an_environment_with_a_secret_is_not_logged_by_the_worker(self) -> None:
        args, notice = self.hide(command=["x"], env={"T": VALUE, "A": "plain"}, logEnviron=True)
        self.assertFalse(args["logEnviron"])
        self.assertEqual(args["env"], {"T": VALUE, "A": "plain"})
        self.assertIn("  A=plain\n  T=<token>\n", notice)
        self.assertNotIn(VALUE, notice)

    def test_who_wants_no_environment_in_the_log_gets_none(self) -> None:
        args, notice = self.hide(command=["x"], env={"T": VALUE}, logEnviron=False)
        self.assertEqual((args["logEnviron"], notice), (False, ""))

    def test_msgpack_carries_no_marks_and_the_step_says_what_that_means(self) -> None:
        command = Command(command=["echo", VALUE])
        command.conn = msgpack.Connection.__new__(msgpack.Connection)
        args, notice = hide_from_worker_log(self.redactor.seen_by(None), command)
        self.assertEqual(args, {"command": ["echo", VALUE]})
        self.assertIn("msgpack", notice)
        command.args = {"command": ["echo", "x"]}
        self.assertEqual(
            hide_from_worker_log(self.redactor.seen_by(None), command), (command.args, "")
        )
