"""gpg, run through python-gnupg; this is the only module that imports it.

python-gnupg reads what it wants of gpg's status lines and waits for gpg without a limit. `Gpg`,
made by `open_gnupg`, keeps all status lines, has a `Supervisor` end each gpg in time, and keeps
out of the log what gpg prints. Everything here blocks.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._passphrase import has_terminator
from buildbot_keychain.providers.password_store._processes import Process, Supervisor, start
from buildbot_keychain.providers.password_store._status import Outcome, Status, outcome

if TYPE_CHECKING:
    import gnupg

_OLDEST = (2, 1)


def open_gnupg(home: str, supervisor: Supervisor) -> Any:  # noqa: ANN401 - python-gnupg has no types
    """Return a python-gnupg object for `home`; that runs gpg once.

    Copies of it, each with a `supervisor` of its own, may be used in several threads.

    :raise GpgError: when gpg cannot be run, or is too old.
    """
    try:
        gpg = _gnupg_class()(home, supervisor)
    except OSError as error:
        raise GpgError("gpg cannot be run; install GnuPG 2.1 or newer") from error
    except ValueError as error:
        raise GpgError("gpg fails to run; to see why, run: gpg --list-config") from error
    if not gpg.version or gpg.version < _OLDEST:
        version = ".".join(map(str, gpg.version or ())) or "unknown"
        msg = f"the version of gpg is {version}; install GnuPG 2.1 or newer"
        raise GpgError(msg)
    return gpg


def decrypt(
    gpg: Any,  # noqa: ANN401 - python-gnupg has no types
    encrypted: bytes,
    passphrase: str | None,
) -> tuple[bytes, Sequence[Status]]:
    """Return what `encrypted` decrypts to, and gpg's status lines.

    The passphrase goes to gpg as the first line of its standard input.

    :raise OSError: when gpg ended before it had read its input, and reported no reason.
    """
    # python-gnupg writes Latin-1; as such, these are the bytes of UTF-8.
    as_latin_1 = None if passphrase is None else passphrase.encode().decode("latin-1")
    try:
        gpg.decrypt_file(io.BytesIO(encrypted), passphrase=as_latin_1, always_trust=True)
    except OSError:  # gpg had seen enough before it had read everything
        if outcome(gpg.result.statuses) in {Outcome.DECRYPTED, Outcome.FAILED}:
            raise
    return gpg.result.data, gpg.result.statuses


def has_decryption_key(gpg: Any, recipients: Sequence[str]) -> bool:  # noqa: ANN401 - the same
    """Return whether there is a private key that decrypts what is encrypted for `recipients`.

    :param recipients: keys, and groups of gpg.conf.
    """
    groups = gpg.groups()
    named = [member for key in recipients for member in groups.get(key, [key])]
    # gpg takes a name with a dash for an option, and without any name lists all keys.
    named = [key for key in dict.fromkeys(named) if not key.startswith("-")]
    return bool(named) and any(map(_can_decrypt, gpg.list_keys(secret=True, keys=named)))


def _can_decrypt(key: dict[str, Any]) -> bool:
    """Return whether a listed key or a subkey of it decrypts, and its private part is present."""
    parts = [key, *key.get("subkey_info", {}).values()]
    return any("e" in part["cap"] and part["token"] != "#" for part in parts)  # noqa: S105


def _gnupg_class() -> Any:  # noqa: ANN401 - python-gnupg has no types
    import gnupg  # noqa: PLC0415 - an optional dependency

    # At its lowest level it logs what gpg prints: with show-session-key, the key of a file.
    if gnupg.logger.level == logging.NOTSET:
        gnupg.logger.setLevel(logging.ERROR)

    class Statuses(gnupg.Crypt):  # type: ignore[misc]
        """All status lines, in gpg's order."""

        def __init__(self, gpg: gnupg.GPG) -> None:
            super().__init__(gpg)
            self.data = b""
            self.statuses: list[Status] = []
            gpg.result = self

        def handle_status(self, key: str, value: str) -> None:
            self.statuses.append((key, value))

    class Gpg(gnupg.GPG):  # type: ignore[misc]
        """gpg for one call, under `supervisor`."""

        result_map = {**gnupg.GPG.result_map, "crypt": Statuses}  # noqa: RUF012 - as there

        def __init__(self, home: str, supervisor: Supervisor) -> None:
            self.supervisor = supervisor
            super().__init__(gnupghome=home)

        def groups(self) -> dict[str, list[str]]:
            """Return the keys of each group of gpg.conf, by its name."""
            process = self._open_subprocess(["--list-config", "--with-colons", "group"])
            listed = Statuses(self)
            self._collect_output(process, listed, stdin=process.stdin)
            lines = listed.data.decode("utf-8", "replace").splitlines()
            # cfg:group:name:key;key (GnuPG's doc/DETAILS, "Format of the --list-config output")
            fields = [line.split(":") for line in lines if line.startswith("cfg:group:")]
            return {name: keys.split(";") for _, _, name, keys, *_ in fields}

        def is_valid_passphrase(self, passphrase: str) -> bool:
            return not has_terminator(passphrase)

        def make_args(self, args: list[str], passphrase: bool) -> list[str]:  # noqa: FBT001 - as there
            made: list[str] = super().make_args(args, passphrase)
            # With DEBUG_IPC in the environment, everything sent to the agent would be logged.
            at = made.index("--debug") if "--debug" in made else len(made)
            return made[:at] + made[at + 2 :]

        def _open_subprocess(self, args: list[str], passphrase: bool = False) -> Process:  # noqa: FBT001, FBT002 - python-gnupg's signature
            return self.supervisor.add(start(self.make_args(args, passphrase)))

    return Gpg
