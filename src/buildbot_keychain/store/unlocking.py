"""What opens a wrapped ring, as a configuration or a command line declares it.

A declaration says where a passphrase or a private key is, and holds none: it can be shown and
compared. It is read when the ring is opened, by `unwrappers`, which blocks and runs in a thread.

A file is read only if nobody else can read, write or replace it (`private_files`). A credential of
systemd is a file below ``$CREDENTIALS_DIRECTORY``, which systemd guards with an access control list
(systemd.exec(5), "Credentials"). A descriptor is read once by a process, and then closed: what was
read stays, as a configuration may be loaded again, and the number may be that of another file then.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from buildbot_keychain import utf8
from buildbot_keychain.errors import ConfigurationError, KeyRingError
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.private_files import open_private
from buildbot_keychain.store.wraps import AgeIdentity, Passphrase, Unwrapper

MAX_SIZE = 64 << 10
"""Bytes of a passphrase, or of a file of identities."""

_FIRST_DESCRIPTOR = 3
"""The standard streams come before it."""

_OPEN_TO_OTHERS, _WRITABLE = 0o037, 0o022
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@runtime_checkable
class Unlock(Protocol):
    """A declaration of what opens a wrapped ring."""

    def unwrappers(self) -> Iterable[Unwrapper]:
        """Return what opens it. Blocks.

        :raise KeyRingError: when it cannot be read now, or must not.
        """


def require_unlock(unlock: object) -> tuple[Unlock, ...]:
    """Return the argument `unlock` of whoever opens a ring, checked.

    :raise ConfigurationError: when it is not a list of declarations. It is not quoted: it may be a
        passphrase by mistake.
    """
    if isinstance(unlock, (list, tuple)) and all(isinstance(one, Unlock) for one in unlock):
        return tuple(unlock)
    raise ConfigurationError(
        "unlock must be a list of what opens the keys, such as "
        "[PassphraseFrom(file='/etc/buildbot-keychain/passphrase')]"
    )


def unwrappers_of(unlock: Iterable[Unlock]) -> list[Unwrapper]:
    """Return what opens the ring, of all declarations, in their order. Blocks.

    :raise KeyRingError: when one of them cannot be read now, or must not.
    """
    return [unwrapper for declared in unlock for unwrapper in declared.unwrappers()]


@dataclass(frozen=True, kw_only=True)
class PassphraseFrom:
    """A passphrase, read from one of three places. One line end after it is dropped.

    :param file: a file that nobody else can read, in a directory of which the same is true; ``~``
        is the home directory of the user that runs this process.
    :param credential: the name of a credential that systemd passes (``LoadCredential=`` or
        ``LoadCredentialEncrypted=`` in the unit).
    :param descriptor: the number of an open file descriptor, 3 or more. It is read once by a
        process, up to its end, and closed.
    :raise ConfigurationError: when it is not exactly one of them, or it cannot be such a place.
    """

    file: str | os.PathLike[str] | None = None
    credential: str | None = None
    descriptor: int | None = None

    def __post_init__(self) -> None:
        given = sum(place is not None for place in (self.file, self.credential, self.descriptor))
        if given != 1:
            raise ConfigurationError(
                "PassphraseFrom: give one of file, credential and descriptor, and only one"
            )
        if self.file is not None:
            _require_path("PassphraseFrom", self.file)
        if self.credential is not None and not _is_credential(self.credential):
            raise ConfigurationError(
                "PassphraseFrom: credential must be the name of a credential of systemd, without a "
                "'/'; for a file elsewhere, give file"
            )
        if self.descriptor is not None and (
            type(self.descriptor) is not int or self.descriptor < _FIRST_DESCRIPTOR
        ):
            msg = (
                f"PassphraseFrom: descriptor must be an int, {_FIRST_DESCRIPTOR} or more, "
                "such as 3 of a process that is started with 3<FILE"
            )
            raise ConfigurationError(msg)

    def unwrappers(self) -> list[Unwrapper]:
        """Return what opens the wraps for the passphrase. Blocks.

        :raise KeyRingError: when the passphrase cannot be read, is empty, or is not a text.
        """
        if self.descriptor is not None:
            content = _DESCRIPTORS.content(self.descriptor)
            place = f"the descriptor {self.descriptor}"
        elif self.credential is not None:
            content = _credential(self.credential)
            place = f"the credential {self.credential}"
        else:
            content = _private_content("PassphraseFrom", self.file or "")
            place = f"the file {_absolute(self.file or '')}"
        text = utf8.decode(content)
        if text is None:
            msg = f"the passphrase in {place} is not UTF-8 text; write it as text"
            raise KeyRingError(msg)
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            msg = f"the passphrase in {place} is empty; write it there, or correct unlock"
            raise KeyRingError(msg)
        return [Passphrase(text)]


@dataclass(frozen=True, kw_only=True)
class AgeIdentityFrom:
    """Private keys of age: what ``age-keygen`` writes, or an SSH key without a passphrase.

    :param file: a file that nobody else can read, in a directory of which the same is true; ``~``
        is the home directory of the user that runs this process.
    :raise ConfigurationError: when it cannot be a path, or pyrage is not installed.
    """

    file: str | os.PathLike[str]

    def __post_init__(self) -> None:
        if importlib.util.find_spec("pyrage") is None:
            raise ConfigurationError("AgeIdentityFrom needs pyrage; run: pip install pyrage")
        _require_path("AgeIdentityFrom", self.file)

    def unwrappers(self) -> list[Unwrapper]:
        """Return what opens the wraps for each key in the file. Blocks.

        :raise KeyRingError: when the file cannot be read, or has no key that can be used.
        """
        text = _private_content("AgeIdentityFrom", self.file).decode("utf-8", "replace")
        keys = [text]
        if not text.lstrip().startswith("-----BEGIN"):
            lines = map(str.strip, text.splitlines())
            keys = [line for line in lines if line and not line.startswith("#")]
        place = _absolute(self.file)
        if not keys:
            msg = f"{place} contains no age identity; create one with: age-keygen"
            raise KeyRingError(msg)
        try:
            return [AgeIdentity(key) for key in keys]
        except KeyRingError as error:
            msg = f"{place} cannot be used: {error}"
            raise KeyRingError(msg) from None  # as `AgeIdentity` has it


@secretive
class _Descriptors:
    """What this process has read from descriptors that it was started with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[int, bytes] = {}

    def content(self, descriptor: int) -> bytes:
        """Return what can be read, up to the end, or was read before."""
        with self._lock:
            if descriptor not in self._read:
                self._read[descriptor] = _content(descriptor, f"the descriptor {descriptor}")
            return self._read[descriptor]


