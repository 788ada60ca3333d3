"""`install`: prepares a process for masters with a keychain.

``buildbot_keychain.plugins`` calls it when it is imported.

It patches Buildbot and makes our renderables Buildbot's. From then on every master of the process
gets a keychain before it takes on a configuration: a service may render a secret while it is being
configured, a build while its properties are on their way into the database.
"""

from __future__ import annotations

from collections.abc import Mapping

import buildbot
from buildbot.config import ConfigErrors
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot import _context
from buildbot_keychain.buildbot.patches import PATCHES, UnguardedError
from buildbot_keychain.buildbot.patches.table import TABLE
from buildbot_keychain.errors import safe_summary
from buildbot_keychain.versions import ACCEPT_VARIABLE

_log = Logger()


def install(environment: Mapping[str, str]) -> None:
    """Patch Buildbot; a second call does nothing.

    :param environment: of the process; it may accept patches that do not fit.
    :raise buildbot.config.ConfigErrors: when others do not fit, or something else fails; nothing
        has been patched then, so a master that runs keeps its configuration, and what hides secrets
        under it.
    """
    if PATCHES.applied:
        return
    accepted = _accepted(environment)
    try:
        _apply(accepted)
    except UnguardedError as error:
        names = ",".join(dict.fromkeys((*accepted, *(gap.patch.name for gap in error.gaps))))
        raise ConfigErrors(
            [
                f"buildbot-keychain does not fit Buildbot {buildbot.version}: {gap}; install a "
                f"release of buildbot-keychain that fits, or set {ACCEPT_VARIABLE}={names} to "
                f"start nevertheless"
                for gap in error.gaps
            ]
        ) from None
    except Exception:  # noqa: BLE001 - anything may be different in an unknown Buildbot
        sentence = (
            "buildbot-keychain could not be installed, so the configuration is refused and "
            f"everything is left as it was: {safe_summary(Failure())}"
        )
        raise ConfigErrors([sentence]) from None
    for gap in PATCHES.accepted:
        _log.emit(LogLevel.warn, "accepted by {variable}: {gap}", variable=ACCEPT_VARIABLE, gap=gap)
    for name in set(accepted) - {gap.patch.name for gap in PATCHES.accepted}:
        _log.emit(
            LogLevel.warn,
            "{variable} accepts {name!r}, which needs no acceptance: remove it there",
            variable=ACCEPT_VARIABLE,
            name=name,
        )


def _apply(accepted: list[str]) -> None:
    PATCHES.apply(TABLE, accepted)
    try:
        _context.register()
    except BaseException:
        PATCHES.revert()  # else the next call would do nothing
        raise


def _accepted(environment: Mapping[str, str]) -> list[str]:
    names = environment.get(ACCEPT_VARIABLE, "").split(",")
    return [name.strip() for name in names if name.strip()]
