"""`run_doctor`: begins an examination in a process of its own."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from buildbot_keychain.errors import message_of
from buildbot_keychain.inspection._child import EXECUTING
from buildbot_keychain.inspection._findings import UNCHECKED
from buildbot_keychain.inspection._limits import Limits
from buildbot_keychain.inspection._process import Progress, UnfinishedError, run
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._examination import Examination


def run_doctor(
    path: str,
    seconds: float,
    progress: Progress,
    *,
    offline: bool = False,
    limits: Limits | None = None,
) -> Examination:
    """Return what an examination of an installation finds. Blocks.

    Where the configuration or a provider does not come to its end, the rest is examined.

    :param path: the directory of a master, or the file of its configuration.
    :param seconds: how long it may take to execute that, and how long the providers may be asked.
    :param progress: called with how much has been done, of how much, and what that is.
    :param offline: whether no provider is asked.
    :param limits: what ends it where nobody can.
    :return: findings whose `kind` is one of `CODES`, each with a remedy and the address of a page.
    :raise ConfigurationError: if there is no such installation, or nobody can examine it.
    """

    def examined(*, offline: bool, executes: bool = True) -> Examination:
        options = {"offline": offline, "executes": executes}
        document = run("doctor", path, seconds, progress, options, limits=limits)
        return Examination.from_document(document)

    try:
        return examined(offline=offline)
    except UnfinishedError as error:
        executes = error.stage != EXECUTING
        rest = examined(offline=True, executes=executes)
        code = "provider" if executes else "configuration"
        command = "buildbot-keychain check" if executes else "buildbot checkconfig"
        remedy = f"{command} {quote(str(Path(path).absolute()))}"
        sentence = message_of(error) or ""
        finding = found(code, sentence, rest.configuration, remedy=remedy, level=UNCHECKED)
        return rest.with_findings([finding])
