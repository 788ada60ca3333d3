"""Who does something to a store."""

from __future__ import annotations

import os
import socket
import subprocess
from unittest import mock

from buildbot_keychain.actors import actor_name, peer_of, user_name


def test_a_user_with_a_name() -> None:
    name = subprocess.check_output(["id", "-un"], text=True).strip()
    assert user_name(os.geteuid()) == name


def test_who_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_of(ours) == os.geteuid()


def test_a_user_without_a_name() -> None:
    assert user_name(2**31 - 7) == str(2**31 - 7)


def test_only_what_can_be_printed_is_in_the_journal() -> None:
    with mock.patch.object(socket, "gethostname", return_value="ho\x1b[2J\nst\udcff"):
        assert actor_name("al\u202eice") == "alice@ho[2Jst"


def test_it_is_not_long() -> None:
    assert len(actor_name("a" * 1000)) == 200
