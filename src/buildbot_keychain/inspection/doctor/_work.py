"""What is done in the process of an examination."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from buildbot_keychain.inspection._child import Told
from buildbot_keychain.inspection._findings import Finding, Findings, in_order
from buildbot_keychain.inspection.doctor._installation import Installation, configuration_problems

_EXAMINATIONS: tuple[Callable[[Installation], Iterable[Finding]], ...] = (configuration_problems,)


def work(path: str, told: Told, seconds: float, *, offline: bool) -> Findings:  # noqa: ARG001 - providers are not examined yet
    """Return what is found about an installation.

    :param path: the directory of a master, or the file of its configuration.
    :param seconds: how long it may take to execute that, and how long the providers may be asked.
    :param offline: whether they are not asked at all.
    """
    told.stage("executing the configuration", seconds)
    installation = Installation.at(path)
    told.stage("examining the installation")
    findings = [each for examine in _EXAMINATIONS for each in examine(installation)]
    return Findings(str(installation.basedir), in_order(findings))
