"""`Keyring`: decryption with the private keys of one GnuPG home, under a deadline.

gpg never asks for a passphrase: there is nobody at a master's keyboard. Everything here blocks.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from buildbot_keychain.providers.password_store import _gnupg
from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._gnupg_home import GnupgHome
from buildbot_keychain.providers.password_store._plaintext import LONGEST_PLAINTEXT
from buildbot_keychain.providers.password_store._processes import Supervisor, Supervisors
from buildbot_keychain.providers.password_store._status import Outcome, Status, outcome

T = TypeVar("T")

_AGENTS = 2
"""How many agents are tried: one may end just when it is used."""
_NO_KEY = {Outcome.NO_PRIVATE_KEY, Outcome.HIDDEN}
_NEVER_ASK = ["--pinentry-mode", "error"]
# The agent is `GnupgHome`'s business; no network, no trust, no signatures: only the decryption.
_ALWAYS = [
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--skip-verify",
]


class Keyring:
    """The keys of one home. Thread-safe.

    :param path: the GnuPG home.
    """

    def __init__(self, path: str) -> None:
        self.home = GnupgHome(path)
        self._supervisors = Supervisors()
        self._lock = threading.Lock()
        self._gpg: Any = None

    def decrypt(
        self, encrypted: bytes, passphrase: str | None, expires: float
    ) -> tuple[bytes, Sequence[Status]]:
        """Decrypt with whichever key fits.

        :param passphrase: the passphrase of the keys; ``None`` for keys without one, or unlocked.
        :param expires: when to give up, in seconds of ``time.monotonic``.
        :return: the text, cut at twice `LONGEST_PLAINTEXT`, and gpg's status lines: see
            `_status.outcome`.
        :raise GpgError: when gpg cannot be run to its end.
        """

        def decrypt(gpg: Any, supervisor: Supervisor) -> tuple[bytes, Sequence[Status]]:  # noqa: ANN401
            # In gpg.conf, logger-fd would mix gpg's log with the text, and output would store it.
            gpg.options = [*_ALWAYS, "--no-options", f"--max-output={2 * LONGEST_PLAINTEXT}"]
            if passphrase is None:
                gpg.options += _NEVER_ASK
            for _ in range(_AGENTS):
                agent = self.home.running_agent(supervisor, private=passphrase is not None)
                gpg.gnupghome = agent.home
                text, statuses = _gnupg.decrypt(gpg, encrypted, passphrase)
                # Without an agent gpg finds no private key, whatever the home contains.
                if outcome(statuses) not in _NO_KEY or agent.answers():
                    return text, statuses
            raise GpgError("gpg-agent ends again and again; see the system's log for the reason")

        return self._run(expires, decrypt)

    def has_key_for(self, recipients: Sequence[str], expires: float) -> bool:
        """Return whether there is a private key for one of `recipients`.

        :param recipients: keys and groups, as a ``.gpg-id`` names them.
        :raise GpgError: when gpg cannot be run to its end.
        """

        def look(gpg: Any, supervisor: Supervisor) -> bool:  # noqa: ANN401
            gpg.gnupghome = self.home.running_agent(supervisor, private=False).home
            gpg.options = [*_ALWAYS, *_NEVER_ASK]
            return _gnupg.has_decryption_key(gpg, recipients)

        return self._run(expires, look)

    def close(self) -> None:
        """End every gpg and the private agent, and wait for its end; the keyring is unusable."""
        self.kill()
        self.home.close()

    def kill(self) -> None:
        """End every gpg without waiting, and let no other start."""
        self._supervisors.stop()

    def _run(self, expires: float, work: Callable[[Any, Supervisor], T]) -> T:
        supervisor = Supervisor(self._supervisors, expires)
        try:
            with supervisor:
                gpg = copy.copy(self._open(supervisor))
                gpg.supervisor = supervisor
                result = work(gpg, supervisor)
        except (GpgError, OSError) as error:
            supervisor.check()  # whatever fails after a kill, fails because of it
            if isinstance(error, OSError):
                msg = f"gpg ended early ({error.strerror}); to see why, run: gpg --decrypt"
                raise GpgError(msg) from error
            raise
        supervisor.check()
        return result

    def _open(self, supervisor: Supervisor) -> Any:  # noqa: ANN401 - python-gnupg has no types
        with self._lock:
            if self._gpg is None:
                self.home.check()
                self._gpg = _gnupg.open_gnupg(self.home.path, supervisor)
            return self._gpg
