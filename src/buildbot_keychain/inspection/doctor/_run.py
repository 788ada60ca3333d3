"""`run_doctor`: begins an examination in a process of its own."""

from __future__ import annotations

from buildbot_keychain.inspection._process import Progress, run
from buildbot_keychain.inspection.doctor._examination import Examination


def run_doctor(
    path: str, seconds: float, progress: Progress, *, offline: bool = False
) -> Examination:
    """Return what an examination of an installation finds. Blocks.

    :param path: the directory of a master, or the file of its configuration.
    :param seconds: how long it may take to execute that, and how long the providers may be asked.
    :param progress: called with how much has been done, of how much, and what that is.
    :param offline: whether no provider is asked.
    :return: findings whose `kind` is one of `CODES`, each with a remedy and the address of a page.
    :raise ConfigurationError: if there is no such installation, or nobody can examine it.
    """
    return Examination.from_document(run("doctor", path, seconds, progress, {"offline": offline}))
