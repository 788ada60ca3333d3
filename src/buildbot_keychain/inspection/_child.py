"""What runs in the process of an inspection: ``python -c`` with `main`, see `_process`.

Standard output and error of the configuration lead nowhere, as they may hold values. What is found
is written to a pipe, a line of JSON for each step of the way, what is found last.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import threading
from typing import Any

from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, message_of, safe_summary
from buildbot_keychain.inspection._loading import drop_logs

EXECUTING = "executing the configuration"
"""The stage in which code of the configuration runs."""


class Told:
    """Reports to whoever waits how far it is.

    :param stream: where lines are written to.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def stage(self, label: str, seconds: float | None = None) -> None:
        """Report what begins, and how many seconds it may take; ``None`` for any time."""
        self.line(json.dumps({"stage": label, "seconds": seconds}))

    def progress(self, done: int, total: int, label: str) -> None:
        """Report how much has been done."""
        self.line(json.dumps({"progress": [done, total, label]}))

    def failed(self, sentence: str | None) -> None:
        """Report that it has failed."""
        self.line(json.dumps({"failed": sentence}))

    def line(self, text: str) -> None:
        """Write a line at once."""
        self._stream.write(f"{text}\n")
        self._stream.flush()


def main(pipe_number: str, task: str, path: str, options: str) -> None:
    """Inspect the configuration at `path`, write to a pipe, and end the process.

    :param pipe_number: the descriptor to write to.
    :param task: the package in which ``_work.work`` is.
    :param options: its arguments, as JSON.
    """
    pipe = int(pipe_number)
    os.set_inheritable(pipe, False)  # noqa: FBT003 - or programs would keep it open
    threading.Thread(target=_end_with_reader, args=(pipe,), daemon=True).start()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    drop_logs()
    work = importlib.import_module(f"buildbot_keychain.inspection.{task}._work").work
    with open(pipe, "w", encoding="ascii") as stream:
        told = Told(stream)
        try:
            found = work(path, told, **json.loads(options))
        except KeychainError as error:
            told.failed(message_of(error))
        except Exception:  # noqa: BLE001 - its text may hold a value
            told.failed(f"unexpected error: {safe_summary(Failure())}")
        else:
            for line in found.to_lines():
                told.line(line)
    # Threads of what the configuration has imported may never end.
    os._exit(0)


def _end_with_reader(pipe: int) -> None:
    """End this process, and all of its group, when nobody reads from `pipe` any more."""
    waiting = select.poll()
    waiting.register(pipe, 0)
    waiting.poll()
    os.killpg(0, signal.SIGKILL)
