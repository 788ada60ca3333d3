"""The file of the token with which a command asks a server. Blocks."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from buildbot_keychain.bearer_tokens import id_of
from buildbot_keychain.cli._exit import CommandError

_LONGEST = 1024
"""Bytes."""


def read_token(path: Path) -> str:
    """Return the token in a file that nobody else can read, or in a pipe.

    :raise CommandError: when it cannot be read, others can read it, or no token is in it; nothing
        of its content is shown.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
                msg = f"others can read {path}; run: chmod 600 {shlex.quote(str(path))}"
                raise CommandError(msg)
            content = file.read(_LONGEST)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    token = content.decode("ascii", "replace").strip()
    if id_of(token) is None:
        msg = f"{path} holds no token; make one with: buildbot-keychain token create"
        raise CommandError(msg)
    return token