_DESCRIPTORS = _Descriptors()


def _content(descriptor: int, place: str) -> bytes:
    """Read a descriptor up to its end, and close it."""
    try:
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        msg = f"cannot read {place}: {error.strerror}; correct unlock, or how this is started"
        raise KeyRingError(msg) from error
    if len(content) > MAX_SIZE:
        msg = f"{place} has more than {MAX_SIZE >> 10} KiB, and is something else; correct unlock"
        raise KeyRingError(msg)
    return content


def _private_content(declaration: str, file: str | os.PathLike[str]) -> bytes:
    path = _absolute(file)
    with open_private(path.parent, KeyRingError) as directory:
        content = directory.read(path.name, MAX_SIZE)
    if content is None:
        msg = f"{declaration}: {path} does not exist; create it, or correct file"
        raise KeyRingError(msg)
    return content


def _credential(name: str) -> bytes:
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    remedy = f"add LoadCredential={name}:FILE to the unit of this service"
    if not directory:
        msg = f"the credential {name} was not passed: CREDENTIALS_DIRECTORY is not set; {remedy}"
        raise KeyRingError(msg)
    path = Path(directory, name)
    try:
        _require_guarded(path.parent, path.parent.stat(), _WRITABLE)
        descriptor = os.open(path, _READ)
    except OSError as error:
        msg = f"cannot read the credential {path}: {error.strerror}; {remedy}"
        raise KeyRingError(msg) from error
    try:
        _require_guarded(path, os.fstat(descriptor), _OPEN_TO_OTHERS)
    except KeyRingError:
        os.close(descriptor)
        raise
    return _content(descriptor, f"the credential {path}")


def _require_guarded(path: Path, found: os.stat_result, forbidden: int) -> None:
    if found.st_uid not in {0, os.geteuid()} or found.st_mode & forbidden:
        msg = (
            f"{path} (mode {stat.S_IMODE(found.st_mode):04o}, owner {found.st_uid}) is open to "
            "other users, which systemd's credentials are not; correct CREDENTIALS_DIRECTORY"
        )
        raise KeyRingError(msg)


def _require_path(declaration: str, file: object) -> None:
    path = os.fspath(file) if isinstance(file, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path or "\0" in path:
        msg = f"{declaration}: file must be the path of a file"
        raise ConfigurationError(msg)


def _is_credential(name: object) -> bool:
    return (
        isinstance(name, str)
        and name.isprintable()
        and "/" not in name
        and name not in {"", ".", ".."}
    )


def _absolute(file: str | os.PathLike[str]) -> Path:
    return Path(os.path.expanduser(file)).absolute()  # noqa: PTH111 - of Path, it may raise
