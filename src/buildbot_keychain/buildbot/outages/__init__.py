"""What becomes of a build whose secret cannot be looked up; never is its worker to blame.

To Buildbot, every error is an exception, after which it puts the worker into quarantine: for all
builders, and longer each time. So:

1. What nothing but an edit can correct, such as a wrong name or a denial, is a *failure*. It halts
   the build and flunks it, whatever the flags of the step. Steps with ``alwaysRun`` still run.
2. What may pass by itself (`KeychainError.retryable`) is *waited for*, in the step that needs the
   secret, up to the limit of the configuration.
3. After that, the build ends with *retry*, and its request is left alone for a pause that grows.
   In that time, the worker is free. After so many retries, the build is a failure.

Waiting ends at once when the build is stopped, its worker is lost, or the master stops. A request
that pauses is an unclaimed request like any other: it can be cancelled, it survives a restart,
which ends the pause, and other masters may take it.

==============  ========================================================================
`_waiting`      lookups that are repeated while their provider cannot be reached
`_waits`        what is waited for, and what ends that
`_retries`      build requests that are left alone for a while
`_endings`      with which result a step, or the preparation of a build, ends
==============  ========================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.outages._endings import (
    end_preparation,
    end_step,
    end_unnamed_step,
    say_why,
)
from buildbot_keychain.buildbot.outages._retries import Retries
from buildbot_keychain.buildbot.outages._waiting import (
    DEFAULT_LIMIT,
    LONGEST_LIMIT,
    Waiting,
    is_stopped,
)
from buildbot_keychain.buildbot.outages._waits import Waits

__all__ = [
    "DEFAULT_LIMIT",
    "LONGEST_LIMIT",
    "Retries",
    "Waiting",
    "Waits",
    "end_preparation",
    "end_step",
    "end_unnamed_step",
    "is_stopped",
    "say_why",
]
