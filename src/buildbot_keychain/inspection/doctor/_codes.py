"""`CODES`: everything that an examination can find; each is a section of ``doctor.md``."""

from __future__ import annotations

from buildbot_keychain.inspection._findings import NOTE, PROBLEM, UNCHECKED, Finding

PAGE = "https://buildbot-keychain.readthedocs.io/page/reference/doctor.html"
"""The page, in the newest release of the documentation."""

CODES = {
    # who can read or replace what is in the base directory
    "base-directory": PROBLEM,
    "directory-above": PROBLEM,
    "owner": PROBLEM,
    "configuration-file": PROBLEM,
    "database-file": PROBLEM,
    "log-file": PROBLEM,
    "log-rotation": NOTE,
    "key-file": PROBLEM,
    "store-file": PROBLEM,
    "audit-file": PROBLEM,
    "socket": PROBLEM,
    "backup-copy": PROBLEM,
    # the pages
    "http": PROBLEM,
    "plain-port": NOTE,
    "no-login": PROBLEM,
    "no-authz": PROBLEM,
    "allowed-origins": PROBLEM,
    "open-hook": PROBLEM,
    # whom the services talk to
    "plain-service": PROBLEM,
    "unverified": PROBLEM,
    # the workers
    "plain-worker-port": PROBLEM,
    "msgpack": PROBLEM,
    "worker-version": NOTE,
    # what is for those who look for faults
    "known-password": PROBLEM,
    "manhole": PROBLEM,
    "debug": NOTE,
    # secrets and their providers
    "configuration": PROBLEM,
    "patch": PROBLEM,
    "buildbot-provider": NOTE,
    "no-policy": NOTE,
    "provider": PROBLEM,
    "expires": NOTE,
    "secrets": PROBLEM,
    "stored-secrets": PROBLEM,
    "clock": PROBLEM,
    # the process and its machine
    "other-port": NOTE,
    "not-tried": NOTE,
    "unguarded": PROBLEM,
    "runs-as-root": PROBLEM,
    "environment": NOTE,
    "core-dumps": NOTE,
    "swap": NOTE,
    "unread": UNCHECKED,
}
"""The codes, each with how grave it is unless a finding says otherwise."""


def found(
    code: str, sentence: str, *places: object, remedy: str, level: str | None = None
) -> Finding:
    """Return a finding.

    :param code: one of `CODES`.
    :param level: how grave it is; by default, as the table has it.
    """
    link = f"{PAGE}#{code}"
    return Finding(level or CODES[code], code, sentence, tuple(map(str, places)), remedy, link)
