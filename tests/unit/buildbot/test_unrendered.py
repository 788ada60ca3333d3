from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._unrendered import refuse_unrendered
from buildbot_keychain.errors import RenderingError
from buildbot_keychain.plugins import util


def command(**args: Any) -> Any:
    return SimpleNamespace(remote_command="shell", args=args)


class CommandTests(SynchronousTestCase):
    def test_rendered_commands_pass(self) -> None:
        refuse_unrendered(command(command=["a", ("obfuscated", "b", "c")], env={"A": "b"}, n=1))

    def test_a_renderable_is_refused(self) -> None:
        for argument in ({"A": util.Secret("a")}, [["svn", util.Secret("a")]], util.Secret("a")):
            error = self.assertRaises(RenderingError, refuse_unrendered, command(env=argument))
            self.assertTrue(str(error).startswith("secret 'a': Buildbot has not rendered it"))
            self.assertIn("'env' of the command 'shell'", str(error))

    def test_a_number_that_is_a_text_is_refused(self) -> None:
        """The worker would raise an error, which is not the worker's fault."""
        for argument in ("timeout", "maxTime", "max_lines", "sigtermTime"):
            given = command(**{argument: "6O-s3cr3t"})
            error = self.assertRaises(RenderingError, refuse_unrendered, given)
            self.assertTrue(str(error).startswith(f"{argument} of the command 'shell' is a text"))
            self.assertIn(f"write {argument}=util.Transform(int, ...)", str(error))
            self.assertNotIn("6O", str(error))

    def test_a_flag_that_is_a_text_is_refused(self) -> None:
        error = self.assertRaises(RenderingError, refuse_unrendered, command(usePTY="false"))
        self.assertIn("usePTY of the command 'shell' is a text, and must be true or", str(error))
        for flag in (True, None, "slave-config"):
            refuse_unrendered(command(usePTY=flag))

    def test_numbers_pass(self) -> None:
        refuse_unrendered(command(timeout=60, maxTime=1.5, max_lines=None, sigtermTime=""))
        upload = SimpleNamespace(remote_command="of others", args={"timeout": "5"})
        refuse_unrendered(upload)
