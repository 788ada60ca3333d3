"""`MasterAudit`: has the audit trail of a master follow its configuration."""

from __future__ import annotations

from typing import Any
from weakref import ref

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from buildbot_keychain.audit import Hidden, require_sinks
from buildbot_keychain.buildbot._settings import AuditSettings
from buildbot_keychain.buildbot.sealed import MasterKeys
from buildbot_keychain.buildbot.sinks import HiddenSecret
from buildbot_keychain.errors import ConfigurationError, KeychainError
from buildbot_keychain.recording import Recording

_log = Logger()


def audit_settings(
    sinks: object, fail_closed: object, digests: object, key_file: object
) -> AuditSettings:
    """Return the arguments ``audit`` and ``audit_...`` of a manager, checked.

    :raise ConfigurationError: when they cannot be such arguments, or a sink cannot work.
    """
    for name, switch in (("audit_fail_closed", fail_closed), ("audit_digests", digests)):
        if not isinstance(switch, bool):
            kind = type(switch).__name__
            raise ConfigurationError(f"{name} must be True or False, not of type {kind}")
    if digests and key_file is None:
        raise ConfigurationError("audit_digests needs key_file=..., a key of which makes them")
    return AuditSettings(require_sinks(sinks), bool(fail_closed), bool(digests))


class MasterAudit:
    """Has the audit trail of one master follow its configuration.

    :param master: Buildbot's ``BuildMaster``.
    :param recording: what records its lookups.
    :param keys: the keys of the master, of which one makes digests.
    """

    def __init__(self, master: Any, recording: Recording, keys: MasterKeys) -> None:
        self._master = master
        self._recording = recording
        self._keys = keys
        self._used = AuditSettings()
        self._is_flushed_at_the_end = self._has_asked = False

    def follow(self, wanted: AuditSettings) -> None:
        """Have events written as is configured now."""
        lacks_key = wanted.digests and not self._has_asked and self._master.running
        if wanted == self._used and not lacks_key:
            return
        trail = self._recording.trail
        trail.master = str(getattr(self._master, "name", "") or "")
        if wanted != self._used:
            self._used = wanted
            trail.use(wanted.sinks, fail_closed=wanted.fail_closed)
        if not wanted.digests:
            self._recording.digest_key, self._has_asked = None, False
        elif lacks_key and self._keys.configured:
            self._has_asked = True
            Deferred.fromCoroutine(self._take_key())
        if wanted.sinks and not self._is_flushed_at_the_end:
            # Services that stop after the manager have events, too.
            self._is_flushed_at_the_end = True
            weak = ref(trail)
            self._master.reactor.addSystemEventTrigger(
                "during", "shutdown", lambda: (found := weak()) and found.stop()
            )

    def note_hidden(self, hidden: HiddenSecret) -> None:
        """Record that a secret was hidden in something."""
        if self._recording.trail.is_watched:
            self._recording.trail.record(Hidden(**vars(hidden)))

    async def _take_key(self) -> None:
        try:
            keys = (await self._keys.get()).keys
        except KeychainError as error:
            _log.error("the audit trail has no digests of values: {error}", error=str(error))
        else:
            self._recording.digest_key = keys.audit if self._used.digests else None
