"""`SecretInPass`: entries of the Unix password store, decrypted whenever they are asked for.

``entry`` is the first line of the entry, ``entry|field`` what follows ``field:`` in a line below
it, ``entry|*`` the whole entry, ``entry|otp`` the current code of its ``otpauth://`` line or of its
field ``totp``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    quote,
)
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.arguments import (
    RenderedArguments,
    SecretArgument,
    is_path,
    require,
)
from buildbot_keychain.providers.descriptions import Describes
from buildbot_keychain.providers.files import FileNames
from buildbot_keychain.providers.password_store._age_reader import AgeReader
from buildbot_keychain.providers.password_store._ages import written
from buildbot_keychain.providers.password_store._entry import ONE_TIME, Entry, FieldOfSeveralLines
from buildbot_keychain.providers.password_store._entry_reader import EntryReader
from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._keyring import Keyring
from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError
from buildbot_keychain.providers.password_store._passphrase import passphrase_problem
from buildbot_keychain.providers.password_store._store import (
    AGE,
    GPG,
    PasswordStore,
    may_be_an_entry,
)
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.single_flight import SingleFlight

_CHECK_TIMEOUT = 30.0  # seconds
_STOP_TIMEOUT = 10.0  # seconds


@implementer(ICanonicalNames)
class SecretInPass(Describes, RenderedArguments, BlockingProvider):
    """Serves the entries of the password store `dirname`, which GnuPG or age has encrypted.

    :param gpgPassphrase: the passphrase of the private key, a `str` or a renderable; by default
        the key has none, or is unlocked in the agent that runs for `gnupg_home`.
    :param dirname: the directory of the store.
    :param gnupg_home: the directory of the keys; by default ``$GNUPGHOME``, or ``~/.gnupg``.
    :param age_key_file: a private file of age identities, for a store that is encrypted with age;
        then gpg is not run.
    :param age_key: in place of that file, its content: a `str` or a renderable.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when the private key is missing, locked or has another
    passphrase, when other users can read or write the store, or when a link in it leads out;
    `InvalidSecret` when an entry is damaged, is not UTF-8, or has no such code or text;
    `ProviderUnavailable` when the store, the keys or gpg are missing or do not answer.
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
        age_key_file: str | os.PathLike[str] | None = None,
        age_key: object = None,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        self.dirname = self._path("dirname", dirname, "a directory")
        home = gnupg_home if gnupg_home is not None else os.environ.get("GNUPGHOME") or "~/.gnupg"
        self.gnupg_home = self._path("gnupg_home", home, "a directory")
        self._age: AgeReader | None = None
        # What decrypts: a passphrase of gpg's, or identities of age.
        self._key: SecretArgument | None = None
        if age_key_file is not None or age_key is not None:
            self._age = self._age_reader(gpgPassphrase, gnupg_home, age_key_file, age_key)
        elif gpgPassphrase is not None:
            self._key = SecretArgument(
                self.name, "gpgPassphrase", gpgPassphrase, passphrase_problem
            )
        if age_key is not None:
            self._key = SecretArgument(self.name, "age_key", age_key)
        require(self.name, "pass", "pyotp", "gnupg" if self._age is None else "pyrage")
        self._keyring: Keyring | None = None
        self._flights = SingleFlight()

    async def look_up(self, path: str) -> str | None:
        """Decrypt the entry that `path` names, and return the part of it that `path` asks for."""
        name, separator, field = path.partition("|")
        if not may_be_an_entry(name):
            return None
        key = await self.render_argument(path, self._key)
        self.require_running(path)  # it may have been stopped during the rendering
        try:
            entry = await self._read_once(name, key or None)
            return None if entry is None else entry.value(field if separator else None)
        except (DeferredTimeout, DeadlineExceeded) as error:
            # The thread ends gpg at the same moment, and may be the first to report it.
            reason = f"no answer within {self.deadline:g} seconds; {self.timeout_hint()}"
            raise DeadlineExceeded(self.name, path, reason) from error
        except ProviderError as error:  # for `name`, possibly on behalf of another lookup
            raise type(error)(self.name, path, error.reason) from error
        except OneTimeCodeError as error:
            raise InvalidSecret(self.name, path, str(error)) from error
        except FieldOfSeveralLines as error:
            raise InvalidSecret(self.name, path, f"the field {quote(field)} {error}") from error

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return the commit that wrote the entry last, where the store is one of git, and when."""
        name = await self.canonical(path)
        if name is None:
            return None
        file = os.path.join(self.dirname, name + self._suffix)
        version, created = await self.in_thread(path, partial(written, self.dirname, file))
        return None if created is None else SecretDescription(name, version, created)

    def is_dynamic(self, path: str) -> bool:
        """Return whether it is a code that is another one each time."""
        return path.partition("|")[2] == ONE_TIME

    def canonical(self, path: str) -> Deferred[str | None]:
        """Return the name of the entry, without a field and whatever links lead to it."""
        name, _, _ = path.partition("|")
        names = FileNames(self.dirname, (self._suffix,), may_be_an_entry)
        return self.without_trace(path, self.in_thread(path, partial(names.canonical, name)))

    def entries(self) -> Iterator[str]:
        """Yield, blocking, the names of all entries: each with ``|*`` is the whole of one.

        :raise ProviderError: when the store is missing or not trusted.
        """
        return PasswordStore(self.dirname, self.name, "", self._suffix).entries()

    @property
    def _suffix(self) -> str:
        return GPG if self._age is None else AGE

    def timeout_hint(self) -> str:
        """Return what to look at when a lookup does not end."""
        if self._age is not None:
            return f"is {self.dirname} mounted?"
        return f"is {self.dirname} mounted, and does gpg decrypt an entry there by hand?"

    def check_config(self) -> Iterator[str]:
        """Yield, blocking, the problems of the store and its keys."""
        prefix = f"provider {self.name!r}: "
        try:
            for problem in self._problems():
                yield prefix + problem
        except ProviderError as error:
            yield prefix + error.reason

    def stopService(self) -> Deferred[None]:
        """Stop answering; fires when every gpg has ended, and the agent if it is a private one."""
        keyring, self._keyring = self._keyring, None
        closed: Deferred[None] = Deferred()
        if keyring is None:
            closed.callback(None)
        else:
            # Lookups that wait for a thread fail at once, and so do those that have one.
            keyring.kill()
            closed = self.pool.run(_STOP_TIMEOUT, keyring.close)
            # The timer of a lookup that was cancelled must not outlive the service.
            ended = self._flights.settled().addTimeout(_STOP_TIMEOUT, self.reactor)
            closed.addCallback(lambda _: ended.addErrback(lambda late: late.trap(DeferredTimeout)))
        super().stopService()
        return closed

    async def _read_once(self, name: str, key: str | None) -> Entry | None:
        """Read the entry `name`, or wait for a lookup that is about to read it."""
        expires = time.monotonic() + self.deadline

        def read() -> Entry | None:
            # Whoever asks from now on gets a new decryption: this one may read an older entry.
            self._flights.close((name, key))
            if self._age is not None:
                return self._age.read(name, key)
            return EntryReader(self.dirname, keyring, self.name).read(name, key, expires)

        async def run() -> Entry | None:
            return await self.pool.run(self.deadline, read)

        if self._keyring is None:
            self._keyring = Keyring(self.gnupg_home)  # runs nothing before it decrypts
        keyring = self._keyring
        entry: Entry | None = await self._flights.do((name, key), run).addTimeout(
            self.deadline, self.reactor
        )
        return entry

    def _problems(self) -> Iterator[str]:
        if self._age is not None:
            # A renderable is not rendered for a check.
            constant = None if self._key is None else self._key.constant
            with_key = self._key is None or constant is not None
            yield from self._age.problems(constant, with_key=with_key)
            return
        store = PasswordStore(self.dirname, self.name, "")
        yield from store.problems()
        yield from self._key_problems(store)

    def _key_problems(self, store: PasswordStore) -> Iterator[str]:
        gpg_ids = list(store.gpg_ids())
        if not gpg_ids:
            yield f"{self.dirname} has no .gpg-id file; create one with `pass init`"
            return
        keyring = Keyring(self.gnupg_home)
        try:
            # A master may have keys for a part of a shared store: only no key at all is wrong.
            keys = list(dict.fromkeys(key for gpg_id in gpg_ids for key in gpg_id.keys))
            if not keyring.has_key_for(keys, time.monotonic() + _CHECK_TIMEOUT):
                files = " and ".join(gpg_id.path for gpg_id in gpg_ids)
                name = "names" if len(gpg_ids) == 1 else "name"
                yield (
                    f"{self.gnupg_home} has no private key for any entry: {files} {name} "
                    f"{', '.join(keys) or 'none'}; "
                    "import one with `gpg --import`, or name one with `pass init`"
                )
        except GpgError as error:
            yield str(error)
        finally:
            keyring.close()

    def _age_reader(
        self, passphrase: object, home: object, key_file: object, key: object
    ) -> AgeReader:
        """Return what reads a store of age.

        :raise ConfigurationError: when arguments of gpg are given as well, or two keys.
        """
        for option, given in (("gpgPassphrase", passphrase), ("gnupg_home", home)):
            if given is not None:
                msg = (
                    f"{self.name}: {option} must be left out where age_key_file or age_key is given"
                )
                raise ConfigurationError(msg)
        if key is not None and key_file is not None:
            self.fail_config("age_key_file", "left out when age_key is given", key_file)
        file = "" if key_file is None else self._path("age_key_file", key_file, "a file")
        return AgeReader(self.dirname, file, self.name)

    def _path(self, option: str, given: Any, what: str) -> str:  # noqa: ANN401 - checked here
        """Return the absolute path that was given as `option`."""
        if not is_path(given):
            self.fail_config(option, f"the path of {what}", given)
        path: str = os.fspath(given)
        return os.path.abspath(os.path.expanduser(path))
