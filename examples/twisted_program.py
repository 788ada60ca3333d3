"""Secrets in a Twisted program without Buildbot: look up, render, and keep out of the log.

mkdir -m 700 secrets
(umask 077; echo swordfish42 > secrets/user)
python twisted_program.py secrets
"""

from __future__ import annotations

import sys

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import FileLogObserver, Logger, formatEventAsClassicLogText, globalLogPublisher

from buildbot_keychain import Interpolate, SecretInAFile, SecretManager
from buildbot_keychain.redaction.twisted_log import RedactingObserver


async def program(dirname: str) -> None:
    """Use the secret ``user`` of the directory `dirname`."""
    manager = SecretManager(providers=[SecretInAFile(dirname=dirname)])
    manager.startService()

    # Everything that this process logs from now on passes through the manager's redactor.
    to_screen = FileLogObserver(sys.stdout, formatEventAsClassicLogText)
    globalLogPublisher.addObserver(RedactingObserver(to_screen, manager.redactor))

    details = await manager.get("user")  # SecretDetails: source, key, value
    line = await manager.render(Interpolate("%(secret:user)s@%(prop:host)s"), {"host": "h"})
    assert line == f"{details.value}@h"

    print(details)
    print(manager.redactor.redact(line))  # <user>@h
    Logger().info("logged in as {line}", line=line)

    await manager.stopService()


def main(_reactor: object, dirname: str) -> Deferred[None]:
    """Start the program, for `react`."""
    return Deferred.fromCoroutine(program(dirname))


if __name__ == "__main__":
    react(main, sys.argv[1:])
