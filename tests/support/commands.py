"""Commands for workers, as objects, and what Buildbot does to their environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

VALUE = "s3cr3t-t0ken"
"""What is secret in them."""


class Command:
    """A remote command, its step, build and worker in one."""

    buildid = 17
    remote_command = "shell"
    conn: Any = SimpleNamespace(info={"version": "4.3.0"})

    def __init__(self, system: str | None = "posix", **args: Any) -> None:
        self.args = args
        self.step = self.build = self.workerforbuilder = self.worker = self
        self.worker_system = system


def replace_variables(text: str, environment: Mapping[str, str]) -> str:
    """Return the value of a variable as it arrives (buildbot_worker, ``runprocess.py``)."""
    return re.sub(r"\${([0-9a-zA-Z_]*)}", lambda m: environment.get(m.group(1), ""), text)
