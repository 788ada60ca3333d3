"""Descriptors with numbers that only a process with many open files has."""

from __future__ import annotations

import fcntl
import resource
import socket

from twisted.trial.unittest import SynchronousTestCase

_HIGH = 1024
"""The first number that ``select`` cannot have (``FD_SETSIZE``)."""


def with_high_descriptor(case: SynchronousTestCase, opened: socket.socket) -> socket.socket:
    """Return the same socket, with a number of 1024 or more, until the end of the test."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] != resource.RLIM_INFINITY and limits[1] <= 2 * _HIGH:
        case.skipTest("this user may not open that many files")
    if limits[0] != resource.RLIM_INFINITY and limits[0] <= 2 * _HIGH:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * _HIGH + 1, limits[1]))
        case.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
    high = socket.socket(fileno=fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, _HIGH))
    case.addCleanup(high.close)
    return high
