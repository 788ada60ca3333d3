"""What is done in the process of an examination."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from buildbot_keychain.inspection._child import EXECUTING, Told
from buildbot_keychain.inspection._findings import Finding, in_order
from buildbot_keychain.inspection.doctor._clocks import clocks
from buildbot_keychain.inspection.doctor._entrances import entrances
from buildbot_keychain.inspection.doctor._examination import Examination
from buildbot_keychain.inspection.doctor._exposed import exposed_files
from buildbot_keychain.inspection.doctor._files import logs_of
from buildbot_keychain.inspection.doctor._installation import Installation, configuration_problems
from buildbot_keychain.inspection.doctor._leftovers import backup_copies
from buildbot_keychain.inspection.doctor._machine import machine
from buildbot_keychain.inspection.doctor._process_of_master import process_of_master
from buildbot_keychain.inspection.doctor._rotation import log_rotation
from buildbot_keychain.inspection.doctor._running import running_master
from buildbot_keychain.inspection.doctor._secrets import Asked, ask_providers, providers_and_policy
from buildbot_keychain.inspection.doctor._services import services
from buildbot_keychain.inspection.doctor._switches import debug_switches
from buildbot_keychain.inspection.doctor._web import open_pages
from buildbot_keychain.inspection.doctor._workers import workers

_EXAMINATIONS: tuple[Callable[[Installation], Iterable[Finding]], ...] = (
    configuration_problems,
    exposed_files,
    log_rotation,
    backup_copies,
    open_pages,
    services,
    workers,
    entrances,
    debug_switches,
    providers_and_policy,
    process_of_master,
    running_master,
    machine,
)
"""What asks nobody else than this machine, and the database for the workers."""


def work(
    path: str, told: Told, seconds: float, *, offline: bool, executes: bool = True
) -> Examination:
    """Return what is found about an installation.

    :param path: the directory of a master, or the file of its configuration.
    :param seconds: how long it may take to execute that, and how long the providers may be asked.
    :param offline: whether they are not asked at all.
    :param executes: whether the configuration is executed.
    """
    told.stage(EXECUTING, seconds)
    installation = Installation.at(path, executes=executes)
    told.stage("examining the installation")
    findings = [each for examine in _EXAMINATIONS for each in examine(installation)]
    asked = Asked([])
    if not offline:
        findings += clocks(installation)
        asked = ask_providers(installation, told, seconds)
        findings += asked.findings
    return Examination(
        str(installation.basedir),
        in_order(findings),
        str(installation.file),
        has_files=asked.has_files,
        secrets=asked.named,
        logs=tuple(str(path) for path in logs_of(installation)),
    )
