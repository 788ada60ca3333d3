"""`run_check`: begins a check in a process of its own."""

from __future__ import annotations

from buildbot_keychain.inspection._limits import Limits
from buildbot_keychain.inspection._process import Progress, run
from buildbot_keychain.inspection.check._report import Report


def run_check(
    path: str,
    seconds: float,
    progress: Progress,
    *,
    offline: bool,
    limits: Limits | None = None,
) -> Report:
    """Return what a check of a configuration finds.

    :param path: its file, or the directory of a master.
    :param seconds: how long it may take to execute it, and how long the providers may be asked.
    :param progress: called with how much has been done, of how much, and what that is.
    :param offline: whether no provider is asked.
    :param limits: what ends it where nobody can.
    :raise ConfigurationError: if it cannot be executed, or is ended.
    """
    options = {"offline": offline}
    return Report.from_document(run("check", path, seconds, progress, options, limits=limits))
