"""`Keyring`: gpg, run through python-gnupg; this is the one module that knows it.

A passphrase goes to gpg by a file descriptor, as the first line of its standard input; so it can
hold any character but the two that end it there. gpg never asks for one by itself: there is nobody
at a master's keyboard. Each gpg ends at its deadline, killed if need be. Everything here blocks.
"""

from __future__ import annotations

import copy
import io
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from buildbot_keychain.providers.password_store.home import Home, HomeUnusable
from buildbot_keychain.providers.password_store.process import (
    Process,
    Stopped,
    Watch,
    Watches,
    start,
)
from buildbot_keychain.providers.password_store.status import Outcome, Status, outcome

if TYPE_CHECKING:
    import gnupg

T = TypeVar("T")

LONGEST_PLAINTEXT = 1 << 20
"""Bytes, as for every file of a secret; what decrypts to more is something else."""

LONGEST_PASSPHRASE = 255
"""Bytes of UTF-8 that gpg-agent takes (``MAX_PASSPHRASE_LEN`` in its agent.h)."""

_OLDEST = (2, 1)
_AGENTS = 2
_NEVER_ASK = ["--pinentry-mode", "error"]
# One agent, which `Home` has seen to; no network, no trust, no signatures: only the decryption.
_ALWAYS = [
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--skip-verify",
]


class GpgFailed(Exception):
    """gpg could not be run to its end; says why and what to do.

    :param in_time: whether it is otherwise than by its deadline.
    """

    def __init__(self, reason: str, *, in_time: bool = True) -> None:
        super().__init__(reason)
        self.in_time = in_time


class Keyring:
    """The keys of one home.

    :param path: the GnuPG home.
    """

    def __init__(self, path: str) -> None:
        self.home = Home(path)
        self._watches = Watches()
        self._lock = threading.Lock()
        self._gpg: Any = None

    def decrypt(
        self, encrypted: bytes, passphrase: str | None, expires: float
    ) -> tuple[bytes, Sequence[Status]]:
        """Decrypt with whichever key fits.

        :param passphrase: that of the keys; ``None`` for keys that have none, or are unlocked.
        :param expires: when to give up, in seconds of ``time.monotonic``.
        :return: what it says, cut where it has twice `LONGEST_PLAINTEXT`, and gpg's status
            lines: see `status.outcome`.
        :raise GpgFailed: when gpg cannot be run, or not in time.
        """

        def work(gpg: Any, watch: Watch) -> tuple[bytes, Sequence[Status]]:  # noqa: ANN401
            gpg.options = [*_ALWAYS, f"--max-output={2 * LONGEST_PLAINTEXT}"]
            if passphrase is None:
                gpg.options += _NEVER_ASK
            # python-gnupg writes Latin-1; as such, these are the bytes of UTF-8.
            written = None if passphrase is None else passphrase.encode().decode("latin-1")
            for _ in range(_AGENTS):
                place = self.home.place(watch, of_our_own=passphrase is not None)
                gpg.gnupghome = place.directory
                result = _decrypted(gpg, encrypted, written)
                # Without an agent gpg finds no private key, whatever the home holds.
                if outcome(result.statuses) is not Outcome.NO_PRIVATE_KEY or place.has_agent():
                    return result.data, result.statuses
            raise GpgFailed("gpg-agent ends again and again; see why in the system's log")

        return self._run(expires, work)

    def opens(self, keys: Sequence[str], expires: float) -> bool:
        """Tell whether there is a private key here that decrypts what is encrypted for `keys`.

        :param keys: keys and groups, as a ``.gpg-id`` names them.
        :raise GpgFailed: when gpg cannot be run, or not in time.
        """

        def work(gpg: Any, watch: Watch) -> bool:  # noqa: ANN401
            gpg.gnupghome = self.home.place(watch, of_our_own=False).directory
            gpg.options = [*_ALWAYS, *_NEVER_ASK]
            groups = gpg.groups()
            named = [member for key in keys for member in groups.get(key, [key])]
            # What begins with a dash is an option to gpg; without any name it lists all it has.
            named = [key for key in dict.fromkeys(named) if not key.startswith("-")]
            return bool(named) and any(map(_decrypts, gpg.list_keys(secret=True, keys=named)))

        return self._run(expires, work)

    def close(self) -> None:
        """End every gpg, and the agent if it is ours; nothing can be asked from now on."""
        self._watches.stop()
        self.home.close()

    def kill(self) -> None:
        """End every gpg, without waiting for anything."""
        self._watches.stop()

    def _run(self, expires: float, work: Callable[[Any, Watch], T]) -> T:
        watch, problem = Watch(self._watches, expires), ""
        try:
            with watch:
                gpg = copy.copy(self._checked(watch))
                gpg.watch = watch
                result = work(gpg, watch)
        except Stopped:
            watch.stopped = True
        except (GpgFailed, HomeUnusable) as error:
            problem = str(error)
        except OSError as error:
            problem = f"gpg ended early ({error.strerror}); try it by hand: gpg --decrypt"
        else:
            if not watch.killed:
                return result
        if watch.stopped:
            raise GpgFailed("it has been stopped; start it again")
        if watch.killed:
            raise GpgFailed("gpg did not answer in time and was ended", in_time=False)
        raise GpgFailed(problem)

    def _checked(self, watch: Watch) -> Any:  # noqa: ANN401 - python-gnupg has no types
        """Give python-gnupg's object, whose making runs gpg."""
        with self._lock:
            if self._gpg is None:
                self.home.check()
                self._gpg = _found(self.home.path, watch)
            return self._gpg


