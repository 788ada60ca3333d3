"""`DatabaseSecrets`: what the master's database was given when the master started."""

from __future__ import annotations

import hashlib
import secrets

from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.services._messages import name_of_secret

_log = Logger()


class DatabaseSecrets:
    """The secrets in the address of one master's database, without their values.

    Buildbot renders the address at each reconfiguration, and compares it with the one in use.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._first: dict[str, bytes] = {}
        self._last: dict[str, bytes] = {}

    def note(self, name: str, value: str) -> None:
        """Note what a lookup for the database has answered."""
        text = value.encode("utf-8", "surrogatepass")
        self._last[name] = hashlib.blake2b(text, key=self._key, digest_size=32).digest()
        self._first.setdefault(name, self._last[name])

    def report_changes(self) -> bool:
        """Log which secrets have changed since the master started; return whether one has."""
        changed = [name for name, digest in self._last.items() if digest != self._first[name]]
        report_changed(changed)
        return bool(changed)


def report_changed(names: list[str]) -> None:
    """Log that the secrets with these names, which the address of the database needs, differ."""
    for name in names:
        _log.emit(
            LogLevel.warn,
            "c['db']['db_url'] needs {name}, which has changed: restart the master; until then "
            "it uses the former value, with which new connections may be refused",
            name=name_of_secret(name),
        )
