"""`SecretInPass`: entries of the Unix password store, decrypted whenever they are asked for.

``entry`` is its first line, ``entry|field`` what stands behind ``field:`` in a line below,
``entry|*`` all of it, ``entry|otp`` the current one-time code of its ``otpauth://`` line.

It never runs `pass`, never puts a passphrase into an argument, an environment or a file, never
lists the store, and keeps no value. What several ask for at once is decrypted once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.arguments import RenderedArguments, require
from buildbot_keychain.providers.password_store import entry as entries
from buildbot_keychain.providers.password_store.keyring import GpgFailed, Keyring
from buildbot_keychain.providers.password_store.passphrase import problem_of
from buildbot_keychain.providers.password_store.reading import Found, Reading
from buildbot_keychain.providers.password_store.shared_work import SharedWork
from buildbot_keychain.providers.password_store.store import PasswordStore, may_be_an_entry
from buildbot_keychain.providers.service import BlockingProvider

# Seconds.
_CHECKING = 30.0
_STOPPING = 10.0


class SecretInPass(RenderedArguments, BlockingProvider):
    """Serves the entries of the password store `dirname`.

    :param gpgPassphrase: the passphrase of the private key, a `str` or a renderable; by default
        the key has none, or is unlocked in the agent that runs for `gnupg_home`.
    :param dirname: the directory of the store.
    :param gnupg_home: the directory of the keys; by default ``$GNUPGHOME``, or ``~/.gnupg``.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when the private key is missing, locked or has another
    passphrase, when other users can read or write the store, or a file in it is a link that leads
    out; `InvalidSecret` when an entry is damaged, is not UTF-8, or has no code to give;
    `ProviderUnavailable` when the store, the keys or gpg are not there or do not answer.
    """

    name: str = "SecretInPass"
    kind = "pass"
    deadline = 45.0

    def __init__(
        self,
        gpgPassphrase: object = None,
        dirname: str | os.PathLike[str] = "~/.password-store",
        gnupg_home: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        if gpgPassphrase is not None and not hasattr(gpgPassphrase, "getRenderingFor"):
            problem = problem_of(gpgPassphrase)
            if problem:
                msg = f"{self.name}: gpgPassphrase {problem}"
                raise ConfigurationError(msg)
        self.dirname = self._directory("dirname", dirname)
        home = gnupg_home if gnupg_home is not None else os.environ.get("GNUPGHOME") or "~/.gnupg"
        self.gnupg_home = self._directory("gnupg_home", home)
        require(self.name, "pass", "gnupg", "pyotp")
        self._passphrase = gpgPassphrase
        self._keyring: Keyring | None = None
        self._readings: SharedWork[Found] = SharedWork(
            lambda work: self.pool.run(self.deadline, work)
        )

    async def look_up(self, path: str) -> str | None:
        """Decrypt the entry that `path` names, and give what it asks for of it."""
        name, mark, field = path.partition("|")
        if not may_be_an_entry(name):
            return None
        found = await self._found(name, path)
        if field == entries.ONE_TIME and found.no_code:
            reason = found.no_code
            del found  # no frame of an error is to hold a value
            raise InvalidSecret(self.name, path, reason)
        return found.part(field if mark else None)

    def timeout_hint(self) -> str:
        """Say what did not answer."""
        return f"is {self.dirname} mounted, and does gpg decrypt what is in it by hand?"

    def check_config(self) -> Iterator[str]:
        """Say, blocking, what of the store and its keys would be refused."""
        said = f"provider {self.name!r}: "
        try:
            store = PasswordStore(self.dirname, self.name, "")
            for refusal in store.refusals():
                yield said + refusal
            for complaint in self._complaints_of_keys(store):
                yield said + complaint
        except ProviderError as error:
            yield said + error.reason

    def stopService(self) -> Deferred[None]:
        """Answer no more; fires when every gpg has ended, and the agent if it was ours."""
        keyring, self._keyring = self._keyring, None
        closed: Deferred[None] = Deferred()
        if keyring is None:
            closed.callback(None)
        else:
            # What waits for a thread fails at once, and so do those that have one.
            keyring.kill()
            closed = self.pool.run(_STOPPING, keyring.close)
            # No timer of a lookup that was cancelled outlives the service.
            ended = self._readings.ended().addTimeout(_STOPPING, self.reactor)
            closed.addCallback(lambda _: ended.addErrback(lambda late: late.trap(DeferredTimeout)))
        super().stopService()
        return closed

    async def _found(self, name: str, path: str) -> Found:
        """Read the entry `name`; raise what went wrong with that."""
        option = "its gpgPassphrase"
        passphrase = await self.rendered(path, option, self._passphrase, problem_of) or None
        if self._stopped:  # while it was rendered
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")
        if self._keyring is None:
            self._keyring = Keyring(self.gnupg_home)
        reading = Reading(self.dirname, self._keyring, self.name, name)
        expires = time.monotonic() + self.deadline
        work = partial(reading.found, passphrase, expires)
        shared = self._readings.get((name, passphrase), work)
        del passphrase, work
        found = None
        with suppress(DeferredTimeout):
            found = await shared.addTimeout(self.deadline, self.reactor)
        # The thread ends gpg at the same moment, and may be the first to say so.
        if found is None or (found.trouble and found.trouble[0] is DeadlineExceeded):
            reason = f"no answer within {self.deadline:g} seconds; {self.timeout_hint()}"
            raise DeadlineExceeded(self.name, path, reason)
        if found.trouble is not None:
            kind, reason = found.trouble
            raise kind(self.name, path, reason)
        return found

    def _complaints_of_keys(self, store: PasswordStore) -> Iterator[str]:
        gpg_ids = dict(store.gpg_ids())
        if not gpg_ids:
            yield f"{self.dirname} has no file .gpg-id; make one with `pass init`"
            return
        keyring = Keyring(self.gnupg_home)
        try:
            # Of a store that people share, a master may open a part: only no key at all is wrong.
            keys = list(dict.fromkeys(key for named in gpg_ids.values() for key in named))
            if not keyring.opens(keys, time.monotonic() + _CHECKING):
                naming = "names" if len(gpg_ids) == 1 else "name"
                yield (
                    f"{self.gnupg_home} holds no private key for any entry: "
                    f"{' and '.join(gpg_ids)} {naming} {', '.join(keys) or 'none'}; "
                    "import one with `gpg --import`, or name one with `pass init`"
                )
        except GpgFailed as error:
            yield str(error)
        finally:
            keyring.close()

    def _directory(self, option: str, given: object) -> str:
        """Give the path that is `given` as `option`, with the user's home filled in."""
        path = isinstance(given, (str, os.PathLike)) and os.fspath(given)
        if not isinstance(path, str) or not path or "\0" in path:
            self.fail_config(option, "the path of a directory", given)
        return os.path.abspath(os.path.expanduser(path))
