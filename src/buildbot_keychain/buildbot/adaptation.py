"""The places where Buildbot's own classes are made to leave secrets to us, once for the process.

Each replaces one method by one that acts differently for a master that has a keychain, and as
before for any other:

``Properties.useSecret``, ``Properties.cleanupTextFromSecrets``
    Buildbot's own cleaning works on what steps and observers see, and so alters values on their
    way to their use. With a keychain, what Buildbot's renderables look up is known already, and
    the sinks clean.

``RemoteCommand._start``
    The last place on the master that sees a command before its worker logs it.
"""

from __future__ import annotations

from typing import Any

from buildbot.process.properties import Properties
from buildbot.process.remotecommand import RemoteCommand

from buildbot_keychain.buildbot.worker_log import shielded

_ADAPTED = "adapted_by_keychain"


def keychain_of(master: Any) -> Any:
    """Give the keychain of `master`, or ``None``; see `MasterKeychain.found`."""
    return getattr(master, "buildbot_keychain", None)


def adapt_buildbot() -> None:
    """Replace the methods, unless that has been done."""
    if hasattr(Properties, _ADAPTED):
        return
    setattr(Properties, _ADAPTED, True)
    _adapt_properties()
    _adapt_remote_command()


def _adapt_properties() -> None:
    use_secret = Properties.useSecret
    cleanup = Properties.cleanupTextFromSecrets

    def useSecret(self: Any, secret_value: str, secret_name: str) -> None:
        keychain = keychain_of(self.master)
        if keychain is None:
            use_secret(self, secret_value, secret_name)

    def cleanupTextFromSecrets(self: Any, text: str) -> str:
        if keychain_of(self.master) is None:
            return cleanup(self, text)
        return text

    Properties.useSecret = useSecret
    Properties.cleanupTextFromSecrets = cleanupTextFromSecrets


def _adapt_remote_command() -> None:
    start = RemoteCommand._start  # noqa: SLF001 - the method to be replaced

    def _start(self: Any) -> Any:
        step = self.step
        keychain = None if step is None or step.build is None else keychain_of(step.master)
        if keychain is not None:
            self.args, notice = shielded(keychain.redactor, self)
            if notice:
                self.addHeader(notice)
        return start(self)

    RemoteCommand._start = _start  # noqa: SLF001