def _found(home: str, watch: Watch) -> Any:  # noqa: ANN401 - python-gnupg has no types
    problem = "gpg cannot be run; install GnuPG 2.1 or newer"
    try:
        gpg = _class()(home, watch)
    except OSError:
        pass
    except ValueError:
        problem = "gpg does not run; run `gpg --list-config` to see why"
    else:
        version = ".".join(map(str, gpg.version or ()))
        if gpg.version and gpg.version >= _OLDEST:
            return gpg
        problem = f"gpg is of version {version or 'unknown'}; install GnuPG 2.1 or newer"
    raise GpgFailed(problem)


def _class() -> Any:  # noqa: ANN401 - python-gnupg has no types
    """Give python-gnupg's class, with programs that end in time and all status lines kept."""
    import gnupg  # noqa: PLC0415 - an optional dependency

    # At its lowest level it logs what gpg says, which can be the key of a file (show-session-key).
    if gnupg.logger.level == logging.NOTSET:
        gnupg.logger.setLevel(logging.ERROR)

    class Statuses(gnupg.Crypt):  # type: ignore[misc]
        """What gpg reports, in its order."""

        def __init__(self, gpg: gnupg.GPG) -> None:
            super().__init__(gpg)
            self.data = b""
            self.statuses: list[Status] = []
            gpg.result = self

        def handle_status(self, key: str, value: str) -> None:
            self.statuses.append((key, value))

    class Gpg(gnupg.GPG):  # type: ignore[misc]
        """One call's gpg: `watch` ends it in time."""

        result_map = {**gnupg.GPG.result_map, "crypt": Statuses}  # noqa: RUF012 - as there

        def __init__(self, home: str, watch: Watch) -> None:
            self.watch = watch
            super().__init__(gnupghome=home)

        def groups(self) -> dict[str, list[str]]:
            """Give the keys of each group of gpg.conf, by its name."""
            process = self._open_subprocess(["--list-config", "--with-colons", "group"])
            listed = Statuses(self)
            self._collect_output(process, listed, stdin=process.stdin)
            lines = listed.data.decode("utf-8", "replace").splitlines()
            # cfg:group:name:key;key (GnuPG's doc/DETAILS, "Format of the --list-config output")
            fields = [line.split(":") for line in lines if line.startswith("cfg:group:")]
            return {name: keys.split(";") for _, _, name, keys, *_ in fields}

        def is_valid_passphrase(self, passphrase: str) -> bool:
            return not ends_early(passphrase)

        def make_args(self, args: list[str], passphrase: bool) -> list[str]:  # noqa: FBT001 - as there
            made: list[str] = super().make_args(args, passphrase)
            # Where DEBUG_IPC is in the environment, all that goes to the agent would be logged.
            at = made.index("--debug") if "--debug" in made else len(made)
            return made[:at] + made[at + 2 :]

        def _open_subprocess(self, args: list[str], passphrase: bool = False) -> Process:  # noqa: FBT001, FBT002 - python-gnupg's signature
            return self.watch.over(start(self.make_args(args, passphrase)))

    return Gpg


def ends_early(passphrase: str) -> bool:
    """Tell whether gpg, which reads to the end of a line, would take a part for the whole."""
    return not {"\n", "\0"}.isdisjoint(passphrase)


def _decrypted(gpg: Any, encrypted: bytes, passphrase: str | None) -> Any:  # noqa: ANN401
    """Give the result of a decryption: its `data` and `statuses`."""
    try:
        gpg.decrypt_file(io.BytesIO(encrypted), passphrase=passphrase, always_trust=True)
    except OSError:  # gpg had seen enough before it had read all
        if outcome(gpg.result.statuses) in {Outcome.DECRYPTED, Outcome.FAILED}:
            raise
    return gpg.result


def _decrypts(key: dict[str, Any]) -> bool:
    """Tell whether the private part of a listed key, or of a subkey of it, decrypts and is here."""
    parts = [key, *key.get("subkey_info", {}).values()]
    return any("e" in part["cap"] and part["token"] != "#" for part in parts)  # noqa: S105
