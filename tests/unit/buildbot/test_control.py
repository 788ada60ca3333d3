from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._control import Control, checked_socket
from buildbot_keychain.errors import ConfigurationError


class SocketArgumentTests(SynchronousTestCase):
    def test_where_it_is(self) -> None:
        home = str(Path.home() / "s")
        for given, found in (
            (False, None),
            (True, "keychain-sockets/My%2FManager.socket"),
            ("run/s", "run/s"),
            (Path("run/s"), "run/s"),
            ("~/s", home),
        ):
            path = checked_socket(given, "My/Manager")
            self.assertEqual(path and str(path), found)

    def test_mistakes(self) -> None:
        for given, said in (
            (5, "socket must be True, False, or the path of a socket"),
            ("", "socket must be True, False, or the path of a socket"),
            ("/" + "x" * 200, "is longer than that of a socket can be"),
            ("/nowhere/at/all", "socket: there is no directory /nowhere/at; make it"),
        ):
            error = self.assertRaises(ConfigurationError, checked_socket, given, "x")
            self.assertIn(said, str(error))

    def test_without_a_socket_nothing_listens(self) -> None:
        control = Control(lambda *_: self.fail("nobody asks"), "x")
        control.listen(None, None)
        self.assertIsNone(control._listener)
