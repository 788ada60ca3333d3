"""Secrets that people must approve before builds are given them.

A step that looks up such a secret waits, before the lookup and its deadline, until people have
approved. They approve one secret for one build request, retries included, at its revisions. What
counts is in the database, so it survives a restart, and people may use any of several masters.

===============  ===============================================================
`_approvals`     what people see, and what they may say
`_awaited`       steps that wait
`_asked`         what people are asked, and what a build hears
`_subjects`      a build request, its revisions, and whose approval does not count
`_source_steps`  those that build something else than the revisions
`_records`       what is stored of it, and the events of that
`_events`        those events
`_generator`     announces them by Buildbot's reporters
===============  ===============================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.approvals._approvals import Approvals
from buildbot_keychain.buildbot.approvals._awaited import AwaitedApprovals
from buildbot_keychain.buildbot.approvals._events import (
    EVENTS,
    ROUTE,
    ApprovalEvent,
    audited,
    log_event,
)
from buildbot_keychain.buildbot.approvals._generator import ApprovalGenerator
from buildbot_keychain.buildbot.approvals._records import Records
from buildbot_keychain.buildbot.approvals._subjects import Subjects

__all__ = [
    "EVENTS",
    "ROUTE",
    "ApprovalEvent",
    "ApprovalGenerator",
    "Approvals",
    "AwaitedApprovals",
    "Records",
    "Subjects",
    "audited",
    "log_event",
]
